// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * proc:fork: fork, vfork, clone, clone3. It fires before the child runs, so before everything that the
 * child does; calls that fail fire when they end.
 *
 * Verifier: straight lines, but for proc_number().
 */
#include <linux/sched.h>

#include "proc.h"

enum { CHILD, THREAD };

static INLINE u64 asked_flags(const struct abi_data *op)
{
	u64 flags = 0;

	if (op->call == __NR_clone)
		return data_arg(op, 0);
	if (op->call == __NR_clone3)
		bpf_probe_read_user(&flags, sizeof(flags), (const void *)data_arg(op, 0));
	return data_apart(flags);
}

INLINE u64 dt_proc_fork_when(struct abi_data *op)
{
	if (data_ok(op))
		return 0;
	op->words[CHILD] = (u64)-1;
	op->words[THREAD] = !!(asked_flags(op) & CLONE_THREAD);
	return 1;
}

/* tp_btf/sched_process_fork(parent, child). What the kernel makes for itself is nobody's. */
INLINE u64 dt_proc_fork_hook(struct abi_data *op)
{
	const u64 *context = op->context;
	const struct task_struct *parent = (const void *)context[0], *child = (const void *)context[1];

	if (parent->flags & PF_KTHREAD)
		return 0;
	proc_kept_of(op, __NR_fork, __NR_vfork, __NR_clone, __NR_clone3);
	op->words[CHILD] = proc_number(proc_pid(child));
	op->words[THREAD] = child->tgid == parent->tgid;
	op->result = (s64)proc_number_at(proc_pid(child), proc_level(proc_pid(parent)));
	return 1;
}

INLINE u64 dt_proc_fork_child(const struct abi_data *op)
{
	return op->words[CHILD];
}

INLINE u64 dt_proc_fork_thread(const struct abi_data *op)
{
	return op->words[THREAD];
}
