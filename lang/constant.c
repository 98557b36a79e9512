/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/constant.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/ops.h"

/* Holds what two 64-bit numbers of any sign can make. */
__extension__ typedef __int128 wide;

bool constant_literal(const struct node *node, struct constant *value)
{
	*value = (struct constant){.kind = CONSTANT_INT};
	if (node->kind == NODE_INT || node->kind == NODE_BOOL) {
		value->kind = node->kind == NODE_INT ? CONSTANT_INT : CONSTANT_BOOL;
		value->value = node->integer.value;
		return true;
	}
	if (node->kind == NODE_STRING) {
		value->kind = CONSTANT_STRING;
		value->text = node->string.bytes;
		value->length = node->string.length;
		return true;
	}
	if (node->kind != NODE_UNARY || node->unary.op != UNARY_NEGATE ||
	    node->unary.operand->kind != NODE_INT ||
	    node->unary.operand->integer.value > (uint64_t)INT64_MAX + 1)
		return false;
	value->value = 0 - node->unary.operand->integer.value;
	value->negative = value->value != 0;
	return true;
}

struct constant constant_int(int64_t value)
{
	return (struct constant){CONSTANT_INT, value < 0, (uint64_t)value, NULL, 0};
}

struct constant constant_bool(bool value)
{
	return (struct constant){.kind = CONSTANT_BOOL, .value = value};
}

struct constant constant_text(const char *text)
{
	return (struct constant){.kind = CONSTANT_STRING, .text = text, .length = strlen(text)};
}

bool constant_truth(const struct constant *value)
{
	return value->kind == CONSTANT_STRING ? value->length : value->value;
}

static wide widen(const struct constant *value)
{
	return value->negative ? (wide)(int64_t)value->value : (wide)value->value;
}

static enum constant_result fit(wide number, struct constant *value)
{
	if (number < INT64_MIN || number > UINT64_MAX)
		return CONSTANT_OVERFLOW;
	*value = (struct constant){CONSTANT_INT, number < 0, (uint64_t)number, NULL, 0};
	return CONSTANT_KNOWN;
}

enum constant_result constant_unary(enum unary_op op, const struct constant *operand,
				    struct constant *value)
{
	const uint64_t complement = ~operand->value;

	if (operand->kind == CONSTANT_STRING)
		return CONSTANT_UNKNOWN;
	if (op == UNARY_NOT) {
		*value = constant_bool(!operand->value);
		return CONSTANT_KNOWN;
	}
	if (operand->kind != CONSTANT_INT)
		return CONSTANT_UNKNOWN;
	if (op == UNARY_NEGATE)
		return fit(-widen(operand), value);
	/* of an int64 it is one, of a number that only a uint64 holds too */
	if (op == UNARY_COMPLEMENT && operand->value > INT64_MAX && !operand->negative)
		return fit(complement, value);
	return op == UNARY_COMPLEMENT ? fit(~widen(operand), value) : CONSTANT_UNKNOWN;
}

/* A bit pattern is negative if one of its operands was. */
static enum constant_result pattern(uint64_t bits, bool is_signed, struct constant *value)
{
	return fit(is_signed ? (wide)(int64_t)bits : (wide)bits, value);
}

static enum constant_result shift(enum binary_op op, const struct constant *left, wide count,
				  struct constant *value)
{
	if (count < 0 || count > 63)
		return CONSTANT_UNKNOWN;
	if (op == BINARY_SHR)
		return fit(widen(left) >> (int)count, value);
	return pattern(left->value << (int)count, left->negative, value);
}

static enum constant_result arithmetic(enum binary_op op, const struct constant *left,
				       const struct constant *right, struct constant *value)
{
	wide a = widen(left), b = widen(right);
	bool is_signed = left->negative || right->negative;

	switch (op) {
	case BINARY_ADD:
		return fit(a + b, value);
	case BINARY_SUB:
		return fit(a - b, value);
	case BINARY_MUL:
		return fit(a * b, value);
	case BINARY_DIV:
		return b ? fit(a / b, value) : CONSTANT_UNKNOWN;
	case BINARY_MOD:
		return b ? fit(a % b, value) : CONSTANT_UNKNOWN;
	case BINARY_AND:
		return pattern(left->value & right->value, is_signed, value);
	case BINARY_OR:
		return pattern(left->value | right->value, is_signed, value);
	case BINARY_XOR:
		return pattern(left->value ^ right->value, is_signed, value);
	case BINARY_SHL:
	case BINARY_SHR:
		return shift(op, left, b, value);
	case BINARY_EQ:
	case BINARY_NE:
	case BINARY_LT:
	case BINARY_LE:
	case BINARY_GT:
	case BINARY_GE:
	case BINARY_LAND:
	case BINARY_LOR:
	case BINARY_OPS:
		break;
	}
	return CONSTANT_UNKNOWN;
}

/* `order` is below 0, 0 or above 0. */
static enum constant_result compare(enum binary_op op, int order, struct constant *value)
{
	const bool holds[] = {
		[BINARY_EQ] = order == 0,
		[BINARY_NE] = order != 0,
		[BINARY_LT] = order<0, [BINARY_LE] = order <= 0, [BINARY_GT] = order> 0,
		[BINARY_GE] = order >= 0,
	};

	*value = constant_bool(holds[op]);
	return CONSTANT_KNOWN;
}

static enum constant_result compare_texts(enum binary_op op, const struct constant *left,
					  const struct constant *right, struct constant *value)
{
	if (op != BINARY_EQ && op != BINARY_NE)
		return CONSTANT_UNKNOWN;
	return compare(op,
		       left->length != right->length ||
			       memcmp(left->text, right->text, left->length) != 0,
		       value);
}

enum constant_result constant_binary(enum binary_op op, const struct constant *left,
				     const struct constant *right, struct constant *value)
{
	bool text = left->kind == CONSTANT_STRING;

	if (text != (right->kind == CONSTANT_STRING))
		return CONSTANT_UNKNOWN;
	if (op == BINARY_LAND || op == BINARY_LOR) {
		if (text)
			return CONSTANT_UNKNOWN;
		*value = constant_bool(op == BINARY_LAND ? left->value && right->value
							 : left->value || right->value);
		return CONSTANT_KNOWN;
	}
	if (binary_class(op) == CLASS_COMPARE && text)
		return compare_texts(op, left, right, value);
	if (binary_class(op) == CLASS_COMPARE)
		return compare(op, (widen(left) > widen(right)) - (widen(left) < widen(right)),
			       value);
	if (left->kind != CONSTANT_INT || right->kind != CONSTANT_INT)
		return CONSTANT_UNKNOWN;
	return arithmetic(op, left, right, value);
}

void constant_into(struct arena *arena, struct node *node, const struct constant *value)
{
	struct node *operand = NULL;

	if (value->kind == CONSTANT_STRING) {
		node->kind = NODE_STRING;
		node->string.bytes = value->text;
		node->string.length = value->length;
		return;
	}
	if (value->negative) {
		operand = arena_alloc(arena, sizeof(*operand));
		*operand = (struct node){.kind = NODE_INT, .span = node->span};
		operand->integer.value = 0 - value->value;
		node->kind = NODE_UNARY;
		node->unary.op = UNARY_NEGATE;
		node->unary.operand = operand;
		return;
	}
	node->kind = value->kind == CONSTANT_BOOL ? NODE_BOOL : NODE_INT;
	node->integer.value = value->value;
}
