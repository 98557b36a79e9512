// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Whether the running task is to be looked at as far as --ignore-host goes: whether it is in a PID
 * namespace of its own, as tasks in containers are. Without the option the verifier leaves nothing of
 * this.
 *
 * Verifier: straight line; loads through a typed pointer need no test for NULL, they give 0.
 */
#include "task.h"

u64 dt_ledger(u64 which);

INLINE u64 dt_task_contained(void)
{
	const struct task_struct *task;

	if (!duetrace_config.containers)
		return 1;
	task = bpf_get_current_task_btf();
	if (task->thread_pid->level)
		return 1;
	if (duetrace_config.ledger) {
		dt_ledger(ABI_LEDGER_ATTEMPTED);
		dt_ledger(ABI_LEDGER_FILTERED);
	}
	return 0;
}
