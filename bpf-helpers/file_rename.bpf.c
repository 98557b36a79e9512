// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:rename: rename, renameat, renameat2.
 *
 * Verifier: see data_walk.h.
 */
#include <linux/fcntl.h>

#include "data.h"

INLINE u64 dt_file_rename_from(const struct abi_data *op, char *text, char *work)
{
	if (op->call == __NR_rename)
		return dt_data_path_at(op, text, work, data_arg(op, 0), (u64)AT_FDCWD, 0);
	return dt_data_path_at(op, text, work, data_arg(op, 1), data_arg(op, 0), 0);
}

INLINE u64 dt_file_rename_to(const struct abi_data *op, char *text, char *work)
{
	if (op->call == __NR_rename)
		return dt_data_path_at(op, text, work, data_arg(op, 1), (u64)AT_FDCWD, 0);
	return dt_data_path_at(op, text, work, data_arg(op, 3), data_arg(op, 2), 0);
}

INLINE u64 dt_file_rename_flags(const struct abi_data *op)
{
	return op->call == __NR_renameat2 ? data_arg(op, 4) : 0;
}
