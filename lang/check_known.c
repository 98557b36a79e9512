/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that are answered when the script is compiled, and assertions about the answers.
 */
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/ops.h"
#include "lang/proto.h"

#define CHECK(name)                                                                                \
	const struct type *check_builtin_##name(struct check *check, struct node *node,            \
						const struct type *result)

/* Builtins whose value is their call's `constant`. */
static bool is_question(enum builtin_id id)
{
	return id == BUILTIN_is_integer || id == BUILTIN_is_unsigned_integer ||
	       id == BUILTIN_is_str || id == BUILTIN_is_ptr || id == BUILTIN_is_array ||
	       id == BUILTIN_is_literal;
}

static bool combine(enum binary_op op, int64_t a, int64_t b, int64_t *value)
{
	if (op == BINARY_EQ)
		*value = a == b;
	else if (op == BINARY_NE)
		*value = a != b;
	else if (op == BINARY_LT)
		*value = a < b;
	else if (op == BINARY_LE)
		*value = a <= b;
	else if (op == BINARY_GT)
		*value = a > b;
	else if (op == BINARY_GE)
		*value = a >= b;
	else if (op == BINARY_LAND)
		*value = a && b;
	else if (op == BINARY_LOR)
		*value = a || b;
	else if (op == BINARY_ADD)
		*value = (int64_t)((uint64_t)a + (uint64_t)b);
	else
		return false;
	return true;
}

/* The value of an expression of literals and questions; false if it is not known. */
static bool known_value(const struct node *node, int64_t *value)
{
	int64_t left, right;

	if (node->kind == NODE_INT || node->kind == NODE_BOOL) {
		*value = (int64_t)node->integer.value;
		return true;
	}
	if (node->kind == NODE_CALL && node->call.builtin && is_question(node->call.builtin->id)) {
		*value = (int64_t)node->call.constant;
		return true;
	}
	if (node->kind == NODE_UNARY && node->unary.op == UNARY_NOT &&
	    known_value(node->unary.operand, value)) {
		*value = !*value;
		return true;
	}
	return node->kind == NODE_BINARY && known_value(node->binary.left, &left) &&
	       known_value(node->binary.right, &right) &&
	       combine(node->binary.op, left, right, value);
}

CHECK(static_assert)
{
	const struct node *condition = node->call.args.items[0];
	int64_t value;

	if (!known_value(condition, &value))
		diag_report(check->diags, DIAG_not_known_yet, condition->span, node->call.text);
	else if (!value)
		diag_report(check->diags, DIAG_script_failed, node->span,
			    node->call.args.items[1]->string.bytes);
	return result;
}

CHECK(assert_str)
{
	const struct node *value = node->call.args.items[0];

	if (value->type->kind != TYPE_STRING && value->type->kind != TYPE_POISON)
		diag_report(check->diags, DIAG_not_a_string, value->span,
			    type_name(check, value->type));
	return result;
}

/* Keep the answer to a question. */
static const struct type *answer(struct node *node, bool yes, const struct type *result)
{
	node->call.constant = yes;
	return result;
}

static const struct type *asked_type(const struct node *node)
{
	return node->call.args.items[0]->type;
}

CHECK(is_integer)
{
	(void)check;
	return answer(node, asked_type(node)->kind == TYPE_INT, result);
}

CHECK(is_unsigned_integer)
{
	(void)check;
	return answer(node, asked_type(node)->kind == TYPE_INT && !asked_type(node)->is_signed,
		      result);
}

CHECK(is_str)
{
	(void)check;
	return answer(node, asked_type(node)->kind == TYPE_STRING, result);
}

CHECK(is_ptr)
{
	(void)check;
	return answer(node, asked_type(node)->kind == TYPE_POINTER, result);
}

CHECK(is_array)
{
	(void)check;
	return answer(node, asked_type(node)->kind == TYPE_ARRAY, result);
}

CHECK(is_literal)
{
	enum node_kind kind = node->call.args.items[0]->kind;

	(void)check;
	return answer(node, kind == NODE_INT || kind == NODE_STRING || kind == NODE_BOOL, result);
}
