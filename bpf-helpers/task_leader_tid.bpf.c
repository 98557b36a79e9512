// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The thread ID of the leader of a task's thread group. `address` 0 means the running task.
 *
 * Verifier: two reads by helper into the stack; no loop.
 */
#include "task.h"

INLINE u64 dt_task_leader_tid(u64 address)
{
	return TASK_NUMBER(TASK_POINTER(task_at(address), group_leader), pid);
}
