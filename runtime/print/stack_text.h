/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks and addresses as text, in bpftrace's forms. */
#ifndef DUETRACE_RUNTIME_STACK_TEXT_H
#define DUETRACE_RUNTIME_STACK_TEXT_H

#include <stdint.h>

struct buffer;
struct image_usym;
struct style;
struct value;

/* A newline, and a line for each frame; nothing if there are none. */
void stack_text(struct buffer *out, struct style *style, const struct value *value);
/* The name of the function that an address is in, or the address. */
void stack_text_kernel(struct buffer *out, struct style *style, uint64_t address);
void stack_text_user(struct buffer *out, struct style *style, const struct image_usym *usym);

#endif
