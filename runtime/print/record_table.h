/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as aligned columns. A header comes before the first record of each type; when a script has
 * several types, a column in front says which one a line is. All alerts are of one form.
 */
#ifndef DUETRACE_RUNTIME_PRINT_RECORD_TABLE_H
#define DUETRACE_RUNTIME_PRINT_RECORD_TABLE_H

#include <stdbool.h>

#include "runtime/print/style.h"

struct buffer;
struct record_table;
struct record_value;

/*
 * `columns`: names with commas between, or NULL for those that suit each type. `color`: severities
 * are coloured. On failure says why and returns -EINVAL or -ENOMEM.
 */
int record_table_new(struct record_table **table, const struct image *image, const char *columns,
		     bool color);
void record_table_free(struct record_table *table);
void record_table_add(struct record_table *table, struct buffer *out, struct style *style,
		      const struct record_value *record);

#endif
