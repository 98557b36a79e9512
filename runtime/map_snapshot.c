/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a map's bytes to its sorted values: reduces what each CPU counted (bpf-helpers/abi.h says
 * how it lies there), then orders as bpftrace prints: numbers and aggregations by value, the rest
 * by key, and equal values by key, so that the same data always gives the same text.
 */
#include "runtime/maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf-helpers/abi.h"
#include "runtime/map_series.h"

/* What reducing one entry needs. */
struct source {
	const struct image_map *map;
	const char *bytes; /* the entry's first value, a scalar's leading word skipped */
	uint32_t cpus;
	uint32_t stride;
};

static uint64_t sum_numbers(const struct source *source)
{
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < source->cpus; cpu++) {
		struct abi_number number;

		memcpy(&number, source->bytes + (size_t)cpu * source->stride, sizeof(number));
		sum += (uint64_t)number.value;
	}
	return sum;
}

static uint64_t find_extreme(const struct source *source, bool want_max, bool is_signed)
{
	struct abi_extreme best = {0}, here;

	for (uint32_t cpu = 0; cpu < source->cpus; cpu++) {
		bool larger;

		memcpy(&here, source->bytes + (size_t)cpu * source->stride, sizeof(here));
		if (!here.set)
			continue;
		larger = is_signed ? here.value > best.value
				   : (uint64_t)here.value > (uint64_t)best.value;
		if (!best.set || (here.value != best.value && larger == want_max))
			best = here;
	}
	return (uint64_t)best.value;
}

static void sum_averages(const struct source *source, struct value *value)
{
	uint64_t total = 0, count = 0;

	for (uint32_t cpu = 0; cpu < source->cpus; cpu++) {
		struct abi_average here;

		memcpy(&here, source->bytes + (size_t)cpu * source->stride, sizeof(here));
		total += (uint64_t)here.total;
		count += here.count;
	}
	value->average.total = (int64_t)total;
	value->average.count = count;
}

/* How many words the buckets of an entry take when they are put together. */
static uint32_t n_buckets(const struct image_map *map, enum image_kind kind)
{
	const int64_t *numbers = map->numbers;

	if (kind == IMAGE_HIST)
		return (uint32_t)ABI_HIST_BUCKETS(numbers[0]);
	if (kind == IMAGE_LHIST)
		return (uint32_t)(((uint64_t)numbers[1] - (uint64_t)numbers[0]) /
				  (uint64_t)numbers[2]) +
		       2;
	if (kind == IMAGE_TSERIES)
		return (uint32_t)numbers[1] * (uint32_t)(sizeof(struct series_point) / sizeof(uint64_t));
	return 0;
}

static void sum_buckets(const struct source *source, uint64_t *buckets, uint32_t n)
{
	for (uint32_t cpu = 0; cpu < source->cpus; cpu++) {
		const char *here = source->bytes + (size_t)cpu * source->stride;

		for (uint32_t i = 0; i < n; i++) {
			uint64_t count;

			memcpy(&count, here + i * sizeof(count), sizeof(count));
			buckets[i] += count;
		}
	}
}

/* `buckets` has room for a histogram of this map. */
static int reduce(struct map_snapshot *snapshot, const struct image *image,
		  const struct source *source, uint64_t *buckets, struct value *value)
{
	value->kind = (enum image_kind)snapshot->type->kind;
	value->type = snapshot->type;
	value->is_signed = snapshot->type->flags & IMAGE_TYPE_SIGNED;
	value->cut = false;
	switch (value->kind) {
	case IMAGE_COUNT:
	case IMAGE_SUM:
		value->number = sum_numbers(source);
		return 0;
	case IMAGE_MIN:
	case IMAGE_MAX:
		value->number = find_extreme(source, value->kind == IMAGE_MAX, value->is_signed);
		return 0;
	case IMAGE_AVG:
	case IMAGE_STATS:
		sum_averages(source, value);
		return 0;
	case IMAGE_HIST:
	case IMAGE_LHIST:
		value->histogram.buckets = buckets;
		value->histogram.count = n_buckets(source->map, value->kind);
		value->histogram.numbers = source->map->numbers;
		sum_buckets(source, buckets, value->histogram.count);
		return 0;
	case IMAGE_TSERIES:
		map_series_reduce(source->map, source->bytes, source->cpus, source->stride, buckets,
				  value);
		return 0;
	case IMAGE_VOID:
	case IMAGE_BOOL:
	case IMAGE_INT:
	case IMAGE_STRING:
	case IMAGE_BUFFER:
	case IMAGE_POINTER:
	case IMAGE_ARRAY:
	case IMAGE_STRUCT:
	case IMAGE_ENUM:
	case IMAGE_TUPLE:
	case IMAGE_PROBE:
	case IMAGE_TIMESTAMP:
	case IMAGE_INET:
	case IMAGE_MACADDR:
	case IMAGE_USERNAME:
	case IMAGE_ERROR_NAME:
	case IMAGE_SIGNAL_NAME:
	case IMAGE_SYSCALL_NAME:
	case IMAGE_CGROUP_PATH:
	case IMAGE_KSYM:
	case IMAGE_USYM:
	case IMAGE_KSTACK:
	case IMAGE_USTACK:
	case IMAGE_BYTES:
	case IMAGE_DURATION:
	case IMAGE_KINDS:
		break;
	}
	return decode_value(image, &snapshot->arena, source->map->value, source->bytes, value);
}

static bool is_ordered_by_value(enum image_kind kind)
{
	return kind == IMAGE_INT || kind == IMAGE_ENUM || image_kind_is_quantity(kind) ||
	       (kind >= IMAGE_COUNT && kind <= IMAGE_TSERIES);
}

static int compare_entries(const void *a, const void *b)
{
	const struct map_entry *left = a, *right = b;
	int order = 0;

	if (is_ordered_by_value(left->value.kind))
		order = value_compare(&left->value, &right->value);
	return order ? order : value_compare(&left->key, &right->key);
}

/* Stats keep what they are, as in bpftrace; histograms are divided where they are printed. */
static bool is_divided(enum image_kind kind)
{
	return kind == IMAGE_INT || (kind >= IMAGE_COUNT && kind <= IMAGE_AVG);
}

static void divide(struct value *value, uint64_t div)
{
	if (!is_divided(value->kind))
		return;
	if (value->kind == IMAGE_AVG) {
		value->number = value_average(value);
		value->kind = IMAGE_INT;
	}
	/* A divisor is positive: INT64_MIN / -1 cannot happen. */
	if (value->is_signed && div <= INT64_MAX)
		value->number = (uint64_t)((int64_t)value->number / (int64_t)div);
	else
		value->number /= div;
}

static bool scalar_is_set(const struct map_raw *raw)
{
	for (uint32_t cpu = 0; cpu < raw->cpus; cpu++) {
		uint64_t set;

		memcpy(&set, raw->values + (size_t)cpu * raw->stride, sizeof(set));
		if (set)
			return true;
	}
	return false;
}

static int fill(struct map_snapshot *snapshot, const struct image *image)
{
	const struct image_map *map = snapshot->map;
	const struct map_raw *raw = &snapshot->raw;
	uint32_t buckets = n_buckets(map, (enum image_kind)snapshot->type->kind);
	bool scalar = map->flags & IMAGE_MAP_SCALAR;
	int err = 0;

	snapshot->entries = calloc(raw->count + 1, sizeof(*snapshot->entries));
	snapshot->buckets = calloc((size_t)raw->count * buckets + 1, sizeof(uint64_t));
	if (!snapshot->entries || !snapshot->buckets)
		return -ENOMEM;
	for (uint32_t i = 0; !err && i < raw->count; i++) {
		struct map_entry *entry = &snapshot->entries[i];
		struct source source = {
			.map = map,
			.bytes = raw->values + (size_t)i * raw->cpus * raw->stride +
				 (scalar ? 8 : 0),
			.cpus = raw->cpus,
			.stride = raw->stride,
		};

		err = reduce(snapshot, image, &source, snapshot->buckets + (size_t)i * buckets,
			     &entry->value);
		if (!err && !scalar)
			err = decode_value(image, &snapshot->arena, map->key,
					   raw->keys + (size_t)i * map->key_size, &entry->key);
	}
	snapshot->count = raw->count;
	return err;
}

int map_snapshot_make(struct map_snapshot *snapshot, const struct image *image,
		      const struct image_map *map, const struct map_raw *raw, uint64_t top,
		      uint64_t div)
{
	int err;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->map = map;
	snapshot->type = &image->types[map->value];
	snapshot->raw = *raw;
	snapshot->div = div ? div : 1;
	err = fill(snapshot, image);
	if (err)
		return err;
	snapshot->is_set = map->flags & IMAGE_MAP_SCALAR ? scalar_is_set(raw) : raw->count > 0;
	if (!(map->flags & IMAGE_MAP_SCALAR))
		qsort(snapshot->entries, snapshot->count, sizeof(*snapshot->entries),
		      compare_entries);
	if (top && top < snapshot->count) {
		memmove(snapshot->entries, snapshot->entries + snapshot->count - top,
			top * sizeof(*snapshot->entries));
		snapshot->count = (uint32_t)top;
	}
	for (uint32_t i = 0; snapshot->div > 1 && i < snapshot->count; i++)
		divide(&snapshot->entries[i].value, snapshot->div);
	return 0;
}

void map_snapshot_free(struct map_snapshot *snapshot)
{
	map_raw_free(&snapshot->raw);
	free(snapshot->entries);
	free(snapshot->buckets);
	decode_arena_free(&snapshot->arena);
	memset(snapshot, 0, sizeof(*snapshot));
}
