/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a script asks for outside of itself: the content of a file, the output of a command.
 */
#ifndef DUETRACE_RUNTIME_OUTSIDE_H
#define DUETRACE_RUNTIME_OUTSIDE_H

#include <stddef.h>

struct buffer;

/* Append the first `most` bytes of a file. Returns 0 or -errno. */
int outside_read(struct buffer *out, const char *path, size_t most);
/* Append what a command of the shell writes to stdout, and wait for its end. Returns 0 or -errno.
 */
int outside_run(struct buffer *out, const char *command);

#endif
