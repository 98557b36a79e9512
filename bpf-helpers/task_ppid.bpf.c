// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The process ID of the parent of a task. `address` 0 means the running task.
 *
 * Verifier: two reads by helper into the stack; no loop.
 */
#include "task.h"

INLINE u64 dt_task_ppid(u64 address)
{
	return TASK_NUMBER(TASK_POINTER(task_at(address), real_parent), tgid);
}
