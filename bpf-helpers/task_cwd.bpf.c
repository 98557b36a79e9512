// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The path of the running task's current directory, in a text: see ABI_TEXT_BUFFER.
 *
 * Verifier: see data_walk.h.
 */
#include "data_walk.h"

static OUTLINE u64 path_cwd(char *text)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	struct walk_texts texts = {.text = text};
	struct path path = {0};

	if (!task->fs)
		return DATA_TEXT(DATA_TEXT_END);
	path.mnt = task->fs->pwd.mnt;
	path.dentry = task->fs->pwd.dentry;
	WALK_OF(text)->at = DATA_TEXT_END;
	WALK_OF(text)->skip = 0;
	return walk_up(&texts, &path);
}

INLINE u64 dt_task_cwd(char *text)
{
	return path_cwd(text);
}
