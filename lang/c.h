/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C in a script: preprocessor lines and definitions, of the script's own and of the headers that it
 * includes. The script's lexer hands over where C begins and goes on where it ends.
 */
#ifndef DUETRACE_C_H
#define DUETRACE_C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/ast.h"

struct parse;
struct unit;

/*
 * The line with a # at byte `begin`, and what it includes or leaves out; `end` is that of the text
 * being read. Returns the byte where the script goes on.
 */
uint32_t c_read_line(struct parse *parse, uint32_t begin, uint32_t end);
/* The struct, union, enum or typedef at byte `begin`. */
uint32_t c_read_definition(struct parse *parse, uint32_t begin, uint32_t end);
/* The text ends: nothing that an #if began may be open. */
void c_finish(struct parse *parse);
/* All of a header, which is a part of the source. */
void c_read_header(struct parse *parse, const char *path, struct span text);
/* What the command line includes, before the script. */
void c_read_options(struct parse *parse);

/*
 * What a name that was #defined stands for, or NULL if it is not, or not an expression: a constant
 * as C computes it, else the expression that its text is in the script's language.
 */
struct node *c_expand_name(struct parse *parse, struct span span, const char *name);
/* True if a name was #defined. */
bool c_is_defined(const struct unit *unit, const char *name);

/* The definition of a struct, union or enum of the name, or of a typedef; NULL: none. */
const struct definition *c_find(const struct unit *unit, enum type_form form, const char *name);
/* The enum that a constant is of, and its value. */
const struct definition *c_find_enumerator(const struct unit *unit, const char *name,
					   int64_t *value);

#endif
