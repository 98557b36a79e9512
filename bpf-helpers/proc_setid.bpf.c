// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * proc:setid: system calls that set IDs, and programs executed that come with other ones. Which user
 * and group files are accessed as is what counts: these are the effective IDs, but for setfsuid and
 * setfsgid, which set no others. Those from before are kept when the call begins.
 *
 * Verifier: straight lines.
 */
#include "proc.h"

enum { OLD, NEW };

#define UNKNOWN ((u64)-1)

/* 32-bit programs only. */
#define SETFSUID32 COMPAT_CALL(215)
#define SETFSGID32 COMPAT_CALL(216)

/* The user's number, above it the group's. */
static INLINE u64 current_ids(u32 call)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct cred *cred = task->cred;

	if (call == __NR_setfsuid || call == __NR_setfsgid || call == SETFSUID32 || call == SETFSGID32)
		return cred->fsuid.val | (u64)cred->fsgid.val << 32;
	return cred->euid.val | (u64)cred->egid.val << 32;
}

INLINE u64 dt_proc_setid_entry(const struct abi_data *op)
{
	op->kept->ids = current_ids(op->call);
	return 0;
}

INLINE u64 dt_proc_setid_when(struct abi_data *op)
{
	if (op->call == __NR_execve || op->call == __NR_execveat)
		return 0;
	op->words[NEW] = current_ids(op->call);
	op->words[OLD] = op->kept ? op->kept->ids : data_ok(op) ? UNKNOWN : op->words[NEW];
	return 1;
}

/* tp_btf/sched_process_exec(): the new program has its IDs. */
INLINE u64 dt_proc_setid_hook(struct abi_data *op)
{
	if (!proc_kept_of(op, __NR_execve, __NR_execveat, __NR_execve, __NR_execve))
		return 0;
	op->words[NEW] = current_ids(__NR_execve);
	op->words[OLD] = op->kept->ids;
	op->via = ABI_VIA_EXEC;
	return op->words[NEW] != op->words[OLD];
}

INLINE u64 dt_proc_setid_olduid(const struct abi_data *op)
{
	return op->words[OLD] == UNKNOWN ? UNKNOWN : (u32)op->words[OLD];
}

INLINE u64 dt_proc_setid_newuid(const struct abi_data *op)
{
	return (u32)op->words[NEW];
}

INLINE u64 dt_proc_setid_oldgid(const struct abi_data *op)
{
	return op->words[OLD] == UNKNOWN ? UNKNOWN : op->words[OLD] >> 32;
}

INLINE u64 dt_proc_setid_newgid(const struct abi_data *op)
{
	return op->words[NEW] >> 32;
}
