/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table from names to whatever the user of it keeps; lives in an arena. Names are not
 * copied.
 */
#ifndef DUETRACE_NAMES_H
#define DUETRACE_NAMES_H

#include <stdint.h>

struct arena;

struct names_slot {
	const char *name; /* NULL: free */
	void *value;
};

struct names {
	struct arena *arena;
	struct names_slot *slots;
	uint32_t n_slots, count;
};

/* The place of a name's value; made, with a NULL value, if it was not there. */
void **names_at(struct names *names, const char *name);

#endif
