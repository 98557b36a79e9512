// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The root of the first tree that the running task is in, as the user named it; 0: it is in none.
 *
 * Verifier: ABI_TREES rounds, over a number; the array of roots is constant.
 */
#include "tree.h"

INLINE u64 dt_task_tree_root(void)
{
	u64 mask = tree_of(bpf_get_current_task_btf());

	for (u32 i = 0; i < ABI_TREES; i++)
		if (mask >> i & 1)
			return duetrace_config.roots[i];
	return 0;
}
