// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The path of the file that the running program came from, in a text: see ABI_TEXT_BUFFER. A thread
 * of the kernel has none.
 *
 * Verifier: see data_path_file.bpf.c.
 */
#include "data.h"

static OUTLINE u64 path_exe(char *text)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct mm_struct *mm = task->mm;

	return dt_data_path_file(mm ? (const struct file *)data_apart((u64)mm->exe_file) : 0, text);
}

INLINE u64 dt_task_exe(char *text)
{
	return path_exe(text);
}
