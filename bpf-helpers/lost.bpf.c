// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Count an event or a map update that was lost, by probe and reason. Returns how many were lost on
 * this CPU before.
 *
 * Hardly ever called, so it is there once and not at each place that could lose something.
 *
 * Verifier: one array look-up, checked for null; 4 bytes of stack.
 */
#include "helper.h"

OUTLINE u64 dt_lost(u64 probe, u64 reason)
{
	u32 index = (u32)(probe * ABI_LOST_REASONS + reason);
	u64 *count = bpf_map_lookup_elem(&lost, &index);

	return count ? (*count)++ : 0;
}
