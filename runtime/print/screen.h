/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from outside, for a terminal: control characters, marks of direction and what is not UTF-8 are
 * shown as \xNN.
 */
#ifndef DUETRACE_RUNTIME_PRINT_SCREEN_H
#define DUETRACE_RUNTIME_PRINT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;

/* Bytes of the UTF-8 sequence at `bytes` (no overlong forms, no surrogates), or 0; not for ASCII. */
size_t utf8_length(const unsigned char *bytes, size_t left);
/* Append; newlines and tabs stay if it may have several `lines`. Whether anything was escaped. */
bool screen_add(struct buffer *out, const char *bytes, size_t length, bool lines);
/* Characters that a text takes: what continues one of UTF-8 takes no place, nor does colour. */
uint32_t screen_width(const char *bytes, size_t length);

#endif
