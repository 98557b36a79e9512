// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Fill in the hash of a stack's value; if it is new, send the frames: `record` has room for its header
 * and the value in front of them. A stack is only known when its frames have been sent, so that nobody
 * prints one before they are there; and the reader looks at a process whose stack it gets at once,
 * while the process is there.
 *
 * The hash is of 64-bit words, each mixed in by a multiplication and a shift, as in MurmurHash2.
 *
 * Verifier: `bytes` is at most what there is room for behind the record's head; the loop is one
 * bpf_loop (5.17), whose callback reads words by helper, so no offset needs a proof.
 */
#include "address.h"

extern char stacks;

u64 dt_emit(struct abi_event *record, u64 size);
struct mix {
	u64 at, hash;
};

static INLINE u64 mix(u64 hash, u64 word)
{
	hash = (hash ^ word) * 0xc6a4a7935bd1e995ULL;
	return hash ^ hash >> 47;
}

static long mix_word(u64 i, void *context)
{
	struct mix *state = context;
	u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (const void *)(state->at + i * 8));
	state->hash = mix(state->hash, word);
	return 0;
}

struct stack_record {
	struct abi_event header;
	struct abi_stack stack;
	u64 frames[];
};

INLINE u64 dt_stack_keep(struct abi_stack *value, struct stack_record *record, u64 bytes, u64 event,
			 u64 probe)
{
	struct mix state = {address_of(record->frames), mix(value->tgid, bytes)};
	u64 known = 1;

	value->hash = 0;
	if (!bytes)
		return 0;
	bpf_loop((u32)(bytes / 8), mix_word, &state, 0);
	value->hash = state.hash | 1;
	if (bpf_map_lookup_elem(&stacks, &value->hash))
		return 0;
	record->header.event = (u32)event;
	record->header.probe = (u32)probe;
	record->stack = *value;
	record->stack.how |= ABI_STACK_INLINE;
	if (!dt_emit(&record->header, sizeof(*record) + bytes))
		bpf_map_update_elem(&stacks, &value->hash, &known, BPF_ANY);
	return 0;
}
