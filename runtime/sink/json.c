/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON sink: one object a line, always valid UTF-8.
 */
#include <string.h>

#include "runtime/maps.h"
#include "runtime/out.h"
#include "runtime/print/map_print.h"
#include "runtime/print/record_json.h"
#include "runtime/print/value_json.h"
#include "runtime/runtime_error.h"
#include "runtime/sink.h"

static bool json_is_wanted(const struct runtime_options *options)
{
	return options->format == RUNTIME_JSON;
}

static int json_open(struct sink *sink, const struct sink_setup *setup)
{
	struct out *out;
	int err = out_new(&out, setup->options);

	if (err)
		return err;
	sink->style.escape = false;
	sink->wants = SINK_WANTS_EXACT;
	sink->state = out;
	return 0;
}

/* {"type": "<type>", "count": n, "data": {"<name>": n}} */
static int add_count(struct out *out, const char *type, const char *name, uint64_t n)
{
	struct buffer *text = &out->pending;

	buffer_add_text(text, "{\"type\": \"");
	buffer_add_text(text, type);
	buffer_add_text(text, "\", \"count\": ");
	buffer_add_u64(text, n);
	buffer_add_text(text, ", \"data\": {\"");
	buffer_add_text(text, name);
	buffer_add_text(text, "\": ");
	buffer_add_u64(text, n);
	buffer_add_text(text, "}}\n");
	return out_report(out, out_commit(out));
}

static int json_attached(struct sink *sink, uint32_t probes)
{
	return add_count(sink->state, "attached_probes", "probes", probes);
}

static int json_trial(struct sink *sink, const struct trial *trial)
{
	struct out *out = sink->state;
	struct buffer *text = &out->pending;

	buffer_add_text(text, trial->is_bench ? "{\"type\": \"benchmark_result\", \"data\": {\"name\": "
					      : "{\"type\": \"test_result\", \"data\": {\"name\": ");
	json_string(text, trial->name, strlen(trial->name));
	if (trial->is_bench) {
		buffer_add_text(text, ", \"average\": ");
		json_number(text, trial->ns, false);
		buffer_add_text(text, ", \"iters\": ");
		json_number(text, trial->runs, false);
	} else {
		buffer_add_text(text, trial->passed ? ", \"passed\": true" : ", \"passed\": false");
		buffer_add_text(text, ", \"duration\": ");
		json_number(text, trial->ns, false);
	}
	buffer_add_text(text, "}}\n");
	return out_report(out, out_commit(out));
}

static int json_lost(struct sink *sink, uint64_t n)
{
	return add_count(sink->state, "lost_events", "events", n);
}

static void add_data(struct buffer *text, const char *type, const struct output *output)
{
	buffer_add_text(text, "{\"type\": \"");
	buffer_add_text(text, type);
	buffer_add_text(text, "\", \"data\": ");
	json_string(text, output->text, output->length);
}

/* A message of the script's, with the place of the call. */
static void add_message(struct buffer *text, const struct sink *sink, const char *type,
			const struct output *output)
{
	const struct image *image = sink->style.image;
	const char *name = image_string(image, image->header->script);

	buffer_add_text(text, "{\"type\": \"");
	buffer_add_text(text, type);
	buffer_add_text(text, "\", \"msg\": ");
	json_string(text, output->text, output->length);
	buffer_add_text(text, ", \"filename\": ");
	json_string(text, name, strlen(name));
	buffer_add_text(text, ", \"line\": ");
	buffer_add_u64(text, output->event->line);
	buffer_add_text(text, ", \"col\": ");
	buffer_add_u64(text, output->event->column);
}

static void add_member(struct buffer *text, const char *name, const char *value)
{
	buffer_add_text(text, ", \"");
	buffer_add_text(text, name);
	buffer_add_text(text, "\": ");
	json_string(text, value, strlen(value));
}

static int json_error(struct sink *sink, const struct runtime_error *error)
{
	struct out *out = sink->state;
	struct buffer *text = &out->pending;
	bool helper = *error->helper;

	buffer_add_text(text, helper ? "{\"type\": \"helper_error\"" : "{\"type\": \"runtime_error\"");
	add_member(text, "msg", error->message);
	if (helper) {
		add_member(text, "helper", error->helper);
		buffer_add_text(text, ", \"retcode\": ");
		buffer_add_i64(text, error->code);
	}
	add_member(text, "filename", error->filename);
	buffer_add_text(text, ", \"line\": ");
	buffer_add_u64(text, error->line);
	buffer_add_text(text, ", \"col\": ");
	buffer_add_u64(text, error->column);
	buffer_add(text, "}\n", 2);
	return out_report(out, out_commit(out));
}

static int json_output(struct sink *sink, const struct output *output)
{
	struct out *out = sink->state;
	struct buffer *text = &out->pending;

	switch (output->kind) {
	case OUTPUT_PRINTF:
		add_data(text, "printf", output);
		break;
	case OUTPUT_TIME:
		add_data(text, "time", output);
		break;
	case OUTPUT_CAT:
		add_data(text, "cat", output);
		break;
	case OUTPUT_SYSTEM:
		add_data(text, "syscall", output);
		break;
	case OUTPUT_JOIN:
		add_data(text, "join", output);
		break;
	case OUTPUT_ERROR:
		add_message(text, sink, "errorf", output);
		break;
	case OUTPUT_WARNING:
		add_message(text, sink, "warnf", output);
		break;
	case OUTPUT_VALUE:
		buffer_add_text(text, "{\"type\": \"value\", \"data\": ");
		value_json(text, &sink->style, output->value);
		break;
	}
	buffer_add(text, "}\n", 2);
	return out_report(out, out_commit(out));
}

static int json_map(struct sink *sink, const struct map_snapshot *map, uint64_t boot)
{
	struct out *out = sink->state;

	(void)boot;
	map_json(&out->pending, &sink->style, map);
	return out_report(out, out_commit(out));
}

static int json_record(struct sink *sink, const struct record_value *record)
{
	struct out *out = sink->state;

	record_json(&out->pending, &sink->style, record);
	return out_report(out, out_commit(out));
}

static int json_tick(struct sink *sink, bool idle)
{
	return out_report(sink->state, out_tick(sink->state, idle));
}

static int json_finish(struct sink *sink, const struct sink_totals *totals)
{
	(void)totals;
	return out_report(sink->state, out_flush(sink->state));
}

static void json_close(struct sink *sink)
{
	out_free(sink->state);
}

const struct sink_ops sink_json = {
	.name = "json",
	.is_wanted = json_is_wanted,
	.open = json_open,
	.attached = json_attached,
	.trial = json_trial,
	.output = json_output,
	.map = json_map,
	.record = json_record,
	.error = json_error,
	.lost = json_lost,
	.tick = json_tick,
	.finish = json_finish,
	.close = json_close,
};
