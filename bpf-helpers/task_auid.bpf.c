// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The user who logged in, whoever the running task has become since; UINT_MAX: nobody did.
 *
 * Verifier: a load through a typed pointer.
 */
#include "task.h"

INLINE u64 dt_task_auid(void)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	return task->loginuid.val;
}
