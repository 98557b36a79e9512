// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The name of the leader of a task's thread group, in 16 bytes at `to`. `address` 0 means the running task.
 *
 * Verifier: two reads by helper into the stack; no loop.
 */
#include "task.h"

INLINE u64 dt_task_leader_comm(char *to, u64 address)
{
	const struct task_struct *leader = TASK_POINTER(task_at(address), group_leader);

	bpf_probe_read_kernel(to, 16, &leader->comm);
	return 0;
}
