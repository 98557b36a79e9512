// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The name of the parent of a task, in 16 bytes at `to`. `address` 0 means the running task.
 *
 * Verifier: two reads by helper into the stack; no loop.
 */
#include "task.h"

INLINE u64 dt_task_pcomm(char *to, u64 address)
{
	const struct task_struct *parent = TASK_POINTER(task_at(address), real_parent);

	bpf_probe_read_kernel(to, 16, &parent->comm);
	return 0;
}
