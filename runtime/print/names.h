/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that numbers stand for: users, errors, signals, system calls, cgroups.
 */
#ifndef DUETRACE_RUNTIME_PRINT_NAMES_H
#define DUETRACE_RUNTIME_PRINT_NAMES_H

#include <stdint.h>

#include "image/image.h"

struct buffer;

/* Append the name; `kind` is one of those that image_kind_is_name(). */
void names_text(struct buffer *out, enum image_kind kind, uint64_t number);

#endif
