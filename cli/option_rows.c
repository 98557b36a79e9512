// SPDX-License-Identifier: Apache-2.0
/* The columns of --help. */
#include "cli/option_rows.h"

#include <stdbool.h>
#include <string.h>

#define COLUMNS 100
/* Where the second column begins. */
#define RIGHT 30

/* Words from column RIGHT on, as many a line as fit. */
static void print_wrapped(FILE *out, const char *text)
{
	size_t column = RIGHT;
	bool first = true;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (!first && column + 1 + length > COLUMNS) {
			fprintf(out, "\n%*s", RIGHT, "");
			column = RIGHT;
		} else if (!first) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", (int)length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
		first = false;
	}
	fputc('\n', out);
}

static void print_row(FILE *out, const struct option_row *row)
{
	char left[64];
	int length = snprintf(left, sizeof(left), "  %c%c%s%s%s%s%s", row->short_name ? '-' : ' ',
			      row->short_name ? row->short_name : ' ',
			      !row->short_name ? "  " : *row->long_name ? ", " : "",
			      *row->long_name ? "--" : "", row->long_name,
			      *row->argument ? " " : "", row->argument);

	if (length > RIGHT - 2)
		fprintf(out, "%s\n%*s", left, RIGHT, "");
	else
		fprintf(out, "%-*s", RIGHT, left);
	print_wrapped(out, row->help);
}

void option_rows_print(FILE *out, const struct option_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].heading)
			fprintf(out, "\n%s:\n", rows[i].heading);
		else
			print_row(out, &rows[i]);
	}
}
