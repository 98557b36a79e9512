// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Which of the script's sets a string is in, a bit each. It is at `text + offset`.
 *
 * The string is read where it is, 32 bytes at a time, so that a byte costs the look-up of its class
 * and that of the next state, and no helper. What lies behind its end is read as NULs, which lead to
 * states that nothing leaves; the walk ends in any of these.
 *
 * Verifier: one bpf_loop (5.17) whose callback is verified once. duetrace_sets is a constant when the
 * script is compiled, so the one check of a cell's index is against a number. A damaged table ends the
 * walk. 24 bytes of stack, 32 in the callback.
 */
#include "sets.h"

#define CHUNK 32u

struct walk {
	u64 text, left, state;
};

static long set_walk(__attribute__((unused)) u64 i, void *context)
{
	struct walk *walk = context;
	u64 words[CHUNK / 8] = {0}, state = walk->state, size = walk->left;

	if (size > CHUNK)
		size = CHUNK;
	bpf_probe_read_kernel(words, (u32)size, (const void *)walk->text);
	walk->text += CHUNK;
	walk->left -= size;
#pragma unroll
	for (u32 w = 0; w < CHUNK / 8; w++) {
		u64 word = words[w];

#pragma unroll
		for (u32 b = 0; b < 8; b++) {
			u64 at = state + duetrace_set_classes[word & 0xff];

			if (at >= duetrace_sets.cells)
				return 1;
			state = duetrace_set_cells[at];
			word >>= 8;
		}
		if (state < duetrace_sets.settled)
			break;
	}
	walk->state = state;
	return !walk->left || state < duetrace_sets.settled;
}

OUTLINE u64 dt_set_match(const char *text, u64 offset, u64 length)
{
	u64 address = address_of(text) + offset, wanted = 0, unwanted = 0;

	for (u32 i = 0; i < duetrace_sets.n_starts; i++) {
		struct walk walk = {address, length, duetrace_sets.starts[i]};
		u64 at;

		bpf_loop((u32)(length + CHUNK - 1) / CHUNK, set_walk, &walk, 0);
		at = walk.state + duetrace_sets.classes;
		if (at >= duetrace_sets.cells)
			return 0;
		at = duetrace_set_cells[at];
		if (at >= duetrace_sets.outcomes)
			return 0;
		wanted |= duetrace_set_outcomes[2 * at];
		unwanted |= duetrace_set_outcomes[2 * at + 1];
	}
	return wanted & ~unwanted;
}
