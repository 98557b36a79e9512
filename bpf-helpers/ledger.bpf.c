// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Count something for the ledger: see enum abi_ledger. Called only where somebody asked for one.
 * Atomic, because what interrupts this program on its CPU counts too, and the ledger has to balance.
 *
 * Verifier: one array look-up, checked for null; 4 bytes of stack.
 */
#include "helper.h"

OUTLINE u64 dt_ledger(u64 which)
{
	u32 index = (u32)which;
	u64 *count = bpf_map_lookup_elem(&lost, &index);

	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}
