/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the `format` file that tracefs has for a tracepoint: its fields, where they are in the
 * record, and what C type they were declared with.
 */
#ifndef DUETRACE_TRACEPOINT_FORMAT_H
#define DUETRACE_TRACEPOINT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "lang/type.h"

struct arena;

/*
 * The CONTEXT type of a tracepoint's `args`. Pointers of the category "syscalls" point to user
 * memory, all others to the kernel's. Strings of any length (__data_loc char[]) get max_strlen. The
 * fields that all tracepoints share (common_*) are left out. Enums have their names only, not their
 * enumerators.
 */
const struct type *tracepoint_context(struct types *types, struct arena *arena, uint32_t max_strlen,
				      const char *category, const char *text, size_t size);
/* The fields as C declares them, one a line, each after four blanks: for -lv. */
const char *tracepoint_arguments(struct arena *arena, const char *text, size_t size);

#endif
