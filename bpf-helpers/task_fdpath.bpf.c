// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The path of a file that the running process has open, in a text: see ABI_TEXT_BUFFER. Empty if the
 * descriptor is not open.
 *
 * Verifier: see data_path_file.bpf.c.
 */
#include "data.h"

static OUTLINE u64 path_fd(char *text, u64 fd)
{
	return dt_data_path_file(data_file(fd), text);
}

INLINE u64 dt_task_fdpath(char *text, u64 fd)
{
	return path_fd(text, fd);
}
