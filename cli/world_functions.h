/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUETRACE_WORLD_FUNCTIONS_H
#define DUETRACE_WORLD_FUNCTIONS_H

/*
 * Answers WORLD_FUNCTIONS, see lang/world.h. `tracefs` is its directory or -errno. Returns 0 and a
 * text that the caller frees, or -errno.
 */
int world_functions(int tracefs, const char *name, char **text);

#endif
