// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * A user's string into a text, see ABI_TEXT_BUFFER; empty if it cannot be read. Of a ring's request
 * it is what was kept of it: the kernel has refused one that is too long before that.
 *
 * Verifier: the length is masked.
 */
#include "data.h"

/* ".." at the cut; behind a slash that would be the folder above, and "..." is a name as others are. */
static INLINE void mark_cut(char *text)
{
	text[DATA_TEXT_END - 1] = text[DATA_TEXT_END - 2] = '.';
	if (text[DATA_TEXT_END - 3] == '/')
		text[DATA_TEXT_END - 3] = '.';
}

INLINE u64 dt_data_user_text(const struct abi_data *op, char *text, u64 from)
{
	char behind = '\0';
	s64 read;

	if (op->via == ABI_VIA_URING)
		read = bpf_probe_read_kernel_str(text, ABI_TEXT_SIZE, (const void *)from);
	else
		read = bpf_probe_read_user_str(text, ABI_TEXT_SIZE, (const void *)from);

	if (read <= 0)
		return 0;
	if (read == ABI_TEXT_SIZE && op->via != ABI_VIA_URING) {
		bpf_probe_read_user(&behind, sizeof(behind), (const char *)from + DATA_TEXT_END);
		if (behind)
			mark_cut(text);
	}
	return (u64)(read - 1) & (ABI_TEXT_SIZE - 1);
}
