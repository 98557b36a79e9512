// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The number of a struct pid in the tracer's PID namespace, if that is not the initial one; 0: it has none
 * there.
 *
 * Verifier: 33 rounds at most, verified once: the function is global.
 */
#include "proc.h"

#define LEVELS 33 /* MAX_PID_NS_LEVEL, and the initial one */

GLOBAL u64 dt_proc_number(u64 pid)
{
	u32 level = proc_level(pid);

	for (u32 i = 0; i < LEVELS; i++) {
		/* LLVM would make one bound of the two, which Linux 6.1 does not know to be one. */
		asm volatile("" : "+r"(level));
		if (i > level)
			break;
		const struct pid_namespace *ns = DATA_READ(struct upid, proc_upid(pid, i), ns);

		if (DATA_READ(struct pid_namespace, ns, ns.inum) == duetrace_config.ns_inode)
			return proc_number_at(pid, i);
	}
	return 0;
}
