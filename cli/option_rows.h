/* SPDX-License-Identifier: Apache-2.0 */
/* Options as --help shows them, for both programs. Knows nothing else of them. */
#ifndef DUETRACE_CLI_OPTION_ROWS_H
#define DUETRACE_CLI_OPTION_ROWS_H

#include <stddef.h>
#include <stdio.h>

struct option_row {
	const char *heading; /* of a group; NULL: an option */
	char short_name;     /* 0: none */
	const char *long_name, *argument, *help; /* "": none */
};

/* In two columns, of 100 characters together. */
void option_rows_print(FILE *out, const struct option_row *rows, size_t n);

#endif
