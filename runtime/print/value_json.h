/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON form of values, and JSON strings. Everything made here is valid UTF-8, whatever bytes
 * the traced world holds.
 */
#ifndef DUETRACE_RUNTIME_PRINT_VALUE_JSON_H
#define DUETRACE_RUNTIME_PRINT_VALUE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/print/style.h"

struct buffer;
struct value;

void value_json(struct buffer *out, struct style *style, const struct value *value);
/* A map's key: its text without the outer parentheses and without blanks, as a JSON string. */
void value_json_key(struct buffer *out, struct style *style, const struct value *value,
		    struct buffer *scratch);
/* `bytes` as a string, quoted; a byte that is not part of UTF-8 becomes U+FFFD. */
void json_string(struct buffer *out, const char *bytes, size_t length);
/* The inside of a string only. */
void json_escape(struct buffer *out, const char *bytes, size_t length);
/* A number; as a string when a double cannot hold it exactly. */
void json_number(struct buffer *out, uint64_t number, bool is_signed);

#endif
