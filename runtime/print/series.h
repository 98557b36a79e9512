/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time series as a graph of lines, one an interval, and as JSON.
 */
#ifndef DUETRACE_RUNTIME_PRINT_SERIES_H
#define DUETRACE_RUNTIME_PRINT_SERIES_H

struct buffer;
struct style;
struct value;

/* From the first interval that has a value to the last; those between without one have a "-". */
void series_text(struct buffer *out, const struct style *style, const struct value *value);
/* An array of {"interval_start":"...","value":n}, intervals without a value left out. */
void series_json(struct buffer *out, const struct style *style, const struct value *value);

#endif
