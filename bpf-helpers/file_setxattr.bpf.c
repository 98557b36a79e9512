// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:setxattr: setxattr, lsetxattr, fsetxattr, setxattrat.
 *
 * Verifier: see data_walk.h.
 */
#include <linux/fcntl.h>

#include "data.h"

/* Newer than the headers may be. */
#define SETXATTRAT 463

INLINE u64 dt_file_setxattr_path(const struct abi_data *op, char *text, char *work)
{
	if (op->call == __NR_fsetxattr)
		return dt_data_path_file(data_file_of(op, 0), text);
	if (op->call == SETXATTRAT)
		return dt_data_path_at(op, text, work, data_arg(op, 1), data_arg(op, 0),
				       DATA_FOLLOWS(data_arg(op, 2)));
	return dt_data_path_at(op, text, work, data_arg(op, 0), (u64)AT_FDCWD,
			       op->call == __NR_lsetxattr ? 0 : AT_SYMLINK_FOLLOW);
}

INLINE u64 dt_file_setxattr_attr(const struct abi_data *op, char *text, UNUSED char *work)
{
	return dt_data_user_text(op, text, op->call == SETXATTRAT ? data_arg(op, 3) : data_arg(op, 1));
}
