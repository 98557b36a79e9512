// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The path that a name and a directory lead to; if that failed, ask for. See data_path_real.bpf.c and
 * data_path_joined.bpf.c.
 *
 * Verifier: see data_walk.h.
 */
#include <linux/fcntl.h>

#include "data.h"

INLINE u64 dt_data_path_at(const struct abi_data *op, char *text, char *work, u64 name, u64 directory,
			   u64 flags)
{
	u64 length = dt_data_user_text(op, work, name);

	if (!length && flags & AT_EMPTY_PATH)
		return dt_data_path_file(data_file(directory), text);
	if (data_ok(op))
		return dt_data_path_real((struct data_text *)text, (struct data_work *)work, length, directory,
					 flags & AT_SYMLINK_FOLLOW);
	return dt_data_path_joined((struct data_text *)text, (struct data_work *)work, length, directory);
}
