// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The UTS node name (host name) of the running task, in 65 bytes at `to`.
 *
 * Verifier: a read by helper whose size is constant.
 */
#include "task.h"

INLINE u64 dt_task_nodename(char *to)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	bpf_probe_read_kernel_str(to, 65, task->nsproxy->uts_ns->name.nodename);
	return 0;
}
