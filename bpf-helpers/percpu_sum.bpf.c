// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The sum over all CPUs of a count or sum. `offset` is where the number is in the map's value.
 *
 * Verifier: one round a CPU, and their number is a constant of the configuration; every pointer is
 * checked for null. Needs bpf_map_lookup_percpu_elem (5.19).
 */
#include "helper.h"

INLINE u64 dt_percpu_sum(void *map, const void *key, u64 offset)
{
	u64 sum = 0;

	for (u32 cpu = 0; cpu < duetrace_config.cpus; cpu++) {
		const char *value = bpf_map_lookup_percpu_elem(map, key, cpu);

		if (value)
			sum += *(const u64 *)(value + offset);
	}
	return sum;
}
