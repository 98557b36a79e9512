// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * When the running process began, in ns of CLOCK_BOOTTIME.
 *
 * Verifier: loads through typed pointers.
 */
#include "task.h"

INLINE u64 dt_task_start(void)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	return task->group_leader->start_boottime;
}
