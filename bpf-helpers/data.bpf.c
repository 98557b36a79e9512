// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The args that every data probe has, and what goes before: which system call it was, and whether it
 * is to be reported.
 *
 * Verifier: straight lines.
 */
#include "data.h"

extern char kept;

/* Number of the system call, of whatever program: loads, which is all that most calls pay for. */
INLINE u64 dt_data_call(u64 *context)
{
	const struct pt_regs *regs = (const void *)context[0];

	return DATA_NUMBER(regs);
}

/* The same, with ABI_DATA_COMPAT_ONLY if a 32-bit program made it. */
INLINE u64 dt_data_number(u64 number)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	if (DATA_IS_COMPAT(task))
		return (number & (ABI_DATA_COMPAT_ONLY - 1)) | ABI_DATA_COMPAT_ONLY;
	return number < ABI_DATA_COMPAT_ONLY ? number : (u64)-1;
}

/*
 * Whether the running process is not the tracer. Its IDs are kept with the operation, which blocks
 * look at.
 */
INLINE u64 dt_data_wanted(struct abi_data *op)
{
	const struct task_struct *task;

	if (duetrace_config.ns_inode) {
		op->ids = task_pid_tgid();
	} else {
		task = bpf_get_current_task_btf();
		op->ids = (u64)task->tgid << 32 | (u32)task->pid;
	}
	return op->ids >> 32 != duetrace_config.self;
}

/* What a program of system calls knows of an operation; `via` is there. All bytes must be something. */
INLINE u64 dt_data_fill(struct abi_data *op, const struct pt_regs *regs, const void *context)
{
	op->context = context;
	op->kept = 0;
	op->probe = 0;
	op->words[4] = op->words[5] = 0;
	data_fill_args(op, regs);
	return 0;
}

INLINE u64 dt_data_ret(const struct abi_data *op)
{
	return (u64)op->result;
}

INLINE u64 dt_data_ok(const struct abi_data *op)
{
	return data_ok(op);
}

INLINE u64 dt_data_errno(const struct abi_data *op)
{
	return data_ok(op) ? 0 : (u64)-op->result;
}

INLINE u64 dt_data_via(const struct abi_data *op)
{
	return op->via;
}

INLINE u64 dt_data_bytes(const struct abi_data *op)
{
	return data_ok(op) ? (u64)op->result : 0;
}

/* A word of what was kept: to a block it is a number where that is. */
INLINE u64 dt_data_word(const u64 *from)
{
	u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), from);
	return word;
}

INLINE u64 dt_data_took(const struct abi_data *op)
{
	return op->kept ? bpf_ktime_get_boot_ns() - dt_data_word(&op->kept->begun) : 0;
}

/* Where the running task keeps what is needed of an operation until it ends. */
INLINE u64 dt_data_keep(struct abi_data *op)
{
	struct abi_kept *to = TASK_STORAGE(&kept, bpf_get_current_task_btf());

	op->kept = to;
	if (!to)
		return 0;
	to->begun = bpf_ktime_get_boot_ns();
	to->call = op->call | ABI_KEPT_VALID;
	to->via = op->via;
	return 1;
}

/* What was kept of the operation that ends here; none if tracing began in its midst. */
INLINE u64 dt_data_kept(struct abi_data *op)
{
	struct abi_kept *from = bpf_task_storage_get(&kept, bpf_get_current_task_btf(), 0, 0);

	op->kept = 0;
	if (from && from->call == (op->call | ABI_KEPT_VALID))
		op->kept = from;
	return 0;
}

/* The same where the number is not known any more: of the call that is going on. */
INLINE u64 dt_data_kept_any(struct abi_data *op)
{
	struct abi_kept *from = bpf_task_storage_get(&kept, bpf_get_current_task_btf(), 0, 0);

	op->kept = from;
	return 0;
}

/* What the tracepoint of a row EVENT_HOOK knows of an operation before the row's function does. */
INLINE u64 dt_data_hook(struct abi_data *op)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	op->call = 0;
	op->result = 0;
	op->via = DATA_IS_COMPAT(task) ? ABI_VIA_COMPAT : ABI_VIA_SYSCALL;
	return dt_data_fill(op, (const void *)bpf_task_pt_regs((void *)task), op->context);
}

/* No more than `most` bytes of a text. */
INLINE u64 dt_data_cut(u64 packed, u64 most)
{
	u64 length = packed & (ABI_TEXT_SIZE - 1);

	return length > most ? (packed - length + most) | CUT : packed;
}

/* Copy a text to the end of a record; see ABI_TEXT_BUFFER. Returns its length, as dt_str_copy(). */
INLINE u64 dt_data_copy(char *to, const char *text, u64 packed)
{
	u64 at = packed >> ABI_TEXT_OFFSET_SHIFT & (ABI_TEXT_SIZE - 1);
	u64 length = packed & (ABI_TEXT_SIZE - 1);

	bpf_probe_read_kernel(to, (u32)length, text + at);
	return length | (packed & CUT);
}
