// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Read a string of user memory into a buffer of zeros. With ABI_MARK_CUT, a string longer than
 * the buffer is left without its NUL: its last byte becomes ABI_CUT, which no text form shows. With
 * ABI_MARK_TEXT the buffer is all that the string has, and the last byte is its own.
 *
 * Verifier: `size` is at most the buffer's, a constant of the caller's; the store is at a constant
 * offset when size is.
 */
#include "helper.h"

INLINE u64 dt_str_user_into(char *to, u64 size, const char *from, u64 mark)
{
	s64 read = size ? bpf_probe_read_user_str(to, (u32)size, from) : 0;
	char next = 0;

	if (mark && read == (s64)size &&
	    !bpf_probe_read_user(&next, 1, from + size - 1) && next)
		to[size - 1] = mark == ABI_MARK_TEXT ? next : ABI_CUT;
	return read < 0 ? FAILED(read) : 0;
}
