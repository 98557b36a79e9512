/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text form of values: what print() shows, what %s prints, what a map's keys look like.
 */
#ifndef DUETRACE_RUNTIME_PRINT_VALUE_TEXT_H
#define DUETRACE_RUNTIME_PRINT_VALUE_TEXT_H

#include "runtime/print/style.h"

struct buffer;
struct value;

/* Without a newline at the end. Histograms are not text of one line: see histogram.h. */
void value_text(struct buffer *out, struct style *style, const struct value *value);
/* A map's key: a tuple loses its outer parentheses. */
void value_text_key(struct buffer *out, struct style *style, const struct value *value);
/* Bytes from the traced world, escaped if the style says so. */
void value_text_bytes(struct buffer *out, struct style *style, const char *bytes,
		      unsigned int length);
/* The enumerator's name, or NULL. */
const char *value_enum_name(const struct image *image, const struct value *value);
/* The name of the probe with that index; "" if there is none. */
const char *value_probe_name(const struct image *image, const struct value *value);
/* The bytes of a buffer: variant 0 keeps what is printable, 'x' is all \xNN, 'h' "0a fe". */
void value_text_buffer(struct buffer *out, const struct value *value, char variant);

#endif
