/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles C for BPF that a script imports. */
#ifndef DUETRACE_CLI_CLANG_H
#define DUETRACE_CLI_CLANG_H

#include <stddef.h>

/*
 * The answer of WORLD_BPF for the source of a file at `path`, malloc'ed: see lang/world.h. -ENOPKG:
 * clang is not installed.
 */
int clang_compile(const char *path, const char *source, size_t size, char **answer,
		  size_t *answer_size);

#endif
