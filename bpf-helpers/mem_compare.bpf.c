// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Compare `count` bytes: below 0, 0 or above 0. With `text`, a NUL in both ends the comparison.
 *
 * Verifier: one bpf_loop (5.17), whose callback is verified once; bytes are read by helper, so no
 * offset needs a proof.
 */
#include "address.h"

struct compare {
	u64 a, b; /* addresses */
	s64 order;
	u64 text;
};

static long compare(u64 i, void *context)
{
	struct compare *state = context;
	unsigned char a = 0, b = 0;

	bpf_probe_read_kernel(&a, 1, (const void *)(state->a + i));
	bpf_probe_read_kernel(&b, 1, (const void *)(state->b + i));
	state->order = (s64)a - (s64)b;
	return state->order || (state->text && !a);
}

INLINE u64 dt_mem_compare(const void *a, const void *b, u64 count, u64 text)
{
	struct compare state = {address_of(a), address_of(b), 0, text};

	bpf_loop((u32)count, compare, &state, 0);
	return (u64)state.order;
}
