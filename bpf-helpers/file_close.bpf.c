// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:close: close, close_range, and dup2 and dup3 where there was an open file. When they end the
 * file may be gone, so all but the number is found when they begin. Of close_range the kernel says
 * nothing at its end but whether there was such a range: each descriptor of it that is open is an event
 * when the call begins.
 *
 * Verifier: straight lines, but for the path: see data_walk.h. The kernel goes through a range (bpf_loop).
 */
#include <linux/close_range.h>

#include "data.h"

struct fdtable___open {
	unsigned long *open_fds;
} CORE;

/* The next descriptor to look at, in abi_data.words. */
enum { NEXT };

static INLINE bool is_dup(const struct abi_data *op)
{
	return op->call == __NR_dup2 || op->call == __NR_dup3;
}

INLINE u64 dt_file_close_fd(const struct abi_data *op)
{
	return is_dup(op) ? data_arg(op, 1) : data_arg(op, 0);
}

INLINE u64 dt_file_close_entry(const struct abi_data *op)
{
	op->kept->file = (u64)(is_dup(op) ? data_file_of(op, 1) : data_file_of(op, 0));
	return 0;
}

INLINE u64 dt_file_close_when(const struct abi_data *op)
{
	/* See dt_file_close_next(). */
	if (op->call == __NR_close_range)
		return !data_ok(op);
	if (!is_dup(op))
		return 1;
	return data_ok(op) && op->kept && op->kept->file && data_arg(op, 0) != data_arg(op, 1);
}

/* Whether it is a range of which descriptors are closed. */
INLINE u64 dt_file_close_next_is(struct abi_data *op)
{
	u32 first = (u32)data_arg(op, 0), last = (u32)data_arg(op, 1), flags = (u32)data_arg(op, 2);

	if (op->call != __NR_close_range || flags & ~CLOSE_RANGE_UNSHARE || first > last)
		return 0;
	op->words[NEXT] = first;
	return 1;
}

/* See EVENT_EACH; 64 at a time where none is open. */
INLINE u64 dt_file_close_next(struct abi_data *op)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	u64 at = op->words[NEXT], open = 0;
	const struct fdtable *table;

	if (!task->files)
		return ABI_EACH_END;
	table = task->files->fdt;
	if (at > (u32)data_arg(op, 1) || at >= table->max_fds)
		return ABI_EACH_END;
	bpf_probe_read_kernel(&open, sizeof(open), ((const struct fdtable___open *)table)->open_fds + at / 64);
	open >>= at % 64;
	if (!(open & 1)) {
		op->words[NEXT] = open ? at + 1 : (at | 63) + 1;
		return ABI_EACH_NONE;
	}
	op->words[NEXT] = at + 1;
	op->args[0] = at;
	return ABI_EACH_ONE;
}

static INLINE const struct inode *inode_of(const struct abi_data *op)
{
	const struct file *file = (const void *)op->kept->file;

	return file ? DATA_READ(struct file, file, f_inode) : 0;
}

INLINE u64 dt_file_close_path(const struct abi_data *op, char *text, UNUSED char *work)
{
	return dt_data_path_file((const void *)op->kept->file, text);
}

INLINE u64 dt_file_close_dev(const struct abi_data *op)
{
	const struct inode *inode = inode_of(op);

	return inode ? data_device(inode) : 0;
}

INLINE u64 dt_file_close_ino(const struct abi_data *op)
{
	const struct inode *inode = inode_of(op);

	return inode ? DATA_READ(struct inode, inode, i_ino) : 0;
}
