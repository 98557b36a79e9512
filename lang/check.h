/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker: gives every expression its type. Not for use outside of lang/.
 *
 * resolve.c binds names once: variables to their declarations by scope, maps, builtins. Then the
 * types of maps and variables are inferred: check_*() walks the program with its messages muted
 * until no type widens any more, and once more with messages on.
 *
 * What the compiler may rely on after unit_check() returned true:
 *  - every expression has a type that is not POISON; conversions between integers, and of strings
 * to larger or smaller capacities, are implicit: a value is converted from its node's type to the
 *    type of the variable, map value, map key, tuple element, operand or parameter it goes to;
 *  - the operands of arithmetic are converted to the type of the result, those of a comparison of
 *    integers to 64 bits each by its own sign; it is unsigned if an operand is an unsigned INT of 8
 *    bytes that is not `literal`, else signed; the arms of a ternary go to the ternary's type;
 *  - reading a map of count, sum, min, max or avg is an expression of type INT with 8 bytes: the
 * node is a MAP whose map's value is the aggregation;
 *  - aggregations are only called as the value of a plain ASSIGN to a MAP;
 *  - the variable of a FOR_MAP is a TUPLE of the map's key and of what reading its value gives;
 *  - the count of an UNROLL is an INT node, even where the script has a parameter;
 *  - a map meant by name has type MAP, and the CALL has `map`; has_key() and delete() convert their
 *    key argument to the map's key type; delete(@m[k]) has the key in its MAP node;
 *  - a FIELD, an INDEX and a dereference have complete types; what a POINTER to a struct points to
 *    may be a reference, which layout_complete() resolves; a pointer of SPACE_NONE may lead anywhere;
 *  - a NAME with `enumeration` is that constant; a record's fields are found by their names;
 *  - a NAME is a builtin without parameters; a CALL of such a builtin has no arguments. A bare name
 *    of a builtin whose parameters are all optional has become a CALL.
 */
#ifndef DUETRACE_CHECK_H
#define DUETRACE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/ast.h"
#include "lang/diag.h"
#include "lang/names.h"
#include "lang/type.h"

struct unit;
struct builtin;

/* A map and what only the checker wants to know of it. */
struct checked_map {
	struct map map; /* first: a struct map * of the tree is one of these */
	bool assigned, shaped, keyed, mentioned;
	bool has_numbers;
	bool vanished; /* a block without a target assigns it */
	struct span value_span, key_span; /* what gave it its types */
};

/* A scratch variable likewise. */
struct checked_variable {
	struct variable variable; /* first */
	const struct type *declared;
	struct span value_span;
};

struct check {
	struct unit *unit;
	struct arena *arena;
	struct types *types;
	struct diags *diags;
	struct probe *probe;
	struct names maps, vanished;
	struct checked_map **map_list; /* in order of first use */
	uint32_t n_maps, map_capacity;
	const struct type *poison;
	uint32_t loops;	 /* depth of enclosing loops */
	bool changed;	 /* a type has widened in this round */
	bool defaulting; /* what is still unknown is an integer */
	bool asks_for_command; /* by has_cpid */
	bool growing;	 /* strings widen in each round: what str_concat() makes has room for max_strlen */
	bool final;	 /* the last round: messages are wanted */
	uint64_t rounds; /* of the enclosing unrolls together, 0: there is none; counted when final */
	uint64_t n_statements; /* each as often as it is generated */
};

void check_unit(struct unit *unit);
/* Types of `probes`, to their last round, in which messages are given. False: they do not settle. */
bool check_probes(struct check *check, struct probe *probes);

/* check_uncalled.c */
/* Functions that nothing calls, once all else has its types; leaves nothing but messages. */
void check_uncalled(struct check *check);
/* The maps of blocks that have no target, as far as those say what they are: before all else. */
void check_vanished(struct check *check);

/* check_pinned.c: what only a duetrace that runs could do, in iterators that outlive it. */
void check_pinned(struct check *check);

/* resolve.c */
void resolve_probe(struct check *check, struct probe *probe);

/* check_type.c */
/* The type that holds both, or NULL. */
const struct type *merge_types(struct check *check, const struct type *a, const struct type *b);
/* Integers of 64 bits and different signs were merged: the result holds only one of them. */
bool merge_loses_sign(const struct type *a, const struct type *b);
const struct type *literal_type(struct check *check, uint64_t value);
const char *type_name(struct check *check, const struct type *type);
bool type_is_number(const struct type *type); /* integers and pointers, POISON included */

/* check_expr.c */
const struct type *check_expr(struct check *check, struct node *node);
/* An expression whose value is used: void is an error. */
const struct type *check_value(struct check *check, struct node *node);
const struct type *check_binary_types(struct check *check, struct node *node, enum binary_op op,
				      struct node *left, struct node *right, struct span op_span);
void widen_key(struct check *check, struct checked_map *map, const struct type *type, struct span span);
/* Whether a map can have such keys. */
bool check_is_key_type(const struct type *type);
void check_key(struct check *check, struct checked_map *map, struct node *key);
void report_undefined_map(struct check *check, struct span span, const char *name);
/* What reading an aggregation gives: its number, or itself where it has no single one. */
const struct type *check_map_read(struct check *check, const struct type *value);
struct checked_map *checked_map(struct map *map);
struct checked_variable *checked_variable(struct variable *variable);
/* Widen a map's value or a variable by a type. */
void widen_map(struct check *check, struct node *target, const struct type *type, struct span span);
void widen_variable(struct check *check, struct node *target, const struct type *type,
		    struct span span);
/* Report a literal beyond INT64_MAX that is kept as a signed type, here or in a tuple or record. */
void check_literal_fits(struct check *check, const struct node *value, const struct type *type);
/* A parameter used as a number, or compiled in: note it, and say so if it is none. */
bool check_param_number(struct check *check, struct node *node, bool baked, uint64_t *value);
/* A parameter used as a string. */
bool check_param_string(struct check *check, struct node *node);
/* The argument of str() is $1 + 2: make it the parameter, from there on. False: it is not that. */
bool check_param_offset(struct check *check, struct node *node);
bool check_condition(struct check *check, struct node *node, enum diag_tag tag, const char *what);

/* check_access.c */
const struct type *check_field(struct check *check, struct node *node);
/* `args` as a whole, where it is printed: becomes a record of what can be read of its members. */
void check_whole_args(struct check *check, struct node *node);
const struct type *check_index(struct check *check, struct node *node);
const struct type *check_deref(struct check *check, struct node *node);
const struct type *check_address(struct check *check, struct node *node);
const struct type *check_sizeof(struct check *check, struct node *node);
const struct type *check_offsetof(struct check *check, struct node *node);

/* check_cast.c */
const struct type *check_cast(struct check *check, struct node *node);
/*
 * The type that a TYPE node says, or NULL. A value of type `from` is converted to it: a pointer
 * stays in its space, an array without a count is as large.
 */
const struct type *check_type_name(struct check *check, struct node *node,
				   const struct type *from);

/* check_stmt.c */
void check_statement(struct check *check, struct node *node);
/* A BLOCK_EXPR: the type of its value, or void. */
const struct type *check_block_value(struct check *check, struct node *node);

/* check_record.c */
void check_emit(struct check *check, struct node *node);
/* Give every alert a rule. */
void check_rules(struct check *check);

/* check_call.c */
const struct type *check_call(struct check *check, struct node *node);
const struct type *check_name(struct check *check, struct node *node);

#endif
