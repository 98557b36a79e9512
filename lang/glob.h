/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of names, as text and as one nondeterministic automaton of all that were added. Bytes are
 * bytes: nothing is said about characters beyond ASCII, and no string has a NUL in it.
 *
 *   *       any bytes within a name       **      any bytes
 *   ?       one byte of a name            [a-z]   one of these; [!a-z] and [^a-z] none of them
 *   {a,b}   one of these patterns         \x      the byte x
 *
 * Behind a '/' or at the beginning, a "**" and its '/' may also match nothing. A pattern without '/'
 * is about the last name: it means what it means behind "**" and a '/'.
 */
#ifndef DUETRACE_GLOB_H
#define DUETRACE_GLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/diag.h"

struct arena;

#define GLOB_MAX_SETS 64u
#define GLOB_MAX_LENGTH 4096u

/* Bytes that an edge can be taken with. */
struct glob_bytes {
	uint64_t bits[4];
};

struct glob_edge {
	uint32_t bytes; /* index in glob.bytes */
	uint32_t to, next;
};

/* Where one can go on without a byte. */
enum glob_skip { GLOB_STAR, GLOB_STARS, GLOB_FOLDERS, GLOB_NO_FOLDERS, GLOB_SKIPS };

/* Node 0 is the start; 0 stands for "none" too, as nothing leads back there. */
struct glob_node {
	uint32_t loop;              /* bytes with which it stays, or GLOB_NO_LOOP */
	uint32_t first_edge;        /* index plus one */
	uint32_t skips[GLOB_SKIPS];
	uint64_t wanted, unwanted;  /* sets that have a pattern that ends here, to add and to exclude */
};

#define GLOB_NO_LOOP UINT32_MAX

struct glob {
	struct arena *arena;
	struct glob_node *nodes;
	struct glob_edge *edges;
	struct glob_bytes *bytes;
	uint32_t n_nodes, n_edges, n_bytes;
	uint32_t node_room, edge_room, bytes_room;
};

/* A pattern of a set. */
struct glob_pattern {
	const char *text;
	uint32_t length, set;
	bool exclude;
};

struct glob *glob_new(struct arena *arena);
/* False: *why says what is wrong with it, at byte *at. */
bool glob_add(struct glob *glob, const struct glob_pattern *pattern, enum diag_tag *why, size_t *at);

static inline bool glob_has(const struct glob_bytes *bytes, unsigned byte)
{
	return bytes->bits[byte >> 6] >> (byte & 63) & 1;
}

#endif
