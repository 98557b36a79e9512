// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:link: link, linkat, symlink, symlinkat.
 *
 * Verifier: see data_walk.h.
 */
#include <linux/fcntl.h>

#include "data.h"

INLINE u64 dt_file_link_symbolic(const struct abi_data *op)
{
	return op->call == __NR_symlink || op->call == __NR_symlinkat;
}

/* What a symbolic link says means nothing before it is followed. */
INLINE u64 dt_file_link_from(const struct abi_data *op, char *text, char *work)
{
	if (op->call == __NR_link)
		return dt_data_path_at(op, text, work, data_arg(op, 0), (u64)AT_FDCWD, 0);
	if (op->call == __NR_linkat)
		return dt_data_path_at(op, text, work, data_arg(op, 1), data_arg(op, 0), data_arg(op, 4));
	return dt_data_user_text(op, text, data_arg(op, 0));
}

INLINE u64 dt_file_link_to(const struct abi_data *op, char *text, char *work)
{
	if (op->call == __NR_linkat)
		return dt_data_path_at(op, text, work, data_arg(op, 3), data_arg(op, 2), 0);
	if (op->call == __NR_symlinkat)
		return dt_data_path_at(op, text, work, data_arg(op, 2), data_arg(op, 1), 0);
	return dt_data_path_at(op, text, work, data_arg(op, 1), (u64)AT_FDCWD, 0);
}
