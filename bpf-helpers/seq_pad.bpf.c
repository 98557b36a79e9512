// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Fill a field of an iterator's file up: write what `length` bytes are short of `width`, from `fill`,
 * which has that many. `file` is a struct seq_file.
 *
 * Verifier: straight line; `width` is a constant of the caller's, and what is missing is compared
 * with it where the compiler cannot take that out.
 */
#include "helper.h"

INLINE u64 dt_seq_pad(struct seq_file *file, u64 length, u64 width, const char *fill)
{
	u64 missing = width - length;

	if (length >= width)
		return 0;
	asm volatile("" : "+r"(missing));
	if (missing <= width)
		bpf_seq_write(file, fill, missing);
	return 0;
}
