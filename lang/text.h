/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching of names: wildcards, and which known name is near a mistyped one.
 */
#ifndef DUETRACE_TEXT_H
#define DUETRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* True if `pattern` holds *, ? or [. */
bool text_is_pattern(const char *pattern);
/*
 * Match a whole name against a pattern of *, ?, [abc], [a-z], [!a-z]. A '[' without its ']' stands
 * for itself. Linear in both but for the restarts after a '*'.
 */
bool text_match(const char *pattern, const char *name, size_t length);

/* Lines of an answer that are still to be read. */
struct text_lines {
	const char *at, *end;
};

/* The next line, without its newline; false: there is none. */
bool text_next_line(struct text_lines *lines, const char **line, size_t *length);

/* The best so far of a search for the name nearest to a mistyped one. */
struct text_near {
	const char *wanted;
	const char *best; /* NULL: none is near enough */
	size_t length;	  /* of best */
	unsigned int distance;
};

void text_near_start(struct text_near *near, const char *wanted);
void text_near_try(struct text_near *near, const char *name, size_t length);

#endif
