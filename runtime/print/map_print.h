/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps as text and as JSON.
 */
#ifndef DUETRACE_RUNTIME_PRINT_MAP_PRINT_H
#define DUETRACE_RUNTIME_PRINT_MAP_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/print/style.h"

struct buffer;
struct map_snapshot;
struct value;

/* True of histograms and time series, whose text has lines of their own. */
bool map_value_is_block(const struct value *value);
/* Those lines; counts of histograms are divided by `div`. */
void map_value_block(struct buffer *out, const struct style *style, const struct value *value,
		     uint64_t div);
/* "@x[key]: value" a line; histograms as a block with a blank line behind each. Or a table, see map_table.h. */
void map_text(struct buffer *out, struct style *style, const struct map_snapshot *snapshot);
/* One line, or nothing for a keyed map without entries. */
void map_json(struct buffer *out, struct style *style, const struct map_snapshot *snapshot);
/* The JSON of one of its values. */
void map_value_json(struct buffer *out, struct style *style, const struct map_snapshot *snapshot,
		    const struct value *value);

#endif
