// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The smallest or largest of all CPUs' min or max; 0 without a value.
 *
 * Verifier: as percpu_sum.bpf.c.
 */
#include "helper.h"

static INLINE u64 better(u64 a, u64 b, u64 is_signed, u64 want_max)
{
	u64 less = is_signed ? (s64)a < (s64)b : a < b;

	return want_max ? !less : less;
}

INLINE u64 dt_percpu_extreme(void *map, const void *key, u64 offset, u64 is_signed, u64 want_max)
{
	u64 best = 0, set = 0;

	for (u32 cpu = 0; cpu < duetrace_config.cpus; cpu++) {
		const char *value = bpf_map_lookup_percpu_elem(map, key, cpu);
		const struct abi_extreme *extreme;

		if (!value)
			continue;
		extreme = (const struct abi_extreme *)(value + offset);
		if (extreme->set && (!set || better((u64)extreme->value, best, is_signed, want_max))) {
			best = (u64)extreme->value;
			set = 1;
		}
	}
	return best;
}
