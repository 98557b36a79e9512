// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:chmod: chmod, fchmod, fchmodat, fchmodat2.
 *
 * Verifier: see data_walk.h.
 */
#include <linux/fcntl.h>

#include "data.h"

INLINE u64 dt_file_chmod_path(const struct abi_data *op, char *text, char *work)
{
	if (op->call == __NR_chmod)
		return dt_data_path_at(op, text, work, data_arg(op, 0), (u64)AT_FDCWD, AT_SYMLINK_FOLLOW);
	if (op->call == __NR_fchmod)
		return dt_data_path_file(data_file_of(op, 0), text);
	return dt_data_path_at(op, text, work, data_arg(op, 1), data_arg(op, 0),
			       op->call == __NR_fchmodat ? AT_SYMLINK_FOLLOW : DATA_FOLLOWS(data_arg(op, 3)));
}

INLINE u64 dt_file_chmod_mode(const struct abi_data *op)
{
	if (op->call == __NR_chmod || op->call == __NR_fchmod)
		return data_arg(op, 1) & 07777;
	return data_arg(op, 2) & 07777;
}
