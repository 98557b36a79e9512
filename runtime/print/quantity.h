/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers with a unit, for eyes: at most four digits, one of them behind the point, rounded to the
 * nearest.
 */
#ifndef DUETRACE_RUNTIME_PRINT_QUANTITY_H
#define DUETRACE_RUNTIME_PRINT_QUANTITY_H

#include <stdint.h>

struct buffer;

/* "512 B", "1.5 KiB", "1000 MiB" */
void quantity_add_bytes(struct buffer *out, uint64_t bytes);
/* "512 ns", "1.5 ms", "2 min" */
void quantity_add_duration(struct buffer *out, uint64_t ns);

#endif
