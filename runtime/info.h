/* SPDX-License-Identifier: Apache-2.0 */
/* What this kernel offers: `duetrace --info`. */
#ifndef DUETRACE_RUNTIME_INFO_H
#define DUETRACE_RUNTIME_INFO_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Finds out by trial; what needs rights that the user has not is "unknown". `llvm`: the version linked
 * in. As JSON it is one object on one line.
 */
void runtime_info(FILE *out, bool json, const char *version, const char *llvm);

/* One line that names the libraries; `llvm` NULL: there is none in this program. */
void runtime_versions(FILE *out, const char *llvm);

#endif
