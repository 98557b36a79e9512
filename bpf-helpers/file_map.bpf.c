// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:map: mmap of a file. 32-bit programs have two: mmap2, and one whose arguments are in memory.
 *
 * Verifier: see data_walk.h.
 */
#include <linux/mman.h>

#include "data.h"

enum { LENGTH = 1, PROT, FLAGS, FD };

static INLINE u64 argument(const struct abi_data *op, unsigned int i)
{
	u32 value = 0;

	if (op->via != ABI_VIA_COMPAT || op->call >= ABI_DATA_COMPAT_ONLY)
		return data_arg(op, i);
	bpf_probe_read_user(&value, sizeof(value), (const void *)(data_arg(op, 0) + i * sizeof(value)));
	return data_apart(value);
}

/* Not memory alone. */
INLINE u64 dt_file_map_when(const struct abi_data *op)
{
	return !(argument(op, FLAGS) & MAP_ANONYMOUS) && data_file(argument(op, FD));
}

INLINE u64 dt_file_map_path(const struct abi_data *op, char *text, UNUSED char *work)
{
	return dt_data_path_file(data_file(argument(op, FD)), text);
}

INLINE u64 dt_file_map_prot(const struct abi_data *op)
{
	return argument(op, PROT);
}

INLINE u64 dt_file_map_flags(const struct abi_data *op)
{
	return argument(op, FLAGS);
}

INLINE u64 dt_file_map_bytes(const struct abi_data *op)
{
	return data_ok(op) ? argument(op, LENGTH) : 0;
}

INLINE u64 dt_file_map_reads(const struct abi_data *op)
{
	return (argument(op, PROT) & (PROT_READ | PROT_EXEC)) != 0;
}

/* MAP_SHARED_VALIDATE has this bit too. */
INLINE u64 dt_file_map_shared(const struct abi_data *op)
{
	return argument(op, FLAGS) & MAP_SHARED;
}

INLINE u64 dt_file_map_writes(const struct abi_data *op)
{
	return argument(op, PROT) & PROT_WRITE && argument(op, FLAGS) & MAP_SHARED;
}

static INLINE const struct inode *mapped(const struct abi_data *op)
{
	const struct file *file = data_file(argument(op, FD));

	return file ? DATA_READ(struct file, file, f_inode) : 0;
}

INLINE u64 dt_file_map_dev(const struct abi_data *op)
{
	const struct inode *inode = mapped(op);

	return inode ? data_device(inode) : 0;
}

INLINE u64 dt_file_map_ino(const struct abi_data *op)
{
	const struct inode *inode = mapped(op);

	return inode ? DATA_READ(struct inode, inode, i_ino) : 0;
}
