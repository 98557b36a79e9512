/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and reads the headers that a script includes: the answers to WORLD_INCLUDE. */
#ifndef DUETRACE_INCLUDE_FILE_H
#define DUETRACE_INCLUDE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Folders in the order in which they are looked through. */
struct include_paths {
	char **folders;
	uint32_t count, n_own; /* the first ones are the user's, the others the system's */
	bool kernel;	       /* there are kernel headers among them */
};

/* The user's -I, the kernel's headers if they are there, and the system's. Returns 0 or -errno. */
int include_paths_open(struct include_paths *paths, const char *const *own, uint32_t n_own);
void include_paths_close(struct include_paths *paths);

/*
 * `question` as in lang/world.h. Returns 0 and malloc'ed bytes with a NUL behind them, or -errno:
 * -ENOENT: there is none.
 */
int include_file_read(const struct include_paths *paths, const char *question, char **data,
		      size_t *size);

#endif
