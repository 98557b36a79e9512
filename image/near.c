/* SPDX-License-Identifier: Apache-2.0 */
/* The edit distance (insert, delete, replace, swap of neighbours) between short names. */
#include "image/near.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define MAX_NAME 64

void near_start(struct near *near, const char *wanted)
{
	size_t length = strlen(wanted);

	*near = (struct near){.wanted = wanted};
	near->distance = length < 3 ? 1 : length < 6 ? 2 : length / 4 + 2;
}

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

static unsigned int distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned int rows[3][MAX_NAME + 1];
	unsigned int *before = rows[0], *last = rows[1], *row = rows[2], *free_row;

	for (unsigned int j = 0; j <= m; j++)
		last[j] = j;
	for (unsigned int i = 1; i <= n; i++) {
		row[0] = i;
		for (unsigned int j = 1; j <= m; j++) {
			bool same = tolower((unsigned char)a[i - 1]) ==
				    tolower((unsigned char)b[j - 1]);

			row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + !same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		free_row = before;
		before = last;
		last = row;
		row = free_row;
	}
	return last[m];
}

void near_try(struct near *near, const char *name, size_t length)
{
	size_t wanted = strlen(near->wanted);
	unsigned int found;

	if (!wanted || !length || wanted > MAX_NAME || length > MAX_NAME)
		return;
	if ((wanted > length ? wanted - length : length - wanted) >= near->distance)
		return;
	found = distance(near->wanted, wanted, name, length);
	if (found < near->distance && found < wanted) {
		near->distance = found;
		near->best = name;
		near->length = length;
	}
}
