/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CPU's circle holds intervals of different ages: only those count that the newest of all CPUs
 * has not pushed out. See struct abi_series in bpf-helpers/abi.h.
 */
#include "runtime/map_series.h"

#include <string.h>

#include "bpf-helpers/abi.h"
#include "runtime/value.h"

/* All CPUs' buckets of one map entry. */
struct circle {
	const char *bytes;
	uint32_t cpus, stride, count;
};

static struct abi_series bucket_at(const struct circle *circle, uint32_t cpu, uint32_t i)
{
	struct abi_series bucket;

	memcpy(&bucket, circle->bytes + (size_t)cpu * circle->stride + i * sizeof(bucket),
	       sizeof(bucket));
	return bucket;
}

static uint64_t newest(const struct circle *circle)
{
	uint64_t epoch = 0;

	for (uint32_t cpu = 0; cpu < circle->cpus; cpu++)
		for (uint32_t i = 0; i < circle->count; i++) {
			struct abi_series bucket = bucket_at(circle, cpu, i);

			if (bucket.epoch > epoch)
				epoch = bucket.epoch;
		}
	return epoch;
}

static void merge(struct abi_series *sum, const struct abi_series *bucket, int64_t how,
		  bool is_signed)
{
	bool larger = is_signed ? bucket->value > sum->value
				: (uint64_t)bucket->value > (uint64_t)sum->value;

	if (!sum->extra) {
		*sum = *bucket;
		return;
	}
	switch ((enum abi_series_how)how) {
	case ABI_SERIES_LAST:
		if (bucket->extra > sum->extra)
			*sum = *bucket;
		return;
	case ABI_SERIES_AVG:
	case ABI_SERIES_SUM:
		sum->value = (int64_t)((uint64_t)sum->value + (uint64_t)bucket->value);
		sum->extra += bucket->extra;
		return;
	case ABI_SERIES_MAX:
	case ABI_SERIES_MIN:
		if (bucket->value != sum->value && larger == (how == ABI_SERIES_MAX))
			*sum = *bucket;
		return;
	case ABI_SERIES_HOWS:
		return;
	}
}

static uint64_t result(const struct abi_series *sum, int64_t how, bool is_signed)
{
	if (how != ABI_SERIES_AVG)
		return (uint64_t)sum->value;
	return value_divide(sum->value, sum->extra, is_signed);
}

void map_series_reduce(const struct image_map *map, const char *bytes, uint32_t cpus, uint32_t stride,
		       uint64_t *points, struct value *value)
{
	struct series_point *out = (struct series_point *)points;
	struct circle circle = {bytes, cpus, stride, (uint32_t)map->numbers[1]};
	uint64_t last = newest(&circle);
	uint64_t first = last > circle.count ? last - circle.count + 1 : 1;
	uint32_t n = 0;

	/* Counted, as the newest may be the last number that there is. */
	for (uint32_t i = 0; last && i <= last - first; i++) {
		uint64_t epoch = first + i;
		struct abi_series sum = {0};

		for (uint32_t cpu = 0; cpu < cpus; cpu++) {
			struct abi_series bucket =
				bucket_at(&circle, cpu, (uint32_t)((epoch - 1) % circle.count));

			if (bucket.epoch == epoch && bucket.extra)
				merge(&sum, &bucket, map->numbers[2], value->is_signed);
		}
		if (sum.extra)
			out[n++] = (struct series_point){
				epoch - 1, result(&sum, map->numbers[2], value->is_signed)};
	}
	value->series.points = out;
	value->series.count = n;
	value->series.interval = (uint64_t)map->numbers[0];
}
