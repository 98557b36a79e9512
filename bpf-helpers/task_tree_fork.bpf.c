// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * tp_btf/sched_process_fork(parent, child): who is made is in the trees of who made it, processes
 * and threads alike. While the trees are seeded a parent may not have been looked at yet.
 *
 * Verifier: see tree.h.
 */
#include "tree.h"

INLINE u64 dt_task_tree_fork(u64 *context)
{
	struct task_struct *parent = (struct task_struct *)context[0];
	struct task_struct *child = (struct task_struct *)context[1];
	u64 mask = tree_of(parent);

	if (duetrace_shared.seeding)
		mask |= tree_above(parent);
	if (mask)
		tree_add(child, mask);
	return 0;
}
