// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Delete a scalar map: forget that it was assigned, and its value on this CPU or all. Returns 1 if it
 * was there.
 *
 * Verifier: `size` is a constant of the caller's, the size of the map's value; each CPU's value is
 * checked for null; the number of CPUs is a constant of the configuration.
 */
#include "helper.h"

static INLINE u64 forget(u64 *value, u64 size)
{
	u64 was = value[0];

	/* With an unreadable source this fills with zeros: bpf_probe_read_kernel(), since 5.5. */
	bpf_probe_read_kernel(value, (u32)size, 0);
	return was;
}

INLINE u64 dt_scalar_delete(void *map, u64 size, u64 percpu)
{
	u64 *value, was = 0;
	u32 zero = 0;

	if (!percpu) {
		value = bpf_map_lookup_elem(map, &zero);
		return value ? forget(value, size) : 0;
	}
	for (u32 cpu = 0; cpu < duetrace_config.cpus; cpu++) {
		value = bpf_map_lookup_percpu_elem(map, &zero, cpu);
		if (value)
			was |= forget(value, size);
	}
	return was;
}
