// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * proc:exec: execve, execveat. One that succeeds fires when the new program is in place, with what the
 * kernel knows of it; one that fails when the call ends, with what was asked for.
 *
 * Verifier: straight lines, but for the paths: see data_walk.h; the kernel runs the rounds over
 * arguments (bpf_loop).
 */
#include <linux/fcntl.h>

#include "proc.h"

struct linux_binprm {
	int argc;
	const char *filename; /* what was asked for; for execveat with a directory also `fdpath` */
	const char *interp;   /* the same pointer, or of a script its interpreter's */
	const char *fdpath;   /* "/dev/fd/N/name" */
} CORE;

/* In abi_data.words; the first one is where execveat's third argument is. */
enum { BPRM = 1 };

#define EFAULT_RESULT (-14)
#define MOST_ARGUMENTS 65536

/* tp_btf/sched_process_exec(task, old_pid, bprm). The registers are the new program's already. */
INLINE u64 dt_proc_exec_hook(struct abi_data *op)
{
	const u64 *context = op->context;

	op->via = ABI_VIA_SYSCALL;
	if (proc_kept_of(op, __NR_execve, __NR_execveat, __NR_execve, __NR_execve))
		op->via = (u32)op->kept->via;
	op->words[BPRM] = context[2];
	return 1;
}

INLINE u64 dt_proc_exec_when(struct abi_data *op)
{
	op->words[BPRM] = 0;
	return !data_ok(op);
}

static INLINE const struct file *running_file(void)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	return task->mm ? task->mm->exe_file : 0;
}

static INLINE bool is_script(const struct linux_binprm *bprm)
{
	return DATA_READ(struct linux_binprm, bprm, interp) != DATA_READ(struct linux_binprm, bprm, filename);
}

/* Once the old memory is gone an exec can only fail by the program's end: that is what is in place. */
static INLINE bool is_too_late(const struct abi_data *op, u64 name)
{
	char byte;

	return op->result != EFAULT_RESULT && bpf_probe_read_user(&byte, 1, (const void *)name) < 0;
}

static INLINE u64 asked_path(const struct abi_data *op, char *text, char *work)
{
	bool at = op->call == __NR_execveat;
	u64 name = at ? data_arg(op, 1) : data_arg(op, 0);

	if (is_too_late(op, name))
		return dt_data_path_file(running_file(), text);
	return dt_data_path_at(op, text, work, name, at ? data_arg(op, 0) : (u64)AT_FDCWD,
			       at ? data_arg(op, 4) : 0);
}

#define FD_PATH	   "/dev/fd/"
#define FD_PATH_AT (sizeof(FD_PATH) - 1)
#define FD_DIGITS  10

/*
 * A script's own file has been closed by now, so its path is that of its name. Where that begins at a
 * descriptor, this is still open: the interpreter could not read the script else.
 */
static OUTLINE u64 script_path(const struct linux_binprm *bprm, char *text, char *work)
{
	const char *name = DATA_READ(struct linux_binprm, bprm, filename);
	u64 directory = (u64)AT_FDCWD;
	s64 read;
	u32 i;

	if (name == DATA_READ(struct linux_binprm, bprm, fdpath)) {
		char digits[FD_DIGITS + 1] = {0};

		bpf_probe_read_kernel_str(digits, sizeof(digits), name + FD_PATH_AT);
		directory = 0;
		for (i = 0; i < FD_DIGITS && digits[i] >= '0' && digits[i] <= '9'; i++)
			directory = directory * 10 + (u64)(digits[i] - '0');
		name += FD_PATH_AT + i;
		if (!digits[i])
			return dt_data_path_file(data_file(directory), text);
		name++;
	}
	read = bpf_probe_read_kernel_str(work, ABI_TEXT_SIZE, name);
	if (read <= 0)
		return DATA_TEXT(DATA_TEXT_END);
	return dt_data_path_real((struct data_text *)text, (struct data_work *)work,
				 (u64)(read - 1) & (ABI_TEXT_SIZE - 1), directory, true);
}

INLINE u64 dt_proc_exec_path(const struct abi_data *op, char *text, char *work)
{
	const struct linux_binprm *bprm = (const void *)op->words[BPRM];

	if (!bprm)
		return asked_path(op, text, work);
	if (is_script(bprm))
		return script_path(bprm, text, work);
	return dt_data_path_file(running_file(), text);
}

INLINE u64 dt_proc_exec_interp(const struct abi_data *op, char *text, UNUSED char *work)
{
	const struct linux_binprm *bprm = (const void *)op->words[BPRM];

	if (!bprm || !is_script(bprm))
		return DATA_TEXT(DATA_TEXT_END);
	return dt_data_path_file(running_file(), text);
}

struct count {
	u64 next, size, n;
};

static long count_step(UNUSED u32 i, struct count *count)
{
	u64 pointer = 0;

	if (bpf_probe_read_user(&pointer, count->size == 4 ? 4 : 8, (const void *)count->next) < 0 || !pointer)
		return 1;
	count->next += count->size;
	count->n++;
	return 0;
}

/* Verified alone: it would else go through each round for who asks for one number. */
GLOBAL u64 dt_proc_exec_count(u64 next, u64 size)
{
	struct count count = {.next = next, .size = size};

	bpf_loop(MOST_ARGUMENTS, count_step, &count, 0);
	return count.n;
}

INLINE u64 dt_proc_exec_argc(const struct abi_data *op)
{
	const struct linux_binprm *bprm = (const void *)op->words[BPRM];

	if (bprm)
		return (u32)DATA_READ(struct linux_binprm, bprm, argc);
	return dt_proc_exec_count(op->call == __NR_execveat ? data_arg(op, 2) : data_arg(op, 1),
			   op->via == ABI_VIA_COMPAT ? 4 : 8);
}
