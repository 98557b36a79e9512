/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's functions and what they are called with, from its BTF: what kernel probes list and
 * what their `args` is.
 */
#ifndef DUETRACE_LAYOUT_FUNCTION_H
#define DUETRACE_LAYOUT_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

struct type;
struct unit;

/* The member of a context that is what the function returned; no script can name it. */
#define LAYOUT_RETVAL "$retval"

/* Is there a BTF of the kernel's at all? */
bool layout_has_btf(struct unit *unit);
/* What is not a module's; "" means the same. */
#define LAYOUT_KERNEL "vmlinux"

/* The id of the prototype of a module's function, or 0. */
uint32_t layout_function(struct unit *unit, const char *module, const char *name);
/* The same of a raw tracepoint. */
uint32_t layout_raw_tracepoint(struct unit *unit, const char *module, const char *event);
/* Sorted names of a module's functions, or raw tracepoints, that match a pattern. */
const char **layout_functions(struct unit *unit, const char *module, const char *pattern,
			      uint32_t *count);
const char **layout_raw_tracepoints(struct unit *unit, const char *module, const char *pattern,
				    uint32_t *count);
/*
 * The CONTEXT type of a prototype's parameters from number `first` on, each in a slot of 8 bytes;
 * with `returned` the result follows them.
 */
const struct type *layout_arguments(struct unit *unit, uint32_t proto, uint32_t first,
				    bool returned);
/* The same as -lv prints it, one a line. */
const char *layout_arguments_text(struct unit *unit, uint32_t proto, uint32_t first, bool returned);
/* The CONTEXT type of an iterator's `ctx`; NULL: this kernel does not have it. */
const struct type *layout_iterator(struct unit *unit, const char *name);

#endif
