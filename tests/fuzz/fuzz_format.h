/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a damaged script, if it can be formatted, is the same script then. */
#ifndef DUETRACE_FUZZ_FORMAT_H
#define DUETRACE_FUZZ_FORMAT_H

#include <stddef.h>

#include "compiler/compile.h"

/* In fuzz.c: `text` has a NUL behind it. */
void fuzz_compile(char *text, size_t size, enum compile_stage stage, struct compile_result *result);
/* Aborts, with a line on stderr, if formatting changes more than blanks, or changes what it has made. */
void fuzz_format_try(char *text, size_t size);

#endif
