// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The average over all CPUs of an avg or stats, rounded toward zero; 0 without a value.
 *
 * Verifier: as percpu_sum.bpf.c.
 */
#include "helper.h"

INLINE u64 dt_percpu_average(void *map, const void *key, u64 offset, u64 is_signed)
{
	u64 count = 0, total = 0;

	for (u32 cpu = 0; cpu < duetrace_config.cpus; cpu++) {
		const char *value = bpf_map_lookup_percpu_elem(map, key, cpu);
		const struct abi_average *average;

		if (!value)
			continue;
		average = (const struct abi_average *)(value + offset);
		total += (u64)average->total;
		count += average->count;
	}
	if (!count)
		return 0;
	/* BPF has no signed division before cpu v4. */
	if (is_signed && (s64)total < 0)
		return -(-total / count);
	return total / count;
}
