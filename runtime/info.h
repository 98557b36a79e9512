/* SPDX-License-Identifier: Apache-2.0 */
/* What this kernel offers: `duetrace --info`. */
#ifndef DUETRACE_RUNTIME_INFO_H
#define DUETRACE_RUNTIME_INFO_H

#include <stdio.h>

/* Finds out by trial, so it needs the rights that tracing needs. `llvm`: the version linked in. */
void runtime_info(FILE *out, const char *version, const char *llvm);

#endif
