// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:open: open, creat, openat, openat2, open_by_handle_at. See lang/events.def for each arg.
 *
 * Verifier: straight lines, but for the paths: see data_walk.h.
 */
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "data.h"

#define PATH_ONLY 010000000
#define TEMPORARY 020200000

/* Which argument is the name; open and creat have no directory in front of it. */
static INLINE u64 name_at(const struct abi_data *op)
{
	return op->call == __NR_open || op->call == __NR_creat ? data_arg(op, 0) : data_arg(op, 1);
}

static INLINE u64 directory(const struct abi_data *op)
{
	return op->call == __NR_open || op->call == __NR_creat ? (u64)AT_FDCWD : data_arg(op, 0);
}

/* The caller's name: its length. */
static INLINE u64 read_name(const struct abi_data *op, char *to)
{
	if (op->call == __NR_open_by_handle_at)
		return 0;
	return dt_data_user_text(op, to, name_at(op));
}

static INLINE u64 read_flags(const struct abi_data *op)
{
	u64 flags = 0;

	switch (op->call) {
	case __NR_open:
		return (u32)data_arg(op, 1);
	case __NR_creat:
		return O_CREAT | O_WRONLY | O_TRUNC;
	case __NR_openat2:
		bpf_probe_read_user(&flags, sizeof(flags), (const void *)data_arg(op, 2));
		return data_apart(flags);
	default: /* openat, open_by_handle_at */
		return (u32)data_arg(op, 2);
	}
}

/* -1 if there is none: it failed, or what was opened is in a table of an io_uring's own. */
static INLINE u64 descriptor(const struct abi_data *op)
{
	const struct abi_uring *request = data_uring(op);

	return data_ok(op) && !(request && dt_data_word(&request->slot)) ? (u64)op->result : (u64)-1;
}

static INLINE const struct file *opened(const struct abi_data *op)
{
	const struct abi_uring *request = data_uring(op);

	return request ? (const void *)dt_data_word(&request->files[0]) : data_file(descriptor(op));
}

static INLINE const struct inode *inode_of(const struct abi_data *op)
{
	const struct file *file = opened(op);

	return file ? DATA_READ(struct file, file, f_inode) : 0;
}

INLINE u64 dt_file_open_name(const struct abi_data *op, char *text, UNUSED char *work)
{
	return read_name(op, text);
}

INLINE u64 dt_file_open_path(const struct abi_data *op, char *text, char *work)
{
	const struct file *file = opened(op);

	if (file)
		return dt_data_path_file(file, text);
	return dt_data_path_joined((struct data_text *)text, (struct data_work *)work, read_name(op, work), directory(op));
}

INLINE u64 dt_file_open_hostpath(const struct abi_data *op, char *text, UNUSED char *work)
{
	return dt_data_path_host(opened(op), text);
}

INLINE u64 dt_file_open_flags(const struct abi_data *op)
{
	return read_flags(op);
}

/* Without a flag that creates, the argument may be anything. */
INLINE u64 dt_file_open_mode(const struct abi_data *op)
{
	u64 flags = read_flags(op), mode = 0;

	if (!(flags & (O_CREAT | (TEMPORARY & ~O_DIRECTORY))) ||
	    op->call == __NR_open_by_handle_at)
		return 0;
	switch (op->call) {
	case __NR_open:
		return data_arg(op, 2) & 07777;
	case __NR_creat:
		return data_arg(op, 1) & 07777;
	case __NR_openat2:
		bpf_probe_read_user(&mode, sizeof(mode),
				    &((const struct open_how *)data_arg(op, 2))->mode);
		return data_apart(mode);
	default:
		return data_arg(op, 3) & 07777;
	}
}

INLINE u64 dt_file_open_fd(const struct abi_data *op)
{
	return descriptor(op);
}

INLINE u64 dt_file_open_reads(const struct abi_data *op)
{
	u64 flags = read_flags(op);

	return !(flags & PATH_ONLY) && !(flags & O_WRONLY);
}

INLINE u64 dt_file_open_writes(const struct abi_data *op)
{
	u64 flags = read_flags(op) & (PATH_ONLY | O_ACCMODE);

	return flags == O_WRONLY || flags == O_RDWR;
}

INLINE u64 dt_file_open_creates(const struct abi_data *op)
{
	u64 flags = read_flags(op);

	return !(flags & PATH_ONLY) &&
	       ((flags & O_CREAT) || (flags & TEMPORARY) == TEMPORARY);
}

INLINE u64 dt_file_open_truncates(const struct abi_data *op)
{
	return (read_flags(op) & (PATH_ONLY | O_TRUNC)) == O_TRUNC;
}

INLINE u64 dt_file_open_type(const struct abi_data *op)
{
	const struct inode *inode = inode_of(op);

	return inode ? DATA_READ(struct inode, inode, i_mode) >> 12 : 0;
}

INLINE u64 dt_file_open_dev(const struct abi_data *op)
{
	const struct inode *inode = inode_of(op);

	return inode ? data_device(inode) : 0;
}

INLINE u64 dt_file_open_ino(const struct abi_data *op)
{
	const struct inode *inode = inode_of(op);

	return inode ? DATA_READ(struct inode, inode, i_ino) : 0;
}

INLINE u64 dt_file_open_owner(const struct abi_data *op)
{
	const struct inode *inode = inode_of(op);

	return inode ? DATA_READ(struct inode, inode, i_uid.val) : (u64)-1;
}

INLINE u64 dt_file_open_fs(const struct abi_data *op, char *text, UNUSED char *work)
{
	return dt_data_fs(inode_of(op), text);
}

/* GENHD_FL_REMOVABLE */
INLINE u64 dt_file_open_removable(const struct abi_data *op)
{
	const struct inode *inode = inode_of(op);
	const struct super_block *super = inode ? DATA_READ(struct inode, inode, i_sb) : 0;
	const struct block_device *device = super ? DATA_READ(struct super_block, super, s_bdev) : 0;
	const struct gendisk *disk = device ? DATA_READ(struct block_device, device, bd_disk) : 0;

	return disk && DATA_READ(struct gendisk, disk, flags) & 1;
}
