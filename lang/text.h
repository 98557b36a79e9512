/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching of names by wildcards, and lines of a text.
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

#endif
