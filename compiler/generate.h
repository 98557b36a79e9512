/* SPDX-License-Identifier: Apache-2.0 */
/* From a checked unit to LLVM IR, BPF assembly or an image. Called by compile.c. */
#ifndef DUETRACE_GENERATE_H
#define DUETRACE_GENERATE_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/compile.h"

/*
 * Returns true and a malloc'ed output for COMPILE_IR, COMPILE_BPF or COMPILE_IMAGE; or false, and
 * the unit has an error.
 */
bool generate(struct unit *unit, enum compile_stage stage, const char *version, char **output,
	      size_t *size);

#endif
