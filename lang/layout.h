/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types by their C names: those that the script defines, and the kernel's from its BTF, which is
 * only asked for when a script needs it. Structs are laid out by the C ABI.
 *
 * A pointer to a struct points to a reference to it, a STRUCT with a name and no fields, so that
 * structs may refer to each other; layout_complete() gives the struct itself. Members that are
 * structs are complete. Members of anonymous structs are members of what holds them.
 */
#ifndef DUETRACE_LAYOUT_H
#define DUETRACE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/ast.h"

struct layouts;
struct type;
struct unit;

/* A complete type, or NULL if there is none of the name. FORM_NAME: integers, typedefs, void. */
const struct type *layout_named(struct unit *unit, enum type_form form, const char *name);
/*
 * What a TYPE node says, or NULL; the operand of a typeof must have its type already. `size` is
 * what an array without a count fills, in bytes.
 */
const struct type *layout_type(struct unit *unit, const struct node *type, uint32_t size);
/* The struct that a reference means; any other type is returned as it is. NULL: not known. */
const struct type *layout_complete(struct unit *unit, const struct type *type);
/* An enumerator of the script's own definitions. */
bool layout_own_enumerator(struct unit *unit, const char *name, const struct type **type,
			   int64_t *value);
/* One of the script's, of data probes' or of the kernel's enums. */
bool layout_enumerator(struct unit *unit, const char *name, const struct type **type,
		       int64_t *value);
/* True if the kernel's BTF has a function of the name. */
bool layout_has_function(struct unit *unit, const char *name);
/* Which kernel it is whose BTF this is; "" if nobody knows. */
const char *layout_kernel(struct unit *unit);
/* The value of an expression that is made of literals, enumerators and sizeof. */
bool layout_constant(struct unit *unit, const struct node *node, int64_t *value);

#endif
