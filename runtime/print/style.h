/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How values become text: what every printing function needs beside the value.
 */
#ifndef DUETRACE_RUNTIME_PRINT_STYLE_H
#define DUETRACE_RUNTIME_PRINT_STYLE_H

#include <stdbool.h>
#include <stdint.h>

struct clock_base;
struct image;
struct stacks;

struct style {
	const struct image *image;
	const struct clock_base *clock;
	struct stacks *stacks; /* NULL: addresses have no names */
	const char *trailer;   /* after a string that was cut */
	uint32_t plot_columns; /* histograms and series are bars that fit a line so wide; 0: as bpftrace has them */
	bool bold;	       /* headers of tables */
	bool escape;	       /* make control characters of traced strings harmless */
	bool escaped;	       /* set by printing: there were some */
};

#endif
