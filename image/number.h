/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integers as the language writes them: decimal, octal, 0x, 0b, with '_' between digits, an exponent
 * (2e3), a duration in ns (5ms) or a C suffix that is accepted and ignored (10ull). One reader for
 * scripts, which are compiled, and for parameters, which a run may be given without the compiler.
 */
#ifndef DUETRACE_IMAGE_NUMBER_H
#define DUETRACE_IMAGE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum number_error { NUMBER_OK, NUMBER_INVALID, NUMBER_TOO_LARGE };

/* A literal: without a sign. *value is set only by NUMBER_OK. */
enum number_error number_read(const char *text, size_t length, uint64_t *value);
/* A parameter: perhaps with a sign, of -2^63 to 2^64 - 1. */
enum number_error number_read_signed(const char *text, uint64_t *value);

/* The value of a digit up to base 16, or -1. */
int number_digit(char c);

#endif
