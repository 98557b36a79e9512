/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decoded value: a record's argument, a map's key or value. Strings and buffers are views into
 * the bytes they were decoded from, and composite values keep their parts in the arena they were
 * decoded with, so a value lives only as long as both.
 */
#ifndef DUETRACE_RUNTIME_VALUE_H
#define DUETRACE_RUNTIME_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"

/* The value of one interval: the one that began at epoch * interval of CLOCK_BOOTTIME. */
struct series_point {
	uint64_t epoch, value;
};

struct value {
	enum image_kind kind;
	bool is_signed;		       /* of a number: as_signed() is meant */
	bool cut;		       /* STRING: the source was longer; print the trailer */
	const struct image_type *type; /* NULL for a value that no plan describes */
	union {
		uint64_t number; /* BOOL INT POINTER ENUM PROBE COUNT SUM MIN MAX and names */
		struct {
			const char *bytes;
			uint32_t length;
		} string; /* STRING BUFFER MACADDR */
		struct {
			struct value *items;
			uint32_t count;
		} list; /* ARRAY STRUCT TUPLE */
		struct {
			int64_t total;
			uint64_t count;
		} average; /* AVG STATS */
		struct {
			const uint64_t *buckets;
			uint32_t count;
			const int64_t *numbers; /* of the map: bits; or min, max, step */
		} histogram;			/* HIST LHIST */
		struct {
			const struct series_point *points; /* by time; intervals without a value are not there */
			uint32_t count;
			uint64_t interval; /* ns */
		} series; /* TSERIES */
		struct image_timestamp timestamp;
		struct image_inet inet;
		struct image_usym usym;
		struct {
			struct abi_stack head;
			const char *frames; /* of the record's own; NULL: kept by the kernel */
		} stack;		    /* KSTACK USTACK */
	};
};

/*
 * total / count, toward zero, in the value's own signedness; 0 when there is none. Both come from the
 * kernel's side and may be anything: a count beyond INT64_MAX is more than any total, and no divisor is -1.
 */
static inline uint64_t value_divide(int64_t total, uint64_t count, bool is_signed)
{
	if (count == 0)
		return 0;
	if (!is_signed)
		return (uint64_t)total / count;
	return count > INT64_MAX ? 0 : (uint64_t)(total / (int64_t)count);
}

static inline uint64_t value_average(const struct value *value)
{
	return value_divide(value->average.total, value->average.count, value->is_signed);
}

/*
 * Compare two values of one type: numbers by size, strings and buffers bytewise, lists part by
 * part. Returns <0, 0 or >0.
 */
int value_compare(const struct value *a, const struct value *b);

#endif
