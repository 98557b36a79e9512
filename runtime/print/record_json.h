/* SPDX-License-Identifier: Apache-2.0 */
/* Records as JSON. */
#ifndef DUETRACE_RUNTIME_PRINT_RECORD_JSON_H
#define DUETRACE_RUNTIME_PRINT_RECORD_JSON_H

#include "runtime/print/style.h"

struct buffer;
struct record_value;

/* {"type": "record", "record": "open", "time": "...", ..., "data": {...}} and a newline. */
void record_json(struct buffer *out, struct style *style, const struct record_value *record);
/* The fields alone, as an object. */
void record_json_data(struct buffer *out, struct style *style, const struct record_value *record);

#endif
