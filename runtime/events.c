/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event handlers. A record is rendered at most twice: as it is, and, only when it holds control
 * characters and somebody watches on a terminal, escaped.
 */
#include "runtime/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf-helpers/abi.h"
#include "runtime/clock.h"
#include "runtime/maps.h"
#include "runtime/message.h"
#include "runtime/outside.h"
#include "runtime/print/map_print.h"
#include "runtime/print/print_format.h"
#include "runtime/print/screen.h"
#include "runtime/print/value_text.h"
#include "runtime/record.h"
#include "runtime/runtime_error.h"
#include "runtime/settings.h"
#include "runtime/sink.h"
#include "runtime/stacks.h"

struct record {
	const struct image_event *event;
	uint64_t boot;
	const struct value *args;
	const char *data; /* the record itself */
};

typedef void (*event_handler)(struct events *events, const struct record *record);
typedef void (*event_renderer)(struct events *events, const struct record *record,
			       struct buffer *out);

#define EVENT(id, name) static void handle_##id(struct events *events, const struct record *record);
#include "image/events.def"
#undef EVENT

static const event_handler handlers[IMAGE_EVENT_KINDS] = {
#define EVENT(id, name) [IMAGE_EVENT_##id] = handle_##id,
#include "image/events.def"
#undef EVENT
};

/* A part of it would be no evidence: the run is over. */
static void no_memory(struct events *events)
{
	if (!events->error)
		message_error("A result takes more memory than there is, or than %u MiB", BUFFER_MIB);
	events->error = -ENOMEM;
}

/* Render for all who want text, and hand it on. */
static void say(struct events *events, const struct record *record, enum output_kind kind,
		event_renderer render)
{
	unsigned int wants = events->sinks->wants;
	struct output output = {.kind = kind, .boot = record->boot, .event = record->event};

	events->text.length = 0;
	events->style.escaped = false;
	events->style.escape = wants & SINK_WANTS_SCREEN;
	render(events, record, &events->text);
	output.screen = output.text = events->text.data;
	output.screen_length = output.length = events->text.length;
	if (events->style.escaped && wants & SINK_WANTS_EXACT) {
		events->style.escape = false;
		events->screen.length = 0;
		render(events, record, &events->screen);
		output.text = events->screen.data;
		output.length = events->screen.length;
	}
	if (events->text.failed || events->screen.failed || events->content.failed) {
		no_memory(events);
		return;
	}
	if (kind == OUTPUT_VALUE)
		output.value = &record->args[0];
	sinks_output(events->sinks, &output);
}

static void render_printf(struct events *events, const struct record *record, struct buffer *out)
{
	print_format(out, &events->style, record->event, record->args);
}

static void handle_PRINTF(struct events *events, const struct record *record)
{
	say(events, record, OUTPUT_PRINTF, render_printf);
}

static void render_value(struct events *events, const struct record *record, struct buffer *out)
{
	if (!(events->sinks->wants & SINK_WANTS_TEXT))
		return;
	value_text(out, &events->style, &record->args[0]);
	buffer_add_byte(out, '\n');
}

static void handle_PRINT(struct events *events, const struct record *record)
{
	say(events, record, OUTPUT_VALUE, render_value);
}

/* The pieces as a C string of the events' own, or NULL. */
static const char *format_argument(struct events *events, const struct record *record)
{
	events->argument.length = 0;
	events->style.escape = false;
	print_format(&events->argument, &events->style, record->event, record->args);
	buffer_add_byte(&events->argument, '\0');
	if (events->argument.failed)
		no_memory(events);
	return events->argument.failed ? NULL : events->argument.data;
}

/* What came from outside, in `content`, may hold anything; a file or a command has lines. */
static void render_lines(struct events *events, const struct record *record, struct buffer *out)
{
	const struct buffer *content = &events->content;

	(void)record;
	if (events->style.escape)
		events->style.escaped |= screen_add(out, content->data, content->length, true);
	else
		buffer_add(out, content->data, content->length);
}

static void render_content(struct events *events, const struct record *record, struct buffer *out)
{
	(void)record;
	value_text_bytes(out, &events->style, events->content.data,
			 (unsigned int)events->content.length);
}

static void handle_CAT(struct events *events, const struct record *record)
{
	const char *path = format_argument(events, record);
	int err;

	if (!path)
		return;
	events->content.length = 0;
	err = outside_read(&events->content, path, settings_max_cat_bytes(events->image));
	if (err)
		message_error("failed to open file '%s': %s", path, message_errno(err));
	else
		say(events, record, OUTPUT_CAT, render_lines);
}

static void handle_SYSTEM(struct events *events, const struct record *record)
{
	const char *command = format_argument(events, record);
	int err;

	if (!command)
		return;
	/* What was said before is seen before what the command itself writes. */
	sinks_tick(events->sinks, true);
	events->content.length = 0;
	err = outside_run(&events->content, command);
	if (err)
		message_error("Could not run '%s': %s", command, message_errno(err));
	else
		say(events, record, OUTPUT_SYSTEM, render_lines);
}

static void handle_JOIN(struct events *events, const struct record *record)
{
	const char *separator = image_string(events->image, record->event->text);
	const char *text = record->args[0].string.bytes;
	uint32_t length = record->args[0].string.length;

	events->content.length = 0;
	for (uint32_t i = 0; i < length; i++) {
		if (text[i])
			buffer_add_byte(&events->content, text[i]);
		else if (i + 1 < length)
			buffer_add_text(&events->content, separator);
	}
	say(events, record, OUTPUT_JOIN, render_content);
}

static void handle_ERRORF(struct events *events, const struct record *record)
{
	say(events, record, OUTPUT_ERROR, render_printf);
}

static void handle_WARNF(struct events *events, const struct record *record)
{
	say(events, record, OUTPUT_WARNING, render_printf);
}

static void render_time(struct events *events, const struct record *record, struct buffer *out)
{
	int64_t wall = record->boot ? clock_wall(events->style.clock, record->boot) : clock_wall_now();

	clock_format(out, image_string(events->image, record->event->text), wall);
}

static void handle_TIME(struct events *events, const struct record *record)
{
	say(events, record, OUTPUT_TIME, render_time);
}

static const struct image_map *map_of(const struct events *events, const struct record *record)
{
	return &events->image->maps[record->event->map];
}

static void check(struct events *events, const struct image_map *map, const char *operation,
		  int err)
{
	if (!err)
		return;
	message_error("Could not %s map %s: %s", operation, image_string(events->image, map->name),
		      message_errno(err));
	events->error = err;
}

static int print_map(struct events *events, const struct image_map *map, const char *columns,
		     uint64_t top, uint64_t div, bool always, uint64_t boot)
{
	struct map_snapshot snapshot;
	struct map_raw raw;
	int err = events->maps.read(events->maps.self, map, &raw);

	if (!err) {
		err = map_snapshot_make(&snapshot, events->image, map, &raw, top, div);
		snapshot.columns = columns;
		if (!err && (always || snapshot.is_set))
			sinks_map(events->sinks, &snapshot, boot);
		map_snapshot_free(&snapshot);
	}
	check(events, map, "read", err);
	return err;
}

int events_print_map(struct events *events, const struct image_map *map, uint64_t top, uint64_t div,
		     bool always, uint64_t boot)
{
	return print_map(events, map, NULL, top, div, always, boot);
}

static void handle_PRINT_MAP(struct events *events, const struct record *record)
{
	const char *columns = image_string(events->image, record->event->text);

	print_map(events, map_of(events, record), *columns ? columns : NULL, record->args[0].number,
		  record->args[1].number, true, record->boot);
}

/* Keep only the entry with a key; false if there is none. */
static bool keep_entry(struct map_raw *raw, const struct image_map *map, const char *key)
{
	size_t size = (size_t)raw->cpus * raw->stride;

	for (uint32_t i = 0; i < raw->count; i++) {
		if (memcmp(raw->keys + (size_t)i * map->key_size, key, map->key_size) != 0)
			continue;
		memmove(raw->keys, key, map->key_size);
		memmove(raw->values, raw->values + i * size, size);
		raw->count = 1;
		return true;
	}
	return false;
}

static void render_entry(struct events *events, const struct record *record, struct buffer *out)
{
	const struct value *value = &record->args[0];

	if (map_value_is_block(value))
		map_value_block(out, &events->style, value, 1);
	else
		value_text(out, &events->style, value);
	buffer_add_byte(out, '\n');
}

/* The value of one key, without its name; nothing if the key is not there. */
static void handle_PRINT_AT(struct events *events, const struct record *record)
{
	const struct image_map *map = map_of(events, record);
	const char *key = record->data + events->image->args[record->event->first_arg].offset;
	struct map_snapshot snapshot;
	struct map_raw raw;
	int err = events->maps.read(events->maps.self, map, &raw);

	if (!err && !keep_entry(&raw, map, key)) {
		map_raw_free(&raw);
	} else if (!err) {
		err = map_snapshot_make(&snapshot, events->image, map, &raw, 0, 0);
		if (!err) {
			struct record entry = *record;

			entry.args = &snapshot.entries[0].value;
			say(events, &entry, OUTPUT_VALUE, render_entry);
		}
		map_snapshot_free(&snapshot);
	}
	check(events, map, "read", err);
}

static void handle_CLEAR(struct events *events, const struct record *record)
{
	const struct image_map *map = map_of(events, record);

	check(events, map, "clear", events->maps.clear(events->maps.self, map));
}

static void handle_ZERO(struct events *events, const struct record *record)
{
	const struct image_map *map = map_of(events, record);

	check(events, map, "zero", events->maps.zero(events->maps.self, map));
}

static void handle_FILES(struct events *events, const struct record *record)
{
	const struct image_map *map = map_of(events, record);
	char *folder = strndup(record->args[0].string.bytes, record->args[0].string.length);
	int err = folder ? events->maps.files(events->maps.self, map, folder) : -ENOMEM;

	if (err)
		message_error("Could not read all files of '%s' into %s: %s", folder ? folder : "",
			      image_string(events->image, map->name), message_errno(err));
	free(folder);
}

static void handle_EXIT(struct events *events, const struct record *record)
{
	events->exited = true;
	events->status = (int)record->args[0].number;
}

static void handle_UNWATCH(struct events *events, const struct record *record)
{
	events->probes.unwatch(events->probes.self, record->args[0].number);
}

/* That a map is full is said once a run: its losses are counted. */
static bool is_told(struct events *events, const struct record *record)
{
	bool told = events->told_full;

	if (record->args[0].number != IMAGE_ERROR_MAP_FULL)
		return false;
	events->told_full = true;
	return told;
}

static void handle_RUNTIME_ERROR(struct events *events, const struct record *record)
{
	struct runtime_error error;

	if (!runtime_error_describe(&error, events->image, record->event, record->args[0].number,
				    (int64_t)record->args[1].number))
		events->n_damaged++, events->n_handled--;
	else if (events->warnings && !is_told(events, record))
		sinks_error(events->sinks, &error);
}

static void handle_RECORD(struct events *events, const struct record *record)
{
	const struct image_record *type = &events->image->records[record->event->record];
	struct record_value value = {
		.type = type,
		.rule = type->rule == IMAGE_NONE ? NULL : &events->image->rules[type->rule],
		.time = clock_wall(events->style.clock, record->boot),
		.boot = record->boot,
		.seq = ++events->n_records,
		.container = &record->args[0],
		.fields = &record->args[1],
	};

	memcpy(&value.envelope, record->data + sizeof(struct abi_event), sizeof(value.envelope));
	if (value.rule && (int)value.rule->severity > events->worst)
		events->worst = (int)value.rule->severity;
	sinks_record(events->sinks, &value);
}

/* Nobody printed it: it does not count. */
static void handle_STACK_SEEN(struct events *events, const struct record *record)
{
	events->n_handled--;
	events->n_unused++;
	if (events->style.stacks)
		stacks_add(events->style.stacks, &record->args[0]);
}

/* After exit() nothing counts. */
static void count_damaged(struct events *events)
{
	if (events->exited)
		events->n_unused++;
	else
		events->n_damaged++;
}

int events_handle(void *context, const void *data, size_t size)
{
	struct events *events = context;
	struct abi_event header;
	struct value *args;
	struct record record;
	int err;

	/*
	 * The ring keeps the order, so tracing ends at the record of exit(), however much other
	 * CPUs still wrote until the probes were gone.
	 */
	if (size < sizeof(header)) {
		count_damaged(events);
		return 0;
	}
	memcpy(&header, data, sizeof(header));
	if (header.event >= events->image->n_events) {
		count_damaged(events);
		return 0;
	}
	record.event = &events->image->events[header.event];
	/* But a map may have the stack as a key. */
	if (events->exited && record.event->kind != IMAGE_EVENT_STACK_SEEN) {
		events->n_unused++;
		return 0;
	}
	record.boot = header.time;
	decode_arena_reset(&events->arena);
	err = decode_record(events->image, &events->arena, record.event, data, size, &args);
	if (err) {
		if (err == -EBADMSG)
			events->n_damaged++;
		else
			events->error = err;
		return 0;
	}
	record.args = args;
	record.data = data;
	events->n_handled++;
	handlers[record.event->kind](events, &record);
	return 0;
}

void events_free(struct events *events)
{
	decode_arena_free(&events->arena);
	buffer_free(&events->text);
	buffer_free(&events->screen);
	buffer_free(&events->argument);
	buffer_free(&events->content);
}
