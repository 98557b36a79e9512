/* SPDX-License-Identifier: Apache-2.0 */
/* Wildcards with one remembered '*', which is enough for patterns without alternatives. */
#include "lang/text.h"

#include <string.h>

bool text_is_pattern(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

/* Match one byte against the class at `pattern` ("[a-z]"); sets *next behind it, NULL if unclosed.
 */
static bool match_class(const char *pattern, char byte, const char **next)
{
	const char *at = pattern + 1;
	bool invert = *at == '!' || *at == '^';
	bool found = false;

	if (invert)
		at++;
	for (const char *first = at; *at && (*at != ']' || at == first); at++) {
		if (at[1] == '-' && at[2] && at[2] != ']') {
			found |= byte >= at[0] && byte <= at[2];
			at += 2;
		} else {
			found |= byte == *at;
		}
	}
	*next = *at ? at + 1 : NULL;
	return found != invert;
}

static bool match_one(const char *pattern, char byte, const char **next)
{
	bool matches;

	*next = pattern + 1;
	if (*pattern == '?')
		return true;
	if (*pattern != '[')
		return *pattern == byte;
	matches = match_class(pattern, byte, next);
	if (*next)
		return matches;
	*next = pattern + 1;
	return byte == '[';
}

bool text_match(const char *pattern, const char *name, size_t length)
{
	const char *star = NULL, *next;
	size_t at = 0, star_at = 0;

	while (at < length) {
		if (*pattern == '*') {
			star = ++pattern;
			star_at = at;
		} else if (*pattern && match_one(pattern, name[at], &next)) {
			pattern = next;
			at++;
		} else if (star) {
			pattern = star;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool text_next_line(struct text_lines *lines, const char **line, size_t *length)
{
	const char *end;

	if (lines->at >= lines->end)
		return false;
	end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	if (!end)
		end = lines->end;
	*line = lines->at;
	*length = (size_t)(end - lines->at);
	lines->at = end + 1;
	return true;
}
