/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wildcards with one remembered '*', which is enough for patterns without alternatives, and the
 * edit distance (insert, delete, replace, swap of neighbours) between short names.
 */
#include "lang/text.h"

#include <ctype.h>
#include <string.h>

#define MAX_NAME 64

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

void text_near_start(struct text_near *near, const char *wanted)
{
	size_t length = strlen(wanted);

	*near = (struct text_near){.wanted = wanted};
	near->distance = length < 3 ? 1 : length < 6 ? 2 : length / 4 + 2;
}

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

static unsigned int distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned int rows[3][MAX_NAME + 1];
	unsigned int *before = rows[0], *last = rows[1], *row = rows[2], *free_row;

	for (unsigned int j = 0; j <= m; j++)
		last[j] = j;
	for (unsigned int i = 1; i <= n; i++) {
		row[0] = i;
		for (unsigned int j = 1; j <= m; j++) {
			bool same = tolower((unsigned char)a[i - 1]) ==
				    tolower((unsigned char)b[j - 1]);

			row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + !same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		free_row = before;
		before = last;
		last = row;
		row = free_row;
	}
	return last[m];
}

void text_near_try(struct text_near *near, const char *name, size_t length)
{
	size_t wanted = strlen(near->wanted);
	unsigned int found;

	if (!wanted || !length || wanted > MAX_NAME || length > MAX_NAME)
		return;
	if ((wanted > length ? wanted - length : length - wanted) >= near->distance)
		return;
	found = distance(near->wanted, wanted, name, length);
	if (found < near->distance && found < wanted) {
		near->distance = found;
		near->best = name;
		near->length = length;
	}
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
