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

u64 dt_ledger(u64 which);

OUTLINE u64 dt_lost(u64 probe, u64 reason)
{
	u32 index = (u32)(ABI_LEDGERS + probe * ABI_COUNTS + reason);
	u64 *count = bpf_map_lookup_elem(&lost, &index);

	/* A record is an attempt before it is lost. */
	if (duetrace_config.ledger && reason != ABI_LOST_RING)
		dt_ledger(ABI_LEDGER_ATTEMPTED);
	return count ? __sync_fetch_and_add(count, 1) : 0;
}
