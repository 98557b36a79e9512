// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Args of operations on the descriptor that is their first argument.
 *
 * Verifier: straight lines, but for the path: see data_walk.h.
 */
#include "data.h"

INLINE u64 dt_data_fd(const struct abi_data *op)
{
	return data_arg(op, 0);
}

INLINE u64 dt_data_fd_path(const struct abi_data *op, char *text, UNUSED char *work)
{
	return dt_data_path_file(data_file_of(op, 0), text);
}

INLINE u64 dt_data_fd_dev(const struct abi_data *op)
{
	const struct inode *inode = data_inode_of(op, 0);

	return inode ? data_device(inode) : 0;
}

INLINE u64 dt_data_fd_ino(const struct abi_data *op)
{
	const struct inode *inode = data_inode_of(op, 0);

	return inode ? DATA_READ(struct inode, inode, i_ino) : 0;
}

INLINE u64 dt_data_fd_fs(const struct abi_data *op, char *text, UNUSED char *work)
{
	return dt_data_fs(data_inode_of(op, 0), text);
}
