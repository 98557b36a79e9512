// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Fill a buffer value: a u32 length, then as many bytes from an address; none if they cannot be
 * read. The rest stays as it is. Returns 0, or what the reading helper says against it.
 *
 * Verifier: `asked` is compared with `capacity`, a constant of the caller's and the room at `to`.
 */
#include "helper.h"

INLINE u64 dt_buf_read(char *to, u64 asked, u64 capacity, const void *from, u64 user)
{
	u32 size = (u32)(asked < capacity ? asked : capacity);
	long failed;

	if (user)
		failed = bpf_probe_read_user(to + 4, size, from);
	else
		failed = bpf_probe_read_kernel(to + 4, size, from);
	*(u32 *)to = failed ? 0 : size;
	return (u64)failed;
}
