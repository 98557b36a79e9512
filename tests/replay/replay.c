/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays hand-made ring-buffer records through decode and the sinks, without a kernel: replay
 * text, replay json, or replay text DATABASE. run.py compares what comes out with the goldens.
 * Records that lie about their length are among them: they must be counted, and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf-helpers/abi.h"
#include "runtime/clock.h"
#include "runtime/events.h"
#include "runtime/maps.h"
#include "runtime/runtime.h"
#include "runtime/sink.h"
#include "tests/unit/small_image.h"

enum { INT, STRING, TUPLE, STAMP, NAME, COUNT, PROBE };
enum { SAY, SHOW, TIME, WHEN, SHOW_MAP, CLEAR, EXIT, WHERE };

/* 2026-01-02 03:04:05.123456789 UTC when the boot clock shows 1000 s. */
#define BOOT 1000000000000ULL
#define WALL 1767323045123456789LL

static const struct clock_base clock_base = {.boot = BOOT, .offset = WALL - (int64_t)BOOT};

/* The map as a fake kernel keeps it: two entries until it is cleared. */
static uint32_t n_entries = 2;

static int read_map(void *self, const struct image_map *map, struct map_raw *raw)
{
	static const int64_t keys[] = {20, 10}, values[] = {1, 2, 1, 0};

	(void)self;
	*raw = (struct map_raw){.count = n_entries, .cpus = 2, .stride = map->value_size};
	raw->keys = malloc(sizeof(keys));
	raw->values = malloc(sizeof(values));
	memcpy(raw->keys, keys, sizeof(keys));
	memcpy(raw->values, values, sizeof(values));
	return 0;
}

static void unwatch(void *self, uint64_t address)
{
	(void)self;
	(void)address;
}

static int clear_map(void *self, const struct image_map *map)
{
	(void)self;
	(void)map;
	n_entries = 0;
	return 0;
}

static void add_types(struct image_builder *b, uint32_t empty)
{
	const struct image_type types[] = {
		[INT] = {.kind = IMAGE_INT, .size = 8, .flags = IMAGE_TYPE_SIGNED, .name = empty},
		[STRING] = {.kind = IMAGE_STRING, .size = 64, .name = empty},
		[TUPLE] = {.kind = IMAGE_TUPLE, .size = 16, .n_fields = 2, .name = empty},
		[STAMP] = {.kind = IMAGE_TIMESTAMP, .size = 16, .name = empty},
		[NAME] = {.kind = IMAGE_STRING, .size = 8, .name = empty},
		[COUNT] = {.kind = IMAGE_COUNT, .size = 8, .name = empty},
		[PROBE] = {.kind = IMAGE_PROBE, .size = 8, .name = empty},
	};

	image_builder_add_types(b, &types[INT]);
	image_builder_add_types(b, &types[STRING]);
	/* Types only refer to what comes before them, so the tuple's name type does too. */
	image_builder_add_fields(b, &(struct image_field){.name = empty, .type = INT});
	image_builder_add_fields(b, &(struct image_field){.name = empty, .type = INT, .offset = 8});
	for (int i = TUPLE; i <= PROBE; i++)
		image_builder_add_types(b, &types[i]);
}

static void add_event(struct image_builder *b, uint32_t kind, uint32_t type, uint32_t size,
		      uint32_t text)
{
	image_builder_add_args(b, &(struct image_arg){.type = type, .offset = 16});
	image_builder_add_events(b,
				 &(struct image_event){.kind = kind,
						       .first_arg = image_builder_count_args(b) - 1,
						       .n_args = type == COUNT ? 0 : 1,
						       .map = type == COUNT ? 0 : IMAGE_NONE,
						       .text = text,
						       .size = size});
}

static void add_events(struct image_builder *b, uint32_t empty)
{
	uint32_t literals = image_builder_bytes(b, "[]\n", 3), first;
	const struct image_piece pieces[] = {
		{.text = literals, .length = 1, .arg = IMAGE_NONE},
		{.arg = 0, .conversion = 's', .precision = -1, .width = 6},
		{.text = literals + 1, .length = 1, .arg = IMAGE_NONE},
		{.arg = 1, .conversion = 'x', .bytes = 8, .precision = -1},
		{.text = literals + 2, .length = 1, .arg = IMAGE_NONE},
	};

	for (int i = 0; i < 5; i++)
		image_builder_add_pieces(b, &pieces[i]);
	first = image_builder_add_args(b, &(struct image_arg){.type = STRING, .offset = 16});
	image_builder_add_args(b, &(struct image_arg){.type = INT, .offset = 24});
	image_builder_add_events(b, &(struct image_event){.kind = IMAGE_EVENT_PRINTF,
							  .first_arg = first,
							  .n_args = 2,
							  .n_pieces = 5,
							  .map = IMAGE_NONE,
							  .text = empty,
							  .size = 32});
	add_event(b, IMAGE_EVENT_PRINT, TUPLE, 32, empty);
	add_event(b, IMAGE_EVENT_TIME, INT, 24, image_builder_string(b, "%H:%M:%S.%f %%f\n"));
	add_event(b, IMAGE_EVENT_PRINT, STAMP, 32, empty);
	first = image_builder_add_args(b, &(struct image_arg){.type = INT, .offset = 16});
	image_builder_add_args(b, &(struct image_arg){.type = INT, .offset = 24});
	image_builder_add_events(b, &(struct image_event){.kind = IMAGE_EVENT_PRINT_MAP,
							  .first_arg = first,
							  .n_args = 2,
							  .map = 0,
							  .text = empty,
							  .size = 32});
	add_event(b, IMAGE_EVENT_CLEAR, COUNT, 16, empty);
	add_event(b, IMAGE_EVENT_EXIT, INT, 24, empty);
	add_event(b, IMAGE_EVENT_PRINT, PROBE, 24, empty);
}

/* The offset of the format that timestamps in the records refer to. */
static uint32_t stamp_format;

static unsigned char *make_image(size_t *size)
{
	struct image_builder *b = image_builder_new();
	uint32_t empty = image_builder_string(b, "");
	unsigned char *object;
	const void *plan;
	size_t plan_size;

	stamp_format = image_builder_string(b, "%Y-%m-%d %H:%M:%S");
	add_types(b, empty);
	add_events(b, empty);
	image_builder_add_programs(b,
				   &(struct image_program){.name = image_builder_string(b, "p0")});
	image_builder_add_probes(
		b, &(struct image_probe){.type = image_builder_string(b, "interval"),
					 .name = image_builder_string(b, "interval:s:1"),
					 .first = empty,
					 .second = empty});
	image_builder_add_maps(b, &(struct image_map){.name = image_builder_string(b, "@x"),
						      .symbol = image_builder_string(b, "AT_x"),
						      .flags = IMAGE_MAP_PERCPU,
						      .key = INT,
						      .key_size = 8,
						      .value = COUNT,
						      .value_size = 8});
	plan = image_builder_finish(b, "replay.dt", "0123", "test", &plan_size);
	object = plan ? wrap_plan(plan, plan_size, size) : NULL;
	image_builder_free(b);
	return object;
}

static void replay(struct events *events, uint32_t event, const void *body, size_t size)
{
	char record[512] = {0};
	struct abi_event header = {.event = event, .time = BOOT};

	memcpy(record, &header, sizeof(header));
	memcpy(record + sizeof(header), body, size);
	events_handle(events, record, sizeof(header) + size);
}

struct say {
	struct abi_string string;
	char pad[4];
	int64_t number;
	char tail[64];
};

static void say(struct events *events, const char *text, uint16_t claimed, bool cut, int64_t number)
{
	struct say body = {.string = {.length = claimed, .truncated = cut}, .number = number};

	memcpy(body.tail, text, strlen(text));
	replay(events, SAY, &body, offsetof(struct say, tail) + strlen(text));
}

static void replay_all(struct events *events)
{
	struct image_timestamp stamp = {.format = stamp_format, .ns = BOOT + 60000000000ULL};

	say(events, "abc", 3, false, 255);
	say(events, "longer than six", 15, true, -1);
	say(events, "a\x1b[31m\xff\n", 8, false, 0);
	/* Damaged: a tail shorter than it claims, an event that is not, a record without its body.
	 */
	say(events, "abc", 4, false, 1);
	replay(events, 99, "", 0);
	replay(events, SHOW, "12345678", 8);
	events_handle(events, "short", 5);
	replay(events, SHOW, (const int64_t[]){-1, 1LL << 60}, 16);
	replay(events, TIME, (const int64_t[]){0}, 8);
	replay(events, WHEN, &stamp, sizeof(stamp));
	/* A format that lies outside the plan prints nothing. */
	stamp.format = UINT32_MAX;
	replay(events, WHEN, &stamp, sizeof(stamp));
	replay(events, WHERE, (const int64_t[]){0}, 8);
	replay(events, WHERE, (const int64_t[]){7}, 8);
	replay(events, SHOW_MAP, (const int64_t[]){0, 0}, 16);
	replay(events, SHOW_MAP, (const int64_t[]){1, 2}, 16);
	replay(events, CLEAR, "", 0);
	replay(events, SHOW_MAP, (const int64_t[]){0, 0}, 16);
	replay(events, EXIT, (const int64_t[]){5}, 8);
	say(events, "late", 4, false, 0);
}

static int run(const struct image *image, const struct runtime_options *options)
{
	struct sinks sinks;
	struct events events = {
		.image = image,
		.style = {.image = image, .clock = &clock_base, .trailer = ".."},
		.sinks = &sinks,
		.maps = {.read = read_map, .clear = clear_map},
		.probes = {.unwatch = unwatch},
	};
	struct sink_setup setup = {.image = image, .options = options, .style = &events.style};
	struct loss loss = {.from = WALL,
			    .to = WALL + 1,
			    .reason = "ring buffer full",
			    .probe = "interval:s:1",
			    .cpu = 1,
			    .count = 3};
	struct sink_totals totals = {.produced = 20, .stored = 17, .lost = 3};
	int status = 1;

	if (sinks_open(&sinks, &setup) == 0) {
		replay_all(&events);
		sinks_loss(&sinks, &loss);
		sinks_lost(&sinks, loss.count);
		sinks_ending(&sinks);
		n_entries = 2;
		events_print_map(&events, image->maps, 0, 0, false, BOOT);
		sinks_finish(&sinks, &totals);
		fprintf(stderr, "%llu handled, %llu damaged, exit %d\n",
			(unsigned long long)events.n_handled, (unsigned long long)events.n_damaged,
			events.status);
		status = sinks_failed(&sinks);
	}
	sinks_close(&sinks);
	events_free(&events);
	return status;
}

int main(int argc, char **argv)
{
	struct runtime_options options = {.print_maps = true};
	struct image image;
	size_t size;
	unsigned char *object = make_image(&size);
	char why[256];
	int status = 2;

	if (argc < 2 || !object)
		return 2;
	if (strcmp(argv[1], "json") == 0)
		options.format = RUNTIME_JSON;
	if (argc > 2)
		options.database = argv[2];
	if (image_open(&image, object, size, why, sizeof(why))) {
		fprintf(stderr, "%s\n", why);
	} else {
		status = run(&image, &options);
		image_close(&image);
	}
	free(object);
	return status;
}
