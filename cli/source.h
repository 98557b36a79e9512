/* SPDX-License-Identifier: Apache-2.0 */
/* The script or image that the command line names. */
#ifndef DUETRACE_CLI_SOURCE_H
#define DUETRACE_CLI_SOURCE_H

#include <stddef.h>

struct source_file {
	const char *name; /* as given, or where it was found; "stdin" for - and -e */
	char *data;       /* owned unless it is a program of -e; data[size] is 0 */
	size_t size;
	char *owned;
	char *path; /* of a script of the library; owned */
};

/* Both return 0, or 1 after a message on stderr. */
int source_file_text(struct source_file *source, char *text);
int source_file_read(struct source_file *source, const char *path);
void source_file_free(struct source_file *source);

#endif
