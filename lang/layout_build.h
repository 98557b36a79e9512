/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the three parts of layout share: names (layout.c), the script's definitions (layout_c.c) and
 * the kernel's BTF (layout_btf.c). Not for use elsewhere.
 */
#ifndef DUETRACE_LAYOUT_BUILD_H
#define DUETRACE_LAYOUT_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/names.h"
#include "lang/type.h"

struct btf;
struct definition;
struct node;
struct unit;

/* Deeper structs are refused: a definition may hold itself by mistake. */
#define LAYOUT_MAX_DEPTH 32
/* Larger types have no use in BPF. */
#define LAYOUT_MAX_SIZE (64u << 20)

struct layouts {
	struct names known; /* "struct foo" -> struct type */
	struct btf *btf;
	bool asked; /* for the BTF */
	struct layout_module *modules;
	uint32_t depth;
};

/* What was added to the BTF of a module. */
struct layout_module {
	const char *name;
	uint32_t first, end; /* ids; first 0: it has no BTF */
	struct layout_module *next;
};

/* The members of a struct as they are found. */
struct layout_members {
	struct unit *unit;
	struct type_field *items;
	uint32_t count, capacity;
};

/* A member; one that is an anonymous struct is replaced by its members. */
void layout_add(struct layout_members *members, struct type_field field);
/* Made at its first use. */
struct layouts *layouts_of(struct unit *unit);
/* The kernel's BTF, or NULL. */
struct btf *layout_btf(struct unit *unit);
/* The ids of a module's types in it, from what is returned to *end; 0: there are none. */
uint32_t layout_module(struct unit *unit, const char *name, uint32_t *end);
const struct type *layout_from_btf(struct unit *unit, uint32_t id);
const struct type *layout_from_definition(struct unit *unit, const struct definition *definition);
/* What a C type of the kind is called and how large it is: "unsigned long". */
const struct type *layout_basic(struct unit *unit, const char *name);
/* A reference to a struct or union, for pointers. */
const struct type *layout_reference(struct unit *unit, bool is_union, const char *name);
/* char[n] is a string, all else an array. NULL: too large. */
const struct type *layout_array(struct unit *unit, const struct type *elem, bool is_char,
				uint64_t count);

#endif
