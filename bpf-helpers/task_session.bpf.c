// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The session ID of the running task, in the initial PID namespace.
 *
 * Verifier: reads by helper; no loop.
 */
#include "task.h"

struct upid {
	int nr;
} __attribute__((preserve_access_index));

struct pid___session {
	struct upid numbers[1];
} __attribute__((preserve_access_index));

/* PIDTYPE_SID */
#define SESSION 3

struct signal_struct {
	struct pid___session *pids[SESSION + 1];
} __attribute__((preserve_access_index));

struct task_struct___session {
	struct signal_struct *signal;
} __attribute__((preserve_access_index));

INLINE u64 dt_task_session(void)
{
	const struct task_struct___session *task = (const void *)bpf_get_current_task();
	const struct signal_struct *signal = 0;
	const struct pid___session *session = 0;
	u32 number = 0;

	bpf_probe_read_kernel(&signal, sizeof(signal), &task->signal);
	bpf_probe_read_kernel(&session, sizeof(session), &signal->pids[SESSION]);
	bpf_probe_read_kernel(&number, sizeof(number), &session->numbers[0].nr);
	return number;
}
