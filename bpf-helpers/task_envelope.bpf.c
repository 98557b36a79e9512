// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Who does what a record speaks of: fills in a struct abi_envelope for the running task.
 *
 * The task comes as a pointer that the verifier knows the type of, so that its members are loads
 * and not calls: 15 ns for all of it where reads by helper take 120. The same goes for what there are
 * helpers for, bpf_get_current_cgroup_id() and its like: each call costs what ten loads do.
 *
 * Verifier: straight line; loads through a typed pointer need no test for NULL, they give 0.
 */
#include "proc.h"

/* As task_name(), which leaves no bytes behind the name's NUL: here they do no harm. */
static INLINE void name_of(const struct task_struct *task, char *to)
{
	const struct task_struct *named = task->flags & PF_IO_WORKER ? task->group_leader : task;
	u64 first = *(const u64 *)named->comm, second = *(const u64 *)(named->comm + 8);

	__builtin_memcpy(to, &first, 8);
	__builtin_memcpy(to + 8, &second, 8);
}

INLINE u64 dt_task_envelope(struct abi_envelope *to)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct cred *cred = task->cred;
	u64 pid_tgid;

	to->start = task->group_leader->start_boottime;
	to->cgroup = task->cgroups->dfl_cgrp->kn->id;
	if (duetrace_config.ns_inode) {
		pid_tgid = task_pid_tgid();
		to->pid = pid_tgid >> 32;
		to->tid = (u32)pid_tgid;
		to->ppid = (u32)proc_number(proc_pid(task->real_parent->group_leader));
	} else {
		to->pid = (u32)task->tgid;
		to->tid = (u32)task->pid;
		to->ppid = (u32)task->real_parent->tgid;
	}
	to->uid = cred->uid.val;
	to->gid = cred->gid.val;
	to->auid = task->loginuid.val;
	name_of(task, to->comm);
	return 0;
}
