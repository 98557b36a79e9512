// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Two strings behind each other in a buffer of zeros that has room for both.
 *
 * Verifier: the sizes of the buffers are constants of the caller's; the first length is compared with
 * its own before it is an offset.
 */
#include "helper.h"

INLINE u64 dt_str_join(char *to, const char *first, u64 first_size, const char *second,
		       u64 second_size)
{
	s64 length = bpf_probe_read_kernel_str(to, (u32)first_size, first);

	if (length <= 0 || length > (s64)first_size)
		return 0;
	bpf_probe_read_kernel_str(to + length - 1, (u32)second_size, second);
	return 0;
}
