// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Send a record: its header's event and probe are set, `size` bytes of it count. Returns 0, or 1 if it
 * was lost. Nobody is woken, unless the reader has said that it is idle; see struct abi_shared.
 *
 * The idle word is read after the record is visible (a ring buffer commit is a full barrier), and
 * the reader looks at the ring after it has set the word: one of them always sees the other.
 *
 * Verifier: straight line; `size` is bounded by its caller's sums of bounded lengths.
 */
#include "helper.h"

u64 dt_lost(u64 probe, u64 reason);
u64 dt_ledger(u64 which);

INLINE u64 dt_emit(struct abi_event *record, u64 size)
{
	record->time = duetrace_config.stamp ? bpf_ktime_get_boot_ns() : 0;
	if (duetrace_config.ledger)
		dt_ledger(ABI_LEDGER_ATTEMPTED);
	if (bpf_ringbuf_output(&ring, record, size, BPF_RB_NO_WAKEUP)) {
		dt_lost(record->probe, ABI_LOST_RING);
		return 1;
	}
	if (duetrace_config.ledger)
		dt_ledger(ABI_LEDGER_EMITTED);
	if (duetrace_shared.idle && __sync_lock_test_and_set(&duetrace_shared.idle, 0)) {
		void *wake = bpf_ringbuf_reserve(&ring, 8, 0);

		if (wake)
			bpf_ringbuf_discard(wake, BPF_RB_FORCE_WAKEUP);
	}
	return 0;
}
