// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * proc:exit: the end of a process, which is that of its last thread. Its leader may have ended long
 * before, or have been ended by another thread that executed a program and took its place.
 *
 * Verifier: straight lines; storage that is not there is NULL and tested.
 */
#include "proc.h"

extern char ended;

typedef struct {
	int counter;
} CORE atomic_t;

struct signal_struct {
	atomic_t live; /* threads that have not begun to end */
	int group_exit_code;
	u32 flags;
} CORE;

/* As task.h's, with what matters here. */
struct task_struct___exit {
	int exit_code;
	struct signal_struct *signal;
} CORE;

#define SIGNAL_GROUP_EXIT 4
#define SIGNAL_MASK	  0x7f

enum { STATUS, LIVED };

/*
 * The last threads may come by together, each when the count is 0 already: the first one it is. What
 * the parent will get is fixed by then; before 5.19 that is what the leader left, if it ended alone.
 */
INLINE u64 dt_proc_exit_hook(struct abi_data *op)
{
	struct task_struct *task = bpf_get_current_task_btf(), *leader = task->group_leader;
	const struct task_struct___exit *own = (const void *)task, *first = (const void *)leader;
	u64 *known;

	if (task->flags & PF_KTHREAD || own->signal->live.counter)
		return 0;
	known = TASK_STORAGE(&ended, leader);
	if (known && __sync_lock_test_and_set(known, 1))
		return 0;
	op->result = 0;
	op->kept = 0;
	op->words[STATUS] = (u32)(own->signal->flags & SIGNAL_GROUP_EXIT ? own->signal->group_exit_code
									 : first->exit_code);
	op->words[LIVED] = bpf_ktime_get_boot_ns() - leader->start_boottime;
	return 1;
}

INLINE u64 dt_proc_exit_code(const struct abi_data *op)
{
	return op->words[STATUS] >> 8 & 0xff;
}

INLINE u64 dt_proc_exit_signal(const struct abi_data *op)
{
	return op->words[STATUS] & SIGNAL_MASK;
}

INLINE u64 dt_proc_exit_lived(const struct abi_data *op)
{
	return op->words[LIVED];
}
