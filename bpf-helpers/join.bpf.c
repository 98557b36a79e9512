// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Copy the strings of a NULL-terminated array of pointers in user memory, as argv is, one behind the
 * other with their NULs. At most 16, each of at most ABI_JOIN_STRING bytes. Returns the length.
 *
 * Verifier: 16 rounds; `at` is compared with the room's last place before each use.
 */
#include "helper.h"

INLINE u64 dt_join(char *to, u64 array)
{
	u64 at = 0;

	for (u32 i = 0; i < ABI_JOIN_STRINGS; i++) {
		const char *string = 0;
		s64 length;

		if (bpf_probe_read_user(&string, sizeof(string), (const char *)array + i * 8) ||
		    !string || at > (ABI_JOIN_STRINGS - 1) * ABI_JOIN_STRING)
			break;
		length = bpf_probe_read_user_str(to + at, ABI_JOIN_STRING, string);
		if (length <= 0 || length > ABI_JOIN_STRING)
			break;
		at += (u64)length;
	}
	return at;
}
