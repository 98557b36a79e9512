/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What file a name in an attach point means: a path, a command (by PATH), a library (by
 * ld.so.cache), a pattern of those, or all files that a process runs code of.
 */
#ifndef DUETRACE_CLI_BINARY_PATH_H
#define DUETRACE_CLI_BINARY_PATH_H

#include <stdio.h>

/*
 * Write a line "path<TAB>name" for each. `pid`: of the process that gives the names; 0: none.
 * Returns 0; -ENOENT: there is none; -ESRCH: "*" without a process; or another -errno.
 */
int binary_path_find(int pid, const char *name, FILE *out);

#endif
