/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that are known when the script is compiled, and what operators make of them. Integers are
 * counted as they are written: one is out of range when neither int64 nor uint64 holds it.
 */
#ifndef DUETRACE_CONSTANT_H
#define DUETRACE_CONSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/ast.h"

struct arena;

enum constant_kind { CONSTANT_INT, CONSTANT_BOOL, CONSTANT_STRING };

struct constant {
	enum constant_kind kind;
	bool negative;	  /* INT: `value` is an int64 below 0 */
	uint64_t value;	  /* INT; BOOL: 0 or 1 */
	const char *text; /* STRING */
	size_t length;
};

enum constant_result {
	CONSTANT_KNOWN,
	CONSTANT_UNKNOWN,  /* the operator does not go with these, or what comes out is left to run
			      time */
	CONSTANT_OVERFLOW, /* no integer can hold it */
};

/* A literal: a number, also a negative one, a truth value, a string. */
bool constant_literal(const struct node *node, struct constant *value);
struct constant constant_int(int64_t value);
struct constant constant_bool(bool value);
struct constant constant_text(const char *text);
bool constant_truth(const struct constant *value);
enum constant_result constant_unary(enum unary_op op, const struct constant *operand,
				    struct constant *value);
enum constant_result constant_binary(enum binary_op op, const struct constant *left,
				     const struct constant *right, struct constant *value);
/* Make a node the literal of a value. */
void constant_into(struct arena *arena, struct node *node, const struct constant *value);

#endif
