/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite sink: turns results into rows for sqlite_writer.h. Without --db nothing of SQLite is
 * called, so it costs neither time nor memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "runtime/buffer.h"
#include "runtime/clock.h"
#include "runtime/maps.h"
#include "runtime/print/map_print.h"
#include "runtime/print/value_json.h"
#include "runtime/runtime.h"
#include "runtime/sink.h"
#include "runtime/sink/sqlite_writer.h"

struct state {
	struct sqlite_writer *writer;
	struct buffer key, value; /* JSON under construction */
};

static bool sqlite_is_wanted(const struct runtime_options *options)
{
	return options->database != NULL;
}

static void read_boot_id(char *text, size_t size)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static void add_params(struct buffer *out, const struct runtime_options *options)
{
	buffer_add_byte(out, '[');
	for (uint32_t i = 0; i < options->n_params; i++) {
		if (i)
			buffer_add_byte(out, ',');
		json_string(out, options->params[i], strlen(options->params[i]));
	}
	buffer_add(out, "]", 2); /* with the NUL */
}

static int sqlite_open(struct sink *sink, const struct sink_setup *setup)
{
	const struct image *image = setup->image;
	struct state *state = calloc(1, sizeof(*state));
	struct utsname host = {0};
	char boot_id[64] = "";
	struct buffer args = {0};
	struct sqlite_run run;
	int err;

	if (!state)
		return -ENOMEM;
	uname(&host);
	read_boot_id(boot_id, sizeof(boot_id));
	add_params(&args, setup->options);
	run = (struct sqlite_run){
		.started = (int64_t)setup->style->clock->boot + setup->style->clock->offset,
		.host = host.nodename,
		.boot_id = boot_id,
		.kernel = host.release,
		.version = image_string(image, image->header->compiler),
		.script = image_string(image, image->header->script),
		.sha256 = image_string(image, image->header->sha256),
		.args = args.data,
	};
	err = args.failed ? -ENOMEM
			  : sqlite_writer_open(&state->writer, setup->options->database, &run);
	buffer_free(&args);
	if (err) {
		free(state);
		return err;
	}
	sink->style.escape = false;
	sink->wants = SINK_WANTS_TEXT | SINK_WANTS_EXACT;
	sink->watch = sqlite_writer_watch(state->writer);
	sink->state = state;
	return 0;
}

static int64_t wall_of(const struct sink *sink, uint64_t boot)
{
	return boot ? (int64_t)boot + sink->style.clock->offset : clock_wall_now();
}

static int sqlite_output(struct sink *sink, const struct output *output)
{
	struct state *state = sink->state;

	return sqlite_writer_output(state->writer, wall_of(sink, output->boot), output->text,
				    output->length);
}

static int sqlite_map(struct sink *sink, const struct map_snapshot *map, uint64_t boot)
{
	struct state *state = sink->state;
	const char *name = image_string(sink->style.image, map->map->name);
	int64_t time = wall_of(sink, boot);
	int err = 0;

	for (uint32_t i = 0; !err && i < map->count; i++) {
		state->key.length = 0;
		state->value.length = 0;
		if (map->map->flags & IMAGE_MAP_SCALAR)
			buffer_add_text(&state->key, "null");
		else
			value_json(&state->key, &sink->style, &map->entries[i].key);
		map_value_json(&state->value, &sink->style, map, &map->entries[i].value);
		err = sqlite_writer_map(state->writer, time, name, state->key.data,
					state->key.length, state->value.data, state->value.length);
	}
	return err;
}

static int sqlite_loss(struct sink *sink, const struct loss *loss)
{
	struct state *state = sink->state;

	return sqlite_writer_loss(state->writer, loss->from, loss->to, loss->reason, loss->probe,
				  loss->cpu, loss->count);
}

static int sqlite_finish(struct sink *sink, const struct sink_totals *totals)
{
	struct state *state = sink->state;

	return sqlite_writer_finish(state->writer, clock_wall_now(), totals);
}

static void sqlite_close(struct sink *sink)
{
	struct state *state = sink->state;

	sqlite_writer_close(state->writer);
	buffer_free(&state->key);
	buffer_free(&state->value);
	free(state);
}

const struct sink_ops sink_sqlite = {
	.name = "sqlite",
	.is_wanted = sqlite_is_wanted,
	.open = sqlite_open,
	.output = sqlite_output,
	.map = sqlite_map,
	.loss = sqlite_loss,
	.finish = sqlite_finish,
	.close = sqlite_close,
};
