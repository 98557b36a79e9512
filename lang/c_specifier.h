/* SPDX-License-Identifier: Apache-2.0 */
/* What stands before and around the names of a declaration. Not for use outside of lang/c_*.c. */
#ifndef DUETRACE_C_SPECIFIER_H
#define DUETRACE_C_SPECIFIER_H

#include "lang/c_reader.h"

/* Of __attribute__((...)) what changes a layout. */
struct c_attributes {
	uint32_t aligned; /* 0: not said */
	bool packed;
	char mode[8]; /* "DI"; "": not said */
};

struct c_specifiers {
	struct node *type;
	struct c_attributes attributes;
	bool is_typedef, has_body;
};

struct c_declarator {
	struct c_word *name; /* NULL: none */
	struct span span;
	struct c_attributes attributes;
	bool abstract; /* a type's: there is no name */
};

/* True between the tokens of what stands on its own in a script. */
bool c_in_script(struct c_reader *reader);
/* Qualifiers and attributes, as many as there are. */
void c_qualifiers(struct c_reader *reader, struct c_attributes *attributes);
/* The integer that an attribute mode(...) asks for, or NULL. */
const char *c_mode_name(const struct c_attributes *attributes, bool is_unsigned);
/* False: no type begins here; reported. */
bool c_specifiers(struct c_reader *reader, struct c_specifiers *spec);
/* Pointers, the name, arrays and parameters around it: the type of the name. */
struct node *c_declarator(struct c_reader *reader, struct node *base, struct c_declarator *to);
/* The members of a struct, up to the '}'. */
bool c_members(struct c_reader *reader, struct parse_members *members);

#endif
