// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The bucket of an lhist() that a value falls into; the layout is in abi.h. As in bpftrace, a
 * value of an unsigned type that is beyond s64 counts as negative.
 *
 * Verifier: straight line; the caller checks the result against the number of buckets.
 */
#include "helper.h"

INLINE u64 dt_lhist_bucket(u64 value, s64 min, s64 max, u64 step)
{
	s64 number = (s64)value;

	if (number < min)
		return 0;
	if (number >= max)
		return (u64)(max - min) / step + 1;
	return (u64)(number - min) / step + 1;
}
