// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The name of the thread with an ID, in 16 bytes at `to`; they stay as they are if there is none.
 *
 * Verifier: the task that the kernel's function hands out is compared with NULL and given back on
 * the only way out. The function is there since 6.2, for tracepoints and timers since 6.12; a kernel
 * without it gives no name.
 */
#include "task.h"

extern struct task_struct *bpf_task_from_pid(int pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

INLINE u64 dt_task_comm(char *to, u64 pid)
{
	struct task_struct *task;

	if (!bpf_task_from_pid || !bpf_task_release)
		return 0;
	task = bpf_task_from_pid((int)pid);
	if (!task)
		return 0;
	bpf_probe_read_kernel(to, 16, &task->comm);
	bpf_task_release(task);
	return 0;
}
