// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * 1 if two strings are the same up to their NUL, or in all of `size` bytes; size is the smaller
 * buffer's.
 *
 * Verifier: inlined, so `size` is a constant; at most that many rounds of a few instructions, each
 * access below it.
 */
#include "helper.h"

INLINE u64 dt_str_equal(const char *a, const char *b, u64 size)
{
	for (u64 i = 0; i < size; i++) {
		if (a[i] != b[i])
			return 0;
		if (!a[i])
			break;
	}
	return 1;
}
