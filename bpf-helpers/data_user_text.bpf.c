// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * A user's string into a text, see ABI_TEXT_BUFFER; empty if it cannot be read. Of a ring's request
 * it is what was kept of it.
 *
 * Verifier: the length is masked.
 */
#include "data.h"

INLINE u64 dt_data_user_text(const struct abi_data *op, char *text, u64 from)
{
	s64 read;

	if (op->via == ABI_VIA_URING)
		read = bpf_probe_read_kernel_str(text, ABI_TEXT_SIZE, (const void *)from);
	else
		read = bpf_probe_read_user_str(text, ABI_TEXT_SIZE, (const void *)from);

	if (read <= 0)
		return 0;
	return (u64)(read - 1) & (ABI_TEXT_SIZE - 1);
}
