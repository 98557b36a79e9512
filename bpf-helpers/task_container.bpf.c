// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The name of the container that the running task is in, into ABI_CONTAINER bytes at `to`; returns
 * its length, 0 on the host. Outside of the initial PID namespace it is the UTS node name.
 *
 * Verifier: straight line; a string read by helper says its length, which is bounded.
 */
#include "task.h"

INLINE u64 dt_task_container(char *to)
{
	struct task_struct *task = bpf_get_current_task_btf();
	long length;

	if (!task->thread_pid->level)
		return 0;
	length = bpf_probe_read_kernel_str(to, ABI_CONTAINER, task->nsproxy->uts_ns->name.nodename);
	return length > 0 && length <= ABI_CONTAINER ? (u64)length - 1 : 0;
}
