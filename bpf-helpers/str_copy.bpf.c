// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Append a string that a program holds in a buffer of `capacity` bytes to a record. Returns its
 * length, with CUT if the buffer has no NUL: see str_user_into.bpf.c.
 *
 * Verifier: capacity is a constant of the caller's, also the room at `to`.
 */
#include "helper.h"

INLINE u64 dt_str_copy(char *to, const char *from, u64 capacity)
{
	s64 read = bpf_probe_read_kernel_str(to, (u32)capacity, from);
	u64 length;

	if (read <= 0 || read > (s64)capacity)
		return 0;
	length = (u64)read - 1;
	if (!from[capacity - 1])
		return length;
	if (from[capacity - 1] != ABI_CUT)
		to[length++] = from[capacity - 1];
	return length | CUT;
}
