// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:unlink: unlink, unlinkat, rmdir.
 *
 * Verifier: see data_walk.h.
 */
#include <linux/fcntl.h>

#include "data.h"

INLINE u64 dt_file_unlink_path(const struct abi_data *op, char *text, char *work)
{
	if (op->call == __NR_unlinkat)
		return dt_data_path_at(op, text, work, data_arg(op, 1), data_arg(op, 0), 0);
	return dt_data_path_at(op, text, work, data_arg(op, 0), (u64)AT_FDCWD, 0);
}

INLINE u64 dt_file_unlink_dir(const struct abi_data *op)
{
	return op->call == __NR_rmdir ||
	       (op->call == __NR_unlinkat && data_arg(op, 2) & AT_REMOVEDIR);
}
