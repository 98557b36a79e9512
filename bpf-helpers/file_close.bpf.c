// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:close: close, close_range, and dup2 and dup3 where there was an open file. When they end the
 * file may be gone, so all but the number is found when they begin.
 *
 * Verifier: straight lines, but for the path: see data_walk.h.
 */
#include "data.h"

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
	if (!is_dup(op))
		return 1;
	return data_ok(op) && op->kept && op->kept->file && data_arg(op, 0) != data_arg(op, 1);
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
