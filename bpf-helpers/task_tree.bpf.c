// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The trees that the running task is in: bit i is tree i of the plan.
 *
 * Verifier: straight line; storage that is not there is NULL and tested.
 */
#include "tree.h"

INLINE u64 dt_task_tree(void)
{
	return tree_of(bpf_get_current_task_btf());
}
