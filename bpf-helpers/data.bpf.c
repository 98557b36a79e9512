// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The args that every data probe has, and what goes before: which system call it was, and whether it
 * is to be reported.
 *
 * Verifier: straight lines.
 */
#include "data.h"

/* Number of the system call that ends, with ABI_DATA_COMPAT_ONLY if a 32-bit program made it. */
INLINE u64 dt_data_number(u64 *context)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct pt_regs *regs = (const void *)context[0];
	u64 number = DATA_NUMBER(regs);

	if (DATA_IS_COMPAT(task))
		return (number & (ABI_DATA_COMPAT_ONLY - 1)) | ABI_DATA_COMPAT_ONLY;
	return number < ABI_DATA_COMPAT_ONLY ? number : (u64)-1;
}

/* Whether the running process is neither the tracer nor hidden by -p. */
INLINE u64 dt_data_wanted(void)
{
	u64 tgid = bpf_get_current_pid_tgid() >> 32;

	if (duetrace_config.target && tgid != duetrace_config.target)
		return 0;
	return tgid != duetrace_config.self;
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

/* Copy a text to the end of a record; see ABI_TEXT_BUFFER. Returns its length, as dt_str_copy(). */
INLINE u64 dt_data_copy(char *to, const char *text, u64 packed)
{
	u64 at = packed >> ABI_TEXT_OFFSET_SHIFT & (ABI_TEXT_SIZE - 1);
	u64 length = packed & (ABI_TEXT_SIZE - 1);

	bpf_probe_read_kernel(to, (u32)length, text + at);
	return length | (packed & CUT);
}
