/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says of itself. */
#ifndef DUETRACE_HELP_H
#define DUETRACE_HELP_H

#include <stdio.h>

/* Every option, in groups: no line is longer than 100 columns. */
void help_all(FILE *out);
/* For who gave no word at all: what it is and three examples. */
void help_short(FILE *out);
/* The version, and those of the libraries in the program. */
void help_version(FILE *out);

#endif
