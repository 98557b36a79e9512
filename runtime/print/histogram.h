/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histograms as text with bars, and as JSON. Only the buckets from the first to the last that
 * counted anything are shown.
 */
#ifndef DUETRACE_RUNTIME_PRINT_HISTOGRAM_H
#define DUETRACE_RUNTIME_PRINT_HISTOGRAM_H

#include <stdint.h>

struct buffer;
struct style;
struct value;

/* One line a bucket; counts are shown divided by `div`, which is not 0. */
void histogram_text(struct buffer *out, const struct style *style, const struct value *value, uint64_t div);
/* An array of {"min": a, "max": b, "count": n}, max inclusive. */
void histogram_json(struct buffer *out, const struct value *value, uint64_t div);

#endif
