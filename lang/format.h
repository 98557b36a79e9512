/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the formats of printf.
 */
#ifndef DUETRACE_FORMAT_H
#define DUETRACE_FORMAT_H

#include <stddef.h>

#include "lang/ast.h"

struct arena;

enum format_error {
	FORMAT_OK,
	FORMAT_UNKNOWN,	    /* no such conversion, or none at all behind a % */
	FORMAT_UNSUPPORTED, /* floating point */
	FORMAT_TOO_MANY,    /* conversions */
};

#define FORMAT_MAX_CONVERSIONS 127

/*
 * Read a format of `length` bytes. On an error, `bad` is the text of the conversion that is wrong.
 * The pieces' spans are the given one: escapes have moved the bytes away from their places.
 */
enum format_error format_parse(struct arena *arena, const char *bytes, size_t length,
			       struct span span, struct format **format, const char **bad);

#endif
