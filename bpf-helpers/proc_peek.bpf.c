// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * proc:peek: what gives a process the memory of another: ptrace that attaches, process_vm_readv and
 * process_vm_writev, an open of /proc/PID/mem.
 *
 * Verifier: at most ten rounds over the digits of a number.
 */
#include "proc.h"

#define ATTACH 16
#define SEIZE  0x4206

#define PROC_SUPER_MAGIC 0x9fa0

/* What TARGET is: a number as the caller has it, or the address of a struct pid. */
enum { TARGET, IS_PID };

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
} CORE;

static INLINE bool is_open(const struct abi_data *op)
{
	return op->call == __NR_open || op->call == __NR_openat || op->call == __NR_openat2;
}

/* The file of the kernel's /proc/PID/mem holds the memory itself; with O_PATH it has none. */
static OUTLINE bool opened_memory(struct abi_data *op)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct file *file = data_uring(op) ? (const void *)dt_data_word(&data_uring(op)->files[0])
					    : data_file((u64)op->result);
	const struct inode *inode = file ? DATA_READ(struct file, file, f_inode) : 0;
	const struct dentry *dentry;
	const struct super_block *super;
	u64 memory, pid = 0;
	u32 name = 0;

	if (!inode)
		return false;
	super = DATA_READ(struct inode, inode, i_sb);
	if (DATA_READ(struct super_block, super, s_magic) != PROC_SUPER_MAGIC)
		return false;
	dentry = DATA_READ(struct file, file, f_path.dentry);
	bpf_probe_read_kernel(&name, sizeof(name), DATA_READ(struct dentry, dentry, d_name.name));
	memory = (u64)DATA_READ(struct file, file, private_data);
	if (name != 0x6d656d /* "mem" */ || !memory || memory == (u64)task->mm)
		return false;
	bpf_probe_read_kernel(&pid, sizeof(pid),
			      (const char *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode) +
				      bpf_core_field_offset(struct proc_inode, pid));
	op->words[TARGET] = pid;
	op->words[IS_PID] = 1;
	return pid;
}

#define PLACE	 "/proc/"
#define PLACE_AT (sizeof(PLACE) - 1)
#define DIGITS	 10

/* One that failed: by the name that was asked for. */
static OUTLINE bool asked_memory(struct abi_data *op)
{
	char name[PLACE_AT + DIGITS + 8] = {0};
	u64 from = op->call == __NR_open ? data_arg(op, 0) : data_arg(op, 1), number = 0;
	u32 i;

	if (op->via == ABI_VIA_URING)
		bpf_probe_read_kernel_str(name, sizeof(name), (const void *)from);
	else
		bpf_probe_read_user_str(name, sizeof(name), (const void *)from);
	if (__builtin_memcmp(name, PLACE, PLACE_AT))
		return false;
	for (i = PLACE_AT; i < PLACE_AT + DIGITS && name[i] >= '0' && name[i] <= '9'; i++)
		number = number * 10 + (u64)(name[i] - '0');
	op->words[TARGET] = number;
	op->words[IS_PID] = 0;
	return number && name[i] == '/' && name[i + 1] == 'm' && name[i + 2] == 'e' && name[i + 3] == 'm' &&
	       !name[i + 4];
}

INLINE u64 dt_proc_peek_when(struct abi_data *op)
{
	u64 request;

	if (is_open(op))
		return data_ok(op) ? opened_memory(op) : asked_memory(op);
	op->words[IS_PID] = 0;
	if (op->call == __NR_process_vm_readv || op->call == __NR_process_vm_writev) {
		op->words[TARGET] = data_arg(op, 0);
		return 1;
	}
	request = data_arg(op, 0);
	op->words[TARGET] = data_arg(op, 1);
	return request == ATTACH || request == SEIZE;
}

INLINE u64 dt_proc_peek_target(const struct abi_data *op)
{
	return op->words[IS_PID] ? proc_number(op->words[TARGET]) : proc_number_given(op->words[TARGET]);
}

INLINE u64 dt_proc_peek_bytes(const struct abi_data *op)
{
	if (op->call != __NR_process_vm_readv && op->call != __NR_process_vm_writev)
		return 0;
	return data_ok(op) ? (u64)op->result : 0;
}
