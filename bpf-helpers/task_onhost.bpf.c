// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Whether the running task is in the initial PID namespace.
 *
 * Verifier: loads through typed pointers.
 */
#include "task.h"

INLINE u64 dt_task_onhost(void)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	return !task->thread_pid->level;
}
