/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process trees: intree(pid) is true in a process and in all that it starts. Before anything else is
 * attached, every new task is made to inherit its maker's trees, then those that are there already
 * are put into the trees of their ancestors.
 */
#ifndef DUETRACE_RUNTIME_TREES_H
#define DUETRACE_RUNTIME_TREES_H

#include <stdint.h>

struct image;
struct loaded;
struct runtime_options;

/* The pid that tree `index` of the plan grows from, as the user means it; 0: none. */
uint32_t trees_root(const struct image *image, uint32_t index, const struct runtime_options *options,
		    uint32_t child);
/*
 * Start following. *link: to be closed at the end. A root that does not exist is warned of: its tree
 * is empty. On failure says why and returns -errno.
 */
int trees_start(const struct loaded *loaded, const struct image *image,
		const struct runtime_options *options, uint32_t child, int *link);

#endif
