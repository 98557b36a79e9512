/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong while a program ran, in words: from the plan's row of the place and the record's
 * two numbers. See image/errors.def.
 */
#ifndef DUETRACE_RUNTIME_ERROR_H
#define DUETRACE_RUNTIME_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;
struct image_event;

struct runtime_error {
	const char *message;
	const char *helper; /* the kernel helper that failed, "" if it is none of them */
	int64_t code;	    /* what the helper returned */
	const char *place;  /* "FILE:LINE:FROM-TO: ", for text; `place_length` bytes of it */
	size_t place_length;
	const char *excerpt; /* the lines of the script and the markers under them */
	const char *filename;
	uint32_t line, column;
};

/* False: the record names an error that there is not. Nothing in `out` is the caller's. */
bool runtime_error_describe(struct runtime_error *out, const struct image *image,
			    const struct image_event *event, uint64_t error, int64_t code);

#endif
