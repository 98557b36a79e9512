// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * iter/task: a task that was there before is in the trees of its ancestors. The roots have been put
 * into their trees from user space.
 *
 * Verifier: see tree.h.
 */
#include "tree.h"

struct bpf_iter__task {
	struct task_struct *task;
} __attribute__((preserve_access_index));

INLINE u64 dt_task_tree_seed(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	u64 mask;

	if (!task)
		return 0;
	mask = tree_of(task) | tree_above(task);
	if (mask)
		tree_add(task, mask);
	return 0;
}
