/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a script is looked for when its name has no directory: the folders of DUETRACE_PATH (colons
 * between), then the library: scripts/ beside the program, else the installed one.
 */
#ifndef DUETRACE_CLI_LIBRARY_H
#define DUETRACE_CLI_LIBRARY_H

#include <stdio.h>

/*
 * Open a script of that name, with or without .dt. Returns the descriptor and its path, which the
 * caller frees, or -1.
 */
int library_open(const char *name, char **path);
/* The name of a script that is near to one that is not there: the caller frees it; NULL: none is. */
char *library_near(const char *name);
/* For --list-scripts: a line for each script, with the question that it answers. Returns an exit status. */
int library_list(FILE *out);

#endif
