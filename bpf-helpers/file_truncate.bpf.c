// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:truncate: truncate, ftruncate, and what else fallocate does to data that are there.
 *
 * Verifier: see data_walk.h.
 */
#include <linux/falloc.h>
#include <linux/fcntl.h>

#include "data.h"

#define TRUNCATE64  COMPAT_CALL(193)
#define FTRUNCATE64 COMPAT_CALL(194)
#define DESTROYS    (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_ZERO_RANGE)

/* To allocate or to insert takes nothing away. */
INLINE u64 dt_file_truncate_when(const struct abi_data *op)
{
	return op->call != __NR_fallocate || data_arg(op, 1) & DESTROYS;
}

INLINE u64 dt_file_truncate_path(const struct abi_data *op, char *text, char *work)
{
	if (op->call == __NR_truncate || op->call == TRUNCATE64)
		return dt_data_path_at(op, text, work, data_arg(op, 0), (u64)AT_FDCWD, AT_SYMLINK_FOLLOW);
	return dt_data_path_file(data_file_of(op, 0), text);
}

INLINE u64 dt_file_truncate_size(const struct abi_data *op)
{
	const struct inode *inode;

	if (op->call == TRUNCATE64 || op->call == FTRUNCATE64)
		return data_wide(op, 1);
	if (op->call != __NR_fallocate)
		return op->via == ABI_VIA_COMPAT ? (u64)(int)data_arg(op, 1) : data_arg(op, 1);
	inode = data_inode_of(op, 0);
	return inode ? (u64)DATA_READ(struct inode, inode, i_size) : 0;
}
