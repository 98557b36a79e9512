// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The type of the file system that an inode is on, into a text, see ABI_TEXT_BUFFER.
 *
 * Verifier: the length is masked.
 */
#include "data.h"

#define NAME_SIZE 64

INLINE u64 dt_data_fs(const struct inode *inode, char *text)
{
	const struct file_system_type *type;
	const struct super_block *super;
	s64 read;

	if (!inode)
		return 0;
	super = DATA_READ(struct inode, inode, i_sb);
	type = DATA_READ(struct super_block, super, s_type);
	read = bpf_probe_read_kernel_str(text, NAME_SIZE, DATA_READ(struct file_system_type, type, name));
	return read <= 0 ? 0 : (u64)(read - 1) & (NAME_SIZE - 1);
}
