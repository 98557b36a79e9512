// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * pipe:read and pipe:write; their args are those of any descriptor.
 *
 * Verifier: straight lines.
 */
#include <linux/stat.h>

#include "data.h"

INLINE u64 dt_pipe_when(const struct abi_data *op)
{
	const struct inode *inode = data_inode_of(op, 0);

	return inode && (DATA_READ(struct inode, inode, i_mode) & S_IFMT) == S_IFIFO;
}
