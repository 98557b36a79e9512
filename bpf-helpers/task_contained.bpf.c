// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Whether the running task is to be looked at as far as --ignore-host goes: whether it is in a
 * container, as `container` finds it. Most of those have a PID namespace of their own; with the host's,
 * it is the cgroup that tells, since 6.2: before, the stack does not suffice. Without the option the verifier leaves nothing of this.
 *
 * Verifier: straight line; loads through a typed pointer need no test for NULL, they give 0. 128 bytes
 * of stack.
 */
#include "data.h"

u64 dt_ledger(u64 which);

struct container_name;
u64 dt_task_container_names(struct container_name *name);

static OUTLINE u64 has_name(void)
{
	char name[ABI_CONTAINER] = {0};

	return dt_task_container_names((struct container_name *)name);
}

INLINE u64 dt_task_contained(void)
{
	const struct task_struct *task;

	if (!duetrace_config.containers)
		return 1;
	task = bpf_get_current_task_btf();
	if (task->thread_pid->level || (bpf_rdonly_cast && has_name()))
		return 1;
	if (duetrace_config.ledger) {
		dt_ledger(ABI_LEDGER_ATTEMPTED);
		dt_ledger(ABI_LEDGER_FILTERED);
	}
	return 0;
}
