/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the events of processes share: numbers of processes, and what was kept of a system call where
 * its number is not known any more.
 */
#ifndef DUETRACE_PROC_H
#define DUETRACE_PROC_H

#include "data.h"

struct ns_common {
	u32 inum;
} CORE;

struct pid_namespace {
	struct ns_common ns;
} CORE;

struct upid {
	int nr;
	struct pid_namespace *ns;
} CORE;

/* As task.h's, with the number in each namespace: from the initial one down to its own. */
struct pid___numbers {
	u32 level;
	struct upid numbers[1];
} CORE;

#define PF_KTHREAD  0x200000

/* The struct pid of a thread, as a number: one may add to it what the verifier does not know. */
static INLINE UNUSED u64 proc_pid(const struct task_struct *task)
{
	u64 pid = 0;

	bpf_probe_read_kernel(&pid, sizeof(pid), &task->thread_pid);
	return pid;
}

static INLINE UNUSED const void *proc_upid(u64 pid, u32 level)
{
	return (const void *)(pid + bpf_core_field_offset(struct pid___numbers, numbers) +
			      level * bpf_core_type_size(struct upid));
}

/* A struct pid's number at a level of namespaces. */
static INLINE UNUSED u64 proc_number_at(u64 pid, u32 level)
{
	return (u32)DATA_READ(struct upid, proc_upid(pid, level), nr);
}

static INLINE UNUSED u32 proc_level(u64 pid)
{
	return DATA_READ(struct pid, (const void *)pid, level);
}

u64 dt_proc_number(u64 pid);

/*
 * Its number as the tracer has it; 0: it has none there. The verifier knows whether the tracer is in
 * the initial namespace.
 */
static INLINE UNUSED u64 proc_number(u64 pid)
{
	return duetrace_config.ns_inode ? dt_proc_number(pid) : proc_number_at(pid, 0);
}

/* Finds a task by its number in the running task's namespace; there since 6.15. */
extern struct task_struct *bpf_task_from_vpid(int number) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

/*
 * The tracer's number of whom the running task calls by a number. Before 6.15, and of who is gone, it
 * is the number as it was given.
 */
static INLINE UNUSED u64 proc_number_given(u64 given)
{
	u64 number = (u32)given;
	struct task_struct *task;

	if (!bpf_task_from_vpid || !bpf_task_release)
		return number;
	task = bpf_task_from_vpid((int)given);
	if (task) {
		number = proc_number(proc_pid(task));
		bpf_task_release(task);
	}
	return number;
}

/* What was kept is of one of these system calls; else it is let go of. */
static INLINE UNUSED bool proc_kept_of(struct abi_data *op, u64 a, u64 b, u64 c, u64 d)
{
	u64 call = op->kept ? op->kept->call ^ ABI_KEPT_VALID : (u64)-1;

	if (call == a || call == b || call == c || call == d)
		return true;
	op->kept = 0;
	return false;
}

#endif
