/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a file may be run: a script or an image is a program, and who runs it is mostly root.
 */
#ifndef DUETRACE_RUNTIME_TRUSTED_H
#define DUETRACE_RUNTIME_TRUSTED_H

#include <stdbool.h>

struct stat;

/*
 * NULL, or why somebody else could have written what is in the open file: everybody may write to it or
 * to its folder, or it is another user's in a folder like /tmp, where everybody may write but nobody may
 * replace. Pipes and terminals are who calls us.
 */
const char *trusted_not(int fd);
/* The same of the files in a folder, by its status. */
const char *trusted_not_folder(const struct stat *folder);
/* True if a file in the folder of `path`, by its status, is another user's and anybody could have put it there. */
bool trusted_not_beside(const char *path, const struct stat *file);

#endif
