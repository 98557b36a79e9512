/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of values: what makes the output of a map the same on every run.
 */
#include "runtime/value.h"

#include <string.h>

static int compare_numbers(uint64_t a, uint64_t b, bool is_signed)
{
	if (is_signed)
		return ((int64_t)a > (int64_t)b) - ((int64_t)a < (int64_t)b);
	return (a > b) - (a < b);
}

static int compare_bytes(const struct value *a, const struct value *b)
{
	uint32_t n = a->string.length < b->string.length ? a->string.length : b->string.length;
	int order = n ? memcmp(a->string.bytes, b->string.bytes, n) : 0;

	if (order)
		return order;
	return (a->string.length > b->string.length) - (a->string.length < b->string.length);
}

static int compare_lists(const struct value *a, const struct value *b)
{
	uint32_t n = a->list.count < b->list.count ? a->list.count : b->list.count;

	for (uint32_t i = 0; i < n; i++) {
		int order = value_compare(&a->list.items[i], &b->list.items[i]);

		if (order)
			return order;
	}
	return (a->list.count > b->list.count) - (a->list.count < b->list.count);
}

static int compare_totals(const struct value *a, const struct value *b)
{
	uint64_t sum_a = 0, sum_b = 0;

	for (uint32_t i = 0; i < a->histogram.count; i++)
		sum_a += a->histogram.buckets[i];
	for (uint32_t i = 0; i < b->histogram.count; i++)
		sum_b += b->histogram.buckets[i];
	return compare_numbers(sum_a, sum_b, false);
}

int value_compare(const struct value *a, const struct value *b)
{
	switch (a->kind) {
	case IMAGE_BOOL:
	case IMAGE_INT:
	case IMAGE_POINTER:
	case IMAGE_ENUM:
	case IMAGE_PROBE:
	case IMAGE_USERNAME:
	case IMAGE_ERROR_NAME:
	case IMAGE_SIGNAL_NAME:
	case IMAGE_SYSCALL_NAME:
	case IMAGE_CGROUP_PATH:
	case IMAGE_KSYM:
	case IMAGE_BYTES:
	case IMAGE_DURATION:
	case IMAGE_COUNT:
	case IMAGE_SUM:
	case IMAGE_MIN:
	case IMAGE_MAX:
		return compare_numbers(a->number, b->number, a->is_signed);
	case IMAGE_STRING:
	case IMAGE_BUFFER:
	case IMAGE_MACADDR:
		return compare_bytes(a, b);
	case IMAGE_ARRAY:
	case IMAGE_STRUCT:
	case IMAGE_TUPLE:
		return compare_lists(a, b);
	case IMAGE_AVG:
	case IMAGE_STATS:
		return compare_numbers(value_average(a), value_average(b), a->is_signed);
	case IMAGE_HIST:
	case IMAGE_LHIST:
		return compare_totals(a, b);
	case IMAGE_INET:
		return memcmp(&a->inet, &b->inet, sizeof(a->inet));
	case IMAGE_USYM:
		return compare_numbers(a->usym.address, b->usym.address, false);
	case IMAGE_KSTACK:
	case IMAGE_USTACK:
		return compare_numbers(a->stack.head.hash, b->stack.head.hash, false);
	case IMAGE_TIMESTAMP:
		return compare_numbers(a->timestamp.ns, b->timestamp.ns, false);
	case IMAGE_TSERIES:
	case IMAGE_VOID:
	case IMAGE_KINDS:
		break;
	}
	return 0;
}
