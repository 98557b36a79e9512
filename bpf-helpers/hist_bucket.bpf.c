// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The bucket of a hist() that a value falls into; the layout is in abi.h. `bits` is 0 to 5.
 * As in bpftrace, a value of an unsigned type that is beyond s64 counts as negative.
 *
 * Verifier: the search for the highest bit is six rounds, unrolled; no memory is touched.
 */
#include "helper.h"

INLINE u64 dt_hist_bucket(u64 value, u64 bits)
{
	u64 rest = value, high = 0;

	if ((s64)value < 0)
		return 0;
	if (value < (1ULL << bits))
		return value + 1;
#pragma unroll
	for (u32 step = 32; step; step >>= 1) {
		if (rest >> step) {
			rest >>= step;
			high += step;
		}
	}
	return ((high - bits + 1) << bits) + ((value >> (high - bits)) & ((1ULL << bits) - 1)) + 1;
}
