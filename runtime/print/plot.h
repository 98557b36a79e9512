/* SPDX-License-Identifier: Apache-2.0 */
/* Bars of Unicode blocks, for --plot. */
#ifndef DUETRACE_RUNTIME_PRINT_PLOT_H
#define DUETRACE_RUNTIME_PRINT_PLOT_H

#include <stdint.h>

struct buffer;

/*
 * A bar as long as `part` of `whole` in that many columns, to an eighth of a column: what is not 0 is seen.
 * No blanks behind it.
 */
void plot_bar(struct buffer *out, double part, double whole, uint32_t columns);

#endif
