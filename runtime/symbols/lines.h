/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in its source the code of a file was written, as its DWARF or that of its debug file says
 * it.
 */
#ifndef DUETRACE_RUNTIME_LINES_H
#define DUETRACE_RUNTIME_LINES_H

#include <stdint.h>

/* As many are told of one address. */
#define LINES_MAX 16

struct lines;

/* Valid as long as the lines are. */
struct source_place {
	const char *function; /* what is inlined there; NULL: the function that has the address */
	const char *file;
	int line;
};

/*
 * Of an open file, which it takes; `id`, of `length` bytes, is its build ID, and `root` where its
 * debug file is looked for (a descriptor, or AT_FDCWD). NULL: nobody knows.
 */
struct lines *lines_open(int fd, int root, const unsigned char *id, uint32_t length);
void lines_close(struct lines *lines);
/*
 * The place of a virtual address: the innermost function that is inlined there first, the function
 * itself last. Returns how many; 0: not known.
 */
uint32_t lines_at(struct lines *lines, uint64_t address, struct source_place places[LINES_MAX]);

#endif
