/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three things are compared: the text without its blanks, what is made of the formatted text, and the tree
 * without the places in it. A script with an error is not formatted and says nothing here.
 */
#include "tests/fuzz/fuzz_format.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Removes blanks, and a mark at the begin that says only what encoding a file has. Returns the new length. */
static size_t squeeze(char *text, size_t size)
{
	size_t n = 0, at = size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;

	for (; at < size; at++)
		if (!isspace((unsigned char)text[at]))
			text[n++] = text[at];
	return n;
}

/* The length of " 1:2-3:4" at `text`, or 0. */
static size_t place_length(const char *text)
{
	static const char between[] = ":-:";
	const char *at = text;

	if (*at++ != ' ')
		return 0;
	for (int i = 0; i < 4; i++) {
		if (!isdigit((unsigned char)*at))
			return 0;
		while (isdigit((unsigned char)*at))
			at++;
		if (i < 3 && *at++ != between[i])
			return 0;
	}
	return (size_t)(at - text);
}

/* Of a tree, in place. */
static void remove_places(char *text)
{
	char *to = text;

	while (*text) {
		size_t length = place_length(text);

		if (length)
			text += length;
		else
			*to++ = *text++;
	}
	*to = '\0';
}

/* What a stage makes of a text: in memory of its own with a NUL behind, or NULL. */
static char *stage(const char *text, size_t size, enum compile_stage stage, size_t *made)
{
	struct compile_result result;
	char *copy = malloc(size + 1), *output = NULL;

	if (!copy)
		abort();
	memcpy(copy, text, size);
	copy[size] = '\0';
	fuzz_compile(copy, size, stage, &result);
	if (result.output) {
		*made = result.size;
		output = malloc(result.size + 1);
		memcpy(output, result.output, result.size);
		output[result.size] = '\0';
	}
	compile_result_free(&result);
	free(copy);
	return output;
}

static void refuse(const char *what, const char *text, size_t size)
{
	fprintf(stderr, "fmt: %s:\n%.*s\n", what, (int)size, text);
	abort();
}

static void compare_trees(const char *text, size_t size, const char *formatted, size_t length)
{
	size_t n;
	char *before = stage(text, size, COMPILE_AST, &n), *after = stage(formatted, length, COMPILE_AST, &n);

	if (before && !after)
		refuse("the formatted text has an error", formatted, length);
	if (before) {
		remove_places(before);
		remove_places(after);
		if (strcmp(before, after) != 0)
			refuse("another tree", formatted, length);
	}
	free(before);
	free(after);
}

void fuzz_format_try(char *text, size_t size)
{
	size_t length, again_length;
	char *formatted = stage(text, size, COMPILE_FORMAT, &length), *again;

	if (!formatted)
		return;
	again = stage(formatted, length, COMPILE_FORMAT, &again_length);
	if (!again)
		refuse("the formatted text has an error", formatted, length);
	if (again_length != length || memcmp(again, formatted, length) != 0)
		refuse("formatted twice it is another", again, again_length);
	compare_trees(text, size, formatted, length);
	size = squeeze(text, size);
	again_length = squeeze(again, again_length);
	if (size != again_length || memcmp(text, again, size) != 0)
		refuse("more than blanks has changed", formatted, length);
	free(again);
	free(formatted);
}
