/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positional parameters: what the user gave, as numbers and strings, into the read-only
 * configuration that programs are loaded with.
 */
#ifndef DUETRACE_RUNTIME_PARAMETERS_H
#define DUETRACE_RUNTIME_PARAMETERS_H

#include <stddef.h>
#include <stdint.h>

struct image;
struct runtime_options;

/*
 * A whole text as an integer: decimal, 0x, 0b, octal after 0, 2e3, with a sign. -EINVAL: it is
 * none, -ERANGE: it does not fit 64 bits.
 */
int parameters_number(const char *text, uint64_t *number);

/* Fill in all parameters of an image. On failure says why and returns -EINVAL. */
int parameters_fill(const struct image *image, const struct runtime_options *options, char *config,
		    size_t size);

#endif
