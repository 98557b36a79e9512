// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What once() and limit() know of a key. `keys` is a hash with a word for each key, `slots` an array that
 * has the same keys in the order in which they came, in a circle: who takes a slot forgets the key that
 * was in it. The word of the first slot counts how many were taken.
 *
 * Of several CPUs that bring a key at the same time the hash lets one put it in. A slot is taken by
 * changing its word, and who meets another in it takes the next.
 *
 * Verifier: a few rounds each, over constants; a slot's key is read and written within its size.
 */
#include "helper.h"

#include <linux/errno.h>

/* sizes: how many slots, above it the size of a key. */
#define CAPACITY(sizes) ((u32)(sizes))
#define KEY_SIZE(sizes) ((u32)((sizes) >> 32))

struct slot {
	u64 state; /* enum; of the first slot: a number */
	u8 key[];
};

enum { EMPTY, FULL, TAKEN };

#define SLOT_TRIES 8
#define WORD_TRIES 64

/* Puts a key in that is new: its word. Returns abi_key flags; 0: it is there. */
INLINE u64 dt_keys_first(void *keys, void *slots, const void *key, u64 sizes, u64 word)
{
	long err = bpf_map_update_elem(keys, key, &word, BPF_NOEXIST);
	struct slot *head, *slot;
	u32 index = 0;
	u64 was;

	if (err == -EEXIST)
		return 0;
	head = bpf_map_lookup_elem(slots, &index);
	if (err || !head)
		return ABI_KEY_NEW | ABI_KEY_FORGOT;
	for (u32 i = 0; i < SLOT_TRIES; i++) {
		index = 1 + (u32)(__sync_fetch_and_add(&head->state, 1) % CAPACITY(sizes));
		slot = bpf_map_lookup_elem(slots, &index);
		if (!slot)
			break;
		was = *(volatile u64 *)&slot->state;
		if (was == TAKEN || __sync_val_compare_and_swap(&slot->state, was, TAKEN) != was)
			continue;
		if (was == FULL)
			bpf_map_delete_elem(keys, slot->key);
		bpf_probe_read_kernel(slot->key, KEY_SIZE(sizes), key);
		__sync_lock_test_and_set(&slot->state, FULL);
		return was == FULL ? ABI_KEY_NEW | ABI_KEY_FORGOT : ABI_KEY_NEW;
	}
	bpf_map_delete_elem(keys, key);
	return ABI_KEY_NEW | ABI_KEY_FORGOT;
}

INLINE u64 dt_keys_once(void *keys, void *slots, const void *key, u64 sizes)
{
	if (bpf_map_lookup_elem(keys, key))
		return 0;
	return dt_keys_first(keys, slots, key, sizes, 1);
}

/*
 * A word of limit(): when the duration began, in units of the clock, and how many it let through. A
 * unit is so small that the duration has more than 2^17 of them; the clock comes round after 2^26
 * durations at least.
 */
#define COUNT_BITS 20
#define CLOCK_MASK ((1ULL << (64 - COUNT_BITS)) - 1)
#define UNITS	   (1ULL << 22)
#define UNIT_STEP  5

/* limits: how many, in how many ns. */
INLINE u64 dt_keys_limit(void *keys, void *slots, const void *key, u64 sizes, const u64 *limits)
{
	u64 most = limits[0], units = limits[1], now = bpf_ktime_get_boot_ns(), first, passed, old, next;
	u64 *word = bpf_map_lookup_elem(keys, key);

	if (!most)
		return 0;
	for (u32 i = 0; i < 9 && units >= UNITS; i++) {
		units >>= UNIT_STEP;
		now >>= UNIT_STEP;
	}
	now &= CLOCK_MASK;
	if (!word) {
		first = dt_keys_first(keys, slots, key, sizes, now << COUNT_BITS | 1);
		if (first)
			return first;
		word = bpf_map_lookup_elem(keys, key);
	}
	if (!word)
		return ABI_KEY_NEW;
	for (u32 i = 0; i < WORD_TRIES; i++) {
		old = *(volatile u64 *)word;
		passed = (now - (old >> COUNT_BITS)) & CLOCK_MASK;
		if (passed > CLOCK_MASK / 2) /* another CPU came later and was faster */
			passed = 0;
		if (passed > units + 1)
			next = now << COUNT_BITS | 1;
		else if ((old & ((1ULL << COUNT_BITS) - 1)) >= most)
			return 0;
		else
			next = old + 1;
		if (__sync_val_compare_and_swap(word, old, next) == old)
			return ABI_KEY_NEW;
	}
	return 0;
}
