// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * How many elements a map has.
 *
 * Verifier: bpf_for_each_map_elem (5.13) calls back for each, a callback of one addition. The count
 * starts from a number that the verifier does not know: one that starts from 0 it would follow,
 * element by element, as soon as the program compares the result with something.
 */
#include "helper.h"

static long count(void *map, const void *key, void *value, void *context)
{
	(void)map;
	(void)key;
	(void)value;
	++*(u64 *)context;
	return 0;
}

INLINE u64 dt_map_count(void *map)
{
	u64 start = bpf_ktime_get_ns(), n = start;

	bpf_for_each_map_elem(map, count, &n, 0);
	return n - start;
}
