/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Process trees. Each thread that is in a tree carries a mask of the trees, in storage that belongs to
 * its task: it begins with the task's, ends with it, and cannot be mistaken for that of another with
 * the same pid. A thread that has none of its own, as the kernel makes for io_uring, is in the trees
 * of its group's leader.
 *
 * Verifier: the kernel runs the generations (bpf_loop), so one is all that is verified.
 */
#ifndef DUETRACE_TREE_H
#define DUETRACE_TREE_H

#include "task.h"

extern char trees;

/* Generations that a tree's seeding looks up. */
#define TREE_DEPTH 64

/* The trees a task is in; 0: none, or not known yet. */
static INLINE __attribute__((unused)) u64 tree_of(struct task_struct *task)
{
	u64 *mask = bpf_task_storage_get(&trees, task, 0, 0);

	if (!mask)
		mask = bpf_task_storage_get(&trees, task->group_leader, 0, 0);
	return mask ? *mask : 0;
}

struct tree_walk {
	struct task_struct *task;
	u64 found;
};

/* One generation; not 0: there is none further up. */
static __attribute__((unused)) long tree_step(__attribute__((unused)) u32 i, struct tree_walk *walk)
{
	struct task_struct *parent = walk->task->real_parent;
	u64 *mask = bpf_task_storage_get(&trees, parent->group_leader, 0, 0);

	if (mask)
		walk->found |= *mask;
	walk->task = parent;
	return !parent->tgid;
}

/* The trees of a task's ancestors, whether or not those were seeded before it. */
static INLINE __attribute__((unused)) u64 tree_above(struct task_struct *task)
{
	struct tree_walk walk = {.task = task};

	bpf_loop(TREE_DEPTH, tree_step, &walk, 0);
	return walk.found;
}

/* Add to a task's trees. */
static INLINE __attribute__((unused)) void tree_add(struct task_struct *task, u64 mask)
{
	u64 *now = TASK_STORAGE(&trees, task);

	if (now)
		__sync_fetch_and_or(now, mask);
}

#endif
