// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:copy: sendfile, copy_file_range, splice, tee, and the ioctls FICLONE and FICLONERANGE.
 *
 * Verifier: see data_walk.h.
 */
#include <linux/fs.h>

#include "data.h"

INLINE u64 dt_file_copy_when(const struct abi_data *op)
{
	return op->call != __NR_ioctl || (u32)data_arg(op, 1) == FICLONE ||
	       (u32)data_arg(op, 1) == FICLONERANGE;
}

static INLINE struct file_clone_range range(const struct abi_data *op)
{
	struct file_clone_range range = {0};

	bpf_probe_read_user(&range, sizeof(range), (const void *)data_arg(op, 2));
	return range;
}

static INLINE const struct file *source(const struct abi_data *op)
{
	switch (op->call) {
	case __NR_copy_file_range:
	case __NR_splice:
	case __NR_tee:
		return data_file_of(op, 0);
	case __NR_ioctl:
		if ((u32)data_arg(op, 1) == FICLONE)
			return data_file_of(op, 2);
		return data_file(data_apart((u64)range(op).src_fd));
	default: /* sendfile, sendfile64 */
		return data_file_of(op, 1);
	}
}

INLINE u64 dt_file_copy_from(const struct abi_data *op, char *text, UNUSED char *work)
{
	return dt_data_path_file(source(op), text);
}

static INLINE const struct file *destination(const struct abi_data *op)
{
	if (op->call == __NR_copy_file_range || op->call == __NR_splice)
		return data_file_of(op, 2);
	if (op->call == __NR_tee)
		return data_file_of(op, 1);
	return data_file_of(op, 0);
}

INLINE u64 dt_file_copy_to(const struct abi_data *op, char *text, UNUSED char *work)
{
	return dt_data_path_file(destination(op), text);
}

static INLINE u64 device_of(const struct file *file)
{
	const struct inode *inode = file ? DATA_READ(struct file, file, f_inode) : 0;

	return inode ? data_device(inode) : 0;
}

static INLINE u64 number_of(const struct file *file)
{
	const struct inode *inode = file ? DATA_READ(struct file, file, f_inode) : 0;

	return inode ? DATA_READ(struct inode, inode, i_ino) : 0;
}

INLINE u64 dt_file_copy_dev(const struct abi_data *op)
{
	return device_of(source(op));
}

INLINE u64 dt_file_copy_ino(const struct abi_data *op)
{
	return number_of(source(op));
}

INLINE u64 dt_file_copy_todev(const struct abi_data *op)
{
	return device_of(destination(op));
}

INLINE u64 dt_file_copy_toino(const struct abi_data *op)
{
	return number_of(destination(op));
}

/* A clone says nothing of how much it was. */
INLINE u64 dt_file_copy_bytes(const struct abi_data *op)
{
	const struct inode *inode;
	const struct file *file;
	struct file_clone_range asked;
	u64 size;

	if (!data_ok(op))
		return 0;
	if (op->call != __NR_ioctl)
		return (u64)op->result;
	file = source(op);
	inode = file ? DATA_READ(struct file, file, f_inode) : 0;
	size = inode ? (u64)DATA_READ(struct inode, inode, i_size) : 0;
	if ((u32)data_arg(op, 1) == FICLONE)
		return size;
	asked = range(op);
	if (asked.src_length)
		return data_apart(asked.src_length);
	return size - data_apart(asked.src_offset);
}
