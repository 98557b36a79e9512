/* SPDX-License-Identifier: Apache-2.0 */
/* Which known name is nearest to a mistyped one. */
#ifndef DUETRACE_IMAGE_NEAR_H
#define DUETRACE_IMAGE_NEAR_H

#include <stddef.h>

/* The best so far of a search for the name nearest to a mistyped one. */
struct near {
	const char *wanted;
	const char *best; /* NULL: none is near enough */
	size_t length;	  /* of best */
	unsigned int distance;
};

void near_start(struct near *near, const char *wanted);
void near_try(struct near *near, const char *name, size_t length);

#endif
