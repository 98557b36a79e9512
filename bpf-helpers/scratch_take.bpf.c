// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Take a slot of this CPU's scratch pool: its address, or 0 when none is free. Its first word is
 * set to 0 again by who took it. See enum abi_scratch.
 *
 * Verifier: at most ABI_SCRATCH_POOL_SLOTS rounds; what follows is walked once, as the slots do not
 * differ in what is known of them. 4 bytes of stack.
 */
#include "helper.h"

extern char scratch;

INLINE struct abi_slot *dt_scratch_take(void)
{
	for (u32 i = 0; i < ABI_SCRATCH_POOL_SLOTS; i++) {
		u32 index = ABI_SCRATCH_POOL + i;
		struct abi_slot *slot = bpf_map_lookup_elem(&scratch, &index);

		if (slot && !__sync_lock_test_and_set(&slot->taken, 1))
			return slot;
	}
	return 0;
}
