/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text sink: what a user sees, byte for byte as bpftrace prints it. On a terminal, control
 * characters that come from the traced world are escaped, unless --raw.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/maps.h"
#include "runtime/message.h"
#include "runtime/out.h"
#include "runtime/print/map_print.h"
#include "runtime/print/record_table.h"
#include "runtime/runtime.h"
#include "runtime/runtime_error.h"
#include "runtime/settings.h"
#include "runtime/sink.h"
#include "runtime/terminal.h"

struct state {
	struct out *out;
	struct record_table *table;
	bool raw;
	bool ending;
	/*
	 * A summary that is printed again and again is drawn over the last one: what comes between two
	 * rests of the reader is a block, and one that has maps and was made by the same calls as the
	 * one before it takes its place.
	 */
	struct live {
		bool possible; /* on a terminal that can do it */
		uint64_t calls, last_calls; /* a sum of what made the block; 0: it has no maps, or is in parts */
		bool maps, parts;
		uint32_t rows; /* of the last block */
	} live;
};

static void note_call(struct state *state, const void *call, bool is_map)
{
	struct live *live = &state->live;

	live->calls = live->calls * 31 + (uintptr_t)call;
	live->maps |= is_map;
	live->parts |= !state->out->pending.length;
}

static void end_block(struct live *live, uint32_t rows)
{
	live->last_calls = live->maps && !live->parts ? live->calls : 0;
	live->rows = rows;
	live->calls = 0;
	live->maps = live->parts = false;
}

/* Everything of a block is there: put it where the last one was, if that is still on the screen. */
static void redraw(struct state *state)
{
	struct buffer all = {0}, *pending = &state->out->pending;
	struct live *live = &state->live;
	uint32_t rows, columns;
	char up[32];

	terminal_size(state->out->fd, &rows, &columns);
	if (live->maps && !live->parts && live->calls == live->last_calls && live->rows < rows) {
		snprintf(up, sizeof(up), "\033[%uA\033[J", live->rows);
		buffer_add_text(&all, up);
		buffer_add(&all, pending->data, pending->length);
	}
	end_block(live, terminal_rows(pending->data, pending->length, columns));
	if (all.length && !all.failed) {
		buffer_free(pending);
		*pending = all;
	}
}

static struct out *out_of(const struct sink *sink)
{
	const struct state *state = sink->state;

	return state->out;
}

static bool text_is_wanted(const struct runtime_options *options)
{
	return options->format == RUNTIME_TEXT;
}

static void free_state(struct state *state)
{
	record_table_free(state->table);
	if (state->out)
		out_free(state->out);
	free(state);
}

static int text_open(struct sink *sink, const struct sink_setup *setup)
{
	const struct runtime_options *options = setup->options;
	struct state *state = calloc(1, sizeof(*state));
	int err;

	if (!state)
		return -ENOMEM;
	err = out_new(&state->out, options);
	if (!err) {
		sink->style.bold = options->color_always || (state->out->terminal && options->color);
		err = record_table_new(&state->table, setup->image, settings_columns(setup->image, options),
				       sink->style.bold);
	}
	if (err) {
		free_state(state);
		return err;
	}
	state->raw = options->raw;
	state->live.possible = terminal_can_redraw(state->out->fd) &&
			       options->buffering == RUNTIME_BUFFER_LINE;
	if (options->plot) {
		uint32_t rows;

		terminal_size(state->out->fd, &rows, &sink->style.plot_columns);
	}
	sink->style.escape = state->out->terminal && !options->raw;
	sink->wants = SINK_WANTS_TEXT | (sink->style.escape ? SINK_WANTS_SCREEN : SINK_WANTS_EXACT);
	sink->state = state;
	return 0;
}

/* Whole numbers of what reads best: ns up to ms. */
static void add_duration(struct buffer *text, uint64_t ns)
{
	static const char *const units[] = {" ns", " us", " ms"};
	uint32_t i = 0;

	for (; i < 2 && ns >= 10000; i++)
		ns /= 1000;
	buffer_add_u64(text, ns);
	buffer_add_text(text, units[i]);
}

/* A test's line comes behind what the test has printed. */
static int text_trial(struct sink *sink, const struct trial *trial)
{
	struct state *state = sink->state;
	struct buffer *text = &state->out->pending;

	if (!trial->is_bench)
		buffer_add_text(text, trial->passed ? "[       OK ] " : "[  FAILED  ] ");
	buffer_add_text(text, trial->name);
	buffer_add_text(text, trial->is_bench ? ": " : " (");
	add_duration(text, trial->ns);
	if (trial->is_bench) {
		buffer_add_text(text, " in ");
		buffer_add_u64(text, trial->runs);
		buffer_add_text(text, " runs\n");
	} else {
		buffer_add_text(text, ")\n");
	}
	return out_report(state->out, out_commit(state->out));
}

static int text_attached(struct sink *sink, uint32_t probes)
{
	(void)sink;
	message_note("Attached %u probe%s", probes, probes == 1 ? "" : "s");
	return 0;
}

/* A message of the script's: on stderr, with the place of the call in front. */
static void text_message(const struct sink *sink, const struct output *output)
{
	const struct image *image = sink->style.image;
	const char *name = image_string(image, image->header->script);
	const char *what = output->kind == OUTPUT_ERROR ? "ERROR" : "WARNING";
	const char *text = sink->style.escape ? output->screen : output->text;
	size_t length = sink->style.escape ? output->screen_length : output->length;
	const struct image_event *event = output->event;

	if (event->end_line > event->line)
		message_note("%s:%u-%u: %s: %.*s", name, event->line, event->end_line, what,
			     (int)length, text ? text : "");
	else
		message_note("%s:%u:%u-%u: %s: %.*s", name, event->line, event->column,
			     event->end_column, what, (int)length, text ? text : "");
}

static int text_output(struct sink *sink, const struct output *output)
{
	struct out *out = out_of(sink);

	if (output->kind == OUTPUT_ERROR || output->kind == OUTPUT_WARNING) {
		text_message(sink, output);
		return 0;
	}
	if (sink->style.escape)
		buffer_add(&out->pending, output->screen, output->screen_length);
	else
		buffer_add(&out->pending, output->text, output->length);
	if (output->kind == OUTPUT_JOIN)
		buffer_add_byte(&out->pending, '\n');
	note_call(sink->state, output->event, false);
	return out_report(out, out_commit(out));
}

static int text_map(struct sink *sink, const struct map_snapshot *map, uint64_t boot)
{
	struct state *state = sink->state;
	struct out *out = state->out;
	struct style style = sink->style;

	(void)boot;
	/* A line of a table is an entry, also in a file: what could break it is always escaped. */
	style.escape |= map->columns && !state->raw;
	map_text(&out->pending, &style, map);
	note_call(sink->state, map->map, true);
	return out_report(out, out_commit(out));
}

/* A line is a record, also in a file: what could break it is always escaped. */
static int text_record(struct sink *sink, const struct record_value *record)
{
	struct state *state = sink->state;
	struct style style = sink->style;

	style.escape = !state->raw;
	record_table_add(state->table, &state->out->pending, &style, record);
	state->live.parts = true; /* a line of a table stays */
	return out_report(state->out, out_commit(state->out));
}

static int text_lost(struct sink *sink, uint64_t n)
{
	(void)sink;
	message_note("Lost %llu events", (unsigned long long)n);
	return 0;
}

/* On stderr, as all that duetrace itself has to say. */
static int text_error(struct sink *sink, const struct runtime_error *error)
{
	/* Without its last newline: a message brings one. */
	int excerpt_length = *error->excerpt ? (int)strlen(error->excerpt) - 1 : 0;
	char helper[96] = "";

	if (*error->helper)
		snprintf(helper, sizeof(helper), "\nAdditional Info - helper: %s, retcode: %lld",
			 error->helper, (long long)error->code);
	(void)sink;
	message_note("%.*sWARNING: %s%s%s%.*s", (int)error->place_length, error->place,
		     error->message, helper, *error->excerpt ? "\n" : "",
		     excerpt_length, error->excerpt);
	return 0;
}

static int text_tick(struct sink *sink, bool idle)
{
	struct state *state = sink->state;
	struct out *out = state->out;
	int err;

	if (idle && state->live.possible && !state->ending && out->pending.length)
		redraw(state);
	err = out_tick(out, idle);
	state->live.parts |= !idle && !out->pending.length && state->live.calls;
	return out_report(out, err);
}

static int text_ending(struct sink *sink)
{
	struct state *state = sink->state;

	/* What end blocks have printed; the maps behind it are another summary. */
	if (state->live.possible && state->out->pending.length)
		redraw(state);
	state->ending = true;
	return out_report(out_of(sink), out_write(out_of(sink), "\n\n", 2));
}

static int text_finish(struct sink *sink, const struct sink_totals *totals)
{
	(void)totals;
	return out_report(out_of(sink), out_flush(out_of(sink)));
}

static void text_close(struct sink *sink)
{
	free_state(sink->state);
}

const struct sink_ops sink_text = {
	.name = "text",
	.is_wanted = text_is_wanted,
	.open = text_open,
	.attached = text_attached,
	.trial = text_trial,
	.output = text_output,
	.map = text_map,
	.record = text_record,
	.error = text_error,
	.lost = text_lost,
	.tick = text_tick,
	.ending = text_ending,
	.finish = text_finish,
	.close = text_close,
};
