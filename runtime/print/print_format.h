/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf: the pieces of a format, which the plan has already taken apart and checked, over decoded
 * arguments.
 */
#ifndef DUETRACE_RUNTIME_PRINT_FORMAT_H
#define DUETRACE_RUNTIME_PRINT_FORMAT_H

#include "runtime/print/style.h"

struct buffer;
struct image_event;
struct value;

void print_format(struct buffer *out, struct style *style, const struct image_event *event,
		  const struct value *args);

#endif
