// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Read a string of user memory to the end of a record. `room` bytes may be written, NUL included;
 * the string may have `capacity` - 1. Returns its length, with CUT if it was longer; 0 if the
 * address cannot be read.
 *
 * Verifier: `room` is at most capacity + 1, a constant of the caller's; the result is compared with
 * that before it is used.
 */
#include "helper.h"

INLINE u64 dt_str_user(void *to, u64 room, u64 capacity, const void *from)
{
	s64 read = room ? bpf_probe_read_user_str(to, (u32)room, from) : 0;

	if (read <= 0)
		return FAILED(read);
	if (read > (s64)capacity)
		return (capacity - 1) | CUT;
	return (u64)read - 1;
}
