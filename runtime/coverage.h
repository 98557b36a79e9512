/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which roads to an operation the data probes see on this kernel, found out by trial: system calls of
 * 64-bit and of 32-bit programs, and requests of an io_uring.
 */
#ifndef DUETRACE_RUNTIME_COVERAGE_H
#define DUETRACE_RUNTIME_COVERAGE_H

#include <stdbool.h>
#include <stdio.h>

struct buffer;
struct image;

/* --coverage: all events, as text or as one JSON object. */
void coverage_print(FILE *out, bool json);
/* The same object for the events that an image has probes on; nothing is added if it has none. */
void coverage_of_image(struct buffer *out, const struct image *image);

#endif
