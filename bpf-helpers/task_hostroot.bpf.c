// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The running task's root directory, by its path in the mount namespace of the machine's first
 * process, in a text: see ABI_TEXT_BUFFER.
 *
 * Verifier: see data_path_host.bpf.c.
 */
#include "data.h"

static OUTLINE u64 path_root(char *text)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	struct data_place place;

	if (!task->fs)
		return DATA_TEXT(DATA_TEXT_END);
	place.mnt = data_apart((u64)task->fs->root.mnt);
	place.dentry = data_apart((u64)task->fs->root.dentry);
	return dt_data_path_host_of(&place, (struct data_text *)text);
}

INLINE u64 dt_task_hostroot(char *text)
{
	return path_root(text);
}
