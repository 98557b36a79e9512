// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:chown: chown, lchown, fchown, fchownat. 32-bit programs have calls with 16-bit IDs by these
 * names, and others with 32-bit ones.
 *
 * Verifier: see data_walk.h.
 */
#include <linux/fcntl.h>

#include "data.h"

#define LCHOWN32 COMPAT_CALL(198)
#define FCHOWN32 COMPAT_CALL(207)
#define CHOWN32	 COMPAT_CALL(212)

INLINE u64 dt_file_chown_path(const struct abi_data *op, char *text, char *work)
{
	if (op->call == __NR_fchownat)
		return dt_data_path_at(op, text, work, data_arg(op, 1), data_arg(op, 0),
				       DATA_FOLLOWS(data_arg(op, 4)));
	if (op->call == __NR_fchown || op->call == FCHOWN32)
		return dt_data_path_file(data_file_of(op, 0), text);
	return dt_data_path_at(op, text, work, data_arg(op, 0), (u64)AT_FDCWD,
			       op->call == __NR_lchown || op->call == LCHOWN32 ? 0 : AT_SYMLINK_FOLLOW);
}

static INLINE u64 id(const struct abi_data *op, u64 value)
{
	bool wide = op->via != ABI_VIA_COMPAT || op->call == __NR_fchownat ||
		    op->call >= ABI_DATA_COMPAT_ONLY;

	if (wide)
		return (u32)value == (u32)-1 ? (u64)-1 : (u32)value;
	return (unsigned short)value == (unsigned short)-1 ? (u64)-1 : (unsigned short)value;
}

INLINE u64 dt_file_chown_uid(const struct abi_data *op)
{
	return id(op, op->call == __NR_fchownat ? data_arg(op, 2) : data_arg(op, 1));
}

INLINE u64 dt_file_chown_gid(const struct abi_data *op)
{
	return id(op, op->call == __NR_fchownat ? data_arg(op, 3) : data_arg(op, 2));
}
