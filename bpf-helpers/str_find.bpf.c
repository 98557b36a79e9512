// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Where a string is in another: the offset of the first place, or -1. Each string ends at its NUL or
 * with its buffer; the empty string is everywhere.
 *
 * Verifier: the search is one bpf_loop (5.17) over the places where the string could be, with one
 * more over its bytes inside; each callback is verified once, and bytes are read by helper, so no
 * offset needs a proof. The kernel bounds both loops.
 */
#include "address.h"

struct find {
	u64 text, wanted;           /* addresses */
	u64 text_size, wanted_size; /* of the buffers */
	u64 at;                     /* where it is compared now */
	s64 found;
};

static INLINE char byte_at(u64 text, u64 size, u64 i)
{
	char byte = 0;

	if (i < size)
		bpf_probe_read_kernel(&byte, 1, (const void *)(text + i));
	return byte;
}

/* Compare one byte; 1 ends the comparison. */
static long compare(u64 i, void *context)
{
	struct find *find = context;
	char wanted = byte_at(find->wanted, find->wanted_size, i);

	if (!wanted) {
		find->found = (s64)find->at;
		return 1;
	}
	return byte_at(find->text, find->text_size, find->at + i) != wanted;
}

/* Try one place; 1 ends the search. */
static long try(u64 i, void *context)
{
	struct find *find = context;

	find->at = i;
	bpf_loop((u32)find->wanted_size + 1, compare, find, 0);
	return find->found >= 0 || !byte_at(find->text, find->text_size, i);
}

INLINE u64 dt_str_find(const char *text, u64 text_size, const char *wanted, u64 wanted_size)
{
	struct find find = {address_of(text), address_of(wanted), text_size, wanted_size, 0, -1};

	bpf_loop((u32)text_size + 1, try, &find, 0);
	return (u64)find.found;
}
