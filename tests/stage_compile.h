/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUETRACE_STAGE_COMPILE_H
#define DUETRACE_STAGE_COMPILE_H

struct unit_options;

/* Print LLVM IR ("ir") or the plan of the image as text ("image"); 0, or 1 after an error. */
int stage_compile(const struct unit_options *options, const char *stage);

#endif
