// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:read and file:write.
 *
 * Verifier: straight lines.
 */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "data.h"

/* What is no regular file and no block device is not stored data. */
INLINE u64 dt_data_io_when(const struct abi_data *op)
{
	const struct inode *inode = data_inode_of(op, 0);
	u32 type = inode ? DATA_READ(struct inode, inode, i_mode) & S_IFMT : 0;

	return type == S_IFREG || type == S_IFBLK;
}

/* Newer than the headers may be. */
#define WRITE_APPENDS	  0x10
#define WRITE_NOT_APPENDS 0x20 /* since 6.9 */

/* Whether a write at a given position goes to the file's end all the same. */
static INLINE bool appends(const struct abi_data *op, const struct file *file)
{
	u64 flags = op->call == __NR_pwritev2 ? data_arg(op, 5) : 0;

	if (DATA_READ(struct file, file, f_flags) & O_APPEND)
		return !(flags & WRITE_NOT_APPENDS);
	return flags & WRITE_APPENDS;
}

/* The file's position has moved on by now; writes that append go where the file ended. */
INLINE u64 dt_data_io_offset(const struct abi_data *op)
{
	const struct file *file = data_file_of(op, 0);
	u64 moved = data_ok(op) ? (u64)op->result : 0, given;
	const struct inode *inode;

	if (!file)
		return 0;
	switch (op->call) {
	case __NR_pwrite64:
	case __NR_pwritev:
	case __NR_pwritev2:
	case __NR_pread64:
	case __NR_preadv:
	case __NR_preadv2:
		given = data_wide(op, 3);
		if ((op->call == __NR_preadv2 || op->call == __NR_pwritev2) && given == (u64)-1)
			break;
		if (!moved || op->call == __NR_pread64 || op->call == __NR_preadv || op->call == __NR_preadv2 ||
		    !appends(op, file))
			return given;
		inode = DATA_READ(struct file, file, f_inode);
		return (u64)DATA_READ(struct inode, inode, i_size) - moved;
	}
	return (u64)DATA_READ(struct file, file, f_pos) - moved;
}
