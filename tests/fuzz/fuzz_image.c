/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens damaged images, and gives the reader records and maps that no kernel would make. Files and
 * commands that a record may name (cat, system) are not touched: records are decoded and printed,
 * not handled.
 */
#include "tests/fuzz/fuzz_image.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bpf-helpers/abi.h"
#include "image/elf_section.h"
#include "image/image.h"
#include "runtime/buffer.h"
#include "runtime/clock.h"
#include "runtime/decode.h"
#include "runtime/maps.h"
#include "runtime/print/map_print.h"
#include "runtime/print/print_format.h"
#include "runtime/print/value_json.h"
#include "runtime/print/value_text.h"

#define RECORDS	   16
#define MAPS	   4
#define MAX_RECORD 4096
#define CPUS	   2

static uint64_t next(uint64_t *random)
{
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return *random * 0x2545f4914f6cdd1dULL;
}

bool fuzz_image_plan(const void *data, size_t size, size_t *offset, size_t *length)
{
	struct elf_section section;

	if (elf_section_find(data, size, IMAGE_SECTION, &section) || section.size < sizeof(struct image_header))
		return false;
	*offset = section.offset;
	*length = section.size;
	return true;
}

void fuzz_image_sign(void *data, size_t size)
{
	size_t plan, length, at;
	uint32_t crc = 0;

	if (!fuzz_image_plan(data, size, &plan, &length))
		return;
	at = plan + offsetof(struct image_header, crc);
	memcpy((char *)data + at, &crc, sizeof(crc));
	crc = (uint32_t)crc32_z(0, data, size);
	memcpy((char *)data + at, &crc, sizeof(crc));
}

/* Mostly small numbers, for lengths and indices to be near what is right. */
static void fill(char *bytes, size_t size, uint64_t *random)
{
	for (size_t i = 0; i < size; i++) {
		uint64_t n = next(random) >> 20;

		bytes[i] = (char)(n & 3 ? 0 : n >> 8 & 1 ? n >> 16 & 31 : n >> 16);
	}
	/* Numbers at the ends of what there is: divisors, bounds of loops. */
	for (size_t i = 0; i + sizeof(uint64_t) <= size; i += sizeof(uint64_t)) {
		static const uint64_t ends[] = {UINT64_MAX, INT64_MAX, 1ULL << 63, UINT64_MAX - 1};
		uint64_t n = next(random) >> 20;

		if (n % 8 == 0)
			memcpy(bytes + i, &ends[n / 8 % 4], sizeof(ends[0]));
	}
}

static void print(struct style *style, const struct image_event *event, const struct value *args)
{
	struct buffer out = {0};

	for (uint32_t i = 0; i < event->n_args; i++) {
		value_text(&out, style, &args[i]);
		value_json(&out, style, &args[i]);
	}
	if (event->n_pieces && (event->kind == IMAGE_EVENT_PRINTF || event->kind == IMAGE_EVENT_ERRORF ||
				event->kind == IMAGE_EVENT_WARNF))
		print_format(&out, style, event, args);
	buffer_free(&out);
}

static void try_record(struct style *style, struct decode_arena *arena, uint64_t *random)
{
	const struct image *image = style->image;
	const struct image_event *event = &image->events[(next(random) >> 11) % image->n_events];
	uint64_t pick = next(random) >> 11;
	size_t size = pick % 4 ? event->size + pick / 4 % 256 : pick / 4 % MAX_RECORD;
	struct value *args;
	char *record;

	if (size < sizeof(struct abi_event) || size > 64 * MAX_RECORD)
		return;
	record = malloc(size);
	fill(record, size, random);
	decode_arena_reset(arena);
	if (!decode_record(image, arena, event, record, size, &args))
		print(style, event, args);
	free(record);
}

static void try_map(struct style *style, uint64_t *random)
{
	const struct image_map *map = &style->image->maps[(next(random) >> 11) % style->image->n_maps];
	struct map_raw raw = {.count = (uint32_t)(next(random) >> 11) % 4, .cpus = CPUS, .stride = map->value_size};
	/* A scalar is always there: an array of one. */
	size_t key_size = map->flags & IMAGE_MAP_SCALAR ? 4 : map->key_size;
	struct map_snapshot snapshot;
	struct buffer out = {0};

	if (map->flags & IMAGE_MAP_SCALAR)
		raw.count = 1;
	if (key_size > MAX_RECORD || map->value_size > 64 * MAX_RECORD)
		return;
	raw.keys = malloc(raw.count * key_size + 1);
	raw.values = malloc(raw.count * (size_t)CPUS * map->value_size + 1);
	fill(raw.keys, raw.count * key_size, random);
	fill(raw.values, raw.count * (size_t)CPUS * map->value_size, random);
	if (!map_snapshot_make(&snapshot, style->image, map, &raw, 0, 0)) {
		map_text(&out, style, &snapshot);
		map_json(&out, style, &snapshot);
	}
	map_snapshot_free(&snapshot);
	buffer_free(&out);
}

void fuzz_image_try(const void *data, size_t size, uint64_t random)
{
	static const struct clock_base clock = {.boot = 1000, .offset = 2000};
	struct decode_arena arena = {0};
	struct image image;
	struct style style = {.image = &image, .clock = &clock, .trailer = "..", .escape = random & 1};
	char why[256];

	if (image_open(&image, data, size, why, sizeof(why)))
		return;
	random |= 1;
	for (int i = 0; i < RECORDS && image.n_events; i++)
		try_record(&style, &arena, &random);
	for (int i = 0; i < MAPS && image.n_maps; i++)
		try_map(&style, &random);
	decode_arena_free(&arena);
	image_close(&image);
}
