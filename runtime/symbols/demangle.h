/* SPDX-License-Identifier: Apache-2.0 */
/* Names of C++ as they were written. */
#ifndef DUETRACE_RUNTIME_DEMANGLE_H
#define DUETRACE_RUNTIME_DEMANGLE_H

#include <stdbool.h>

struct buffer;

/* Append what a mangled name stands for; false, and nothing appended, if it is not one. */
bool demangle(struct buffer *out, const char *name);

#endif
