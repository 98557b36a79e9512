/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of binary operators, for `a + b` as for `a += b`. The operands' types are known already.
 */
#include "lang/arena.h"
#include "lang/check.h"
#include "lang/ops.h"
#include "lang/unit.h"

static const struct type *report_types(struct check *check, const struct node *node,
				       enum binary_op op, const struct type *left,
				       const struct type *right)
{
	struct diag *diag = diag_report(check->diags, DIAG_bad_binary, node->span, binary_text(op),
					type_name(check, left), type_name(check, right));

	if (op == BINARY_ADD && (left->kind == TYPE_STRING || right->kind == TYPE_STRING))
		diag_hint(check->diags, diag, DIAG_hint_concat);
	return check->poison;
}

/* A sign that no literal can follow. */
static bool firmly_signed(const struct type *type)
{
	return type->kind == TYPE_INT && type->is_signed && !type->literal;
}

static bool beyond_signed(const struct type *type)
{
	return type->kind == TYPE_INT && type->literal && !type->is_signed && type->size == 8;
}

/* Known when compiling: no warning about what it may do then. */
static bool constant(const struct node *node)
{
	return node->kind == NODE_INT ||
	       (node->kind == NODE_UNARY && node->unary.operand->kind == NODE_INT);
}

/* Until the kernel's cpu v4, BPF has no signed division. */
static void warn_division(struct check *check, enum binary_op op, const struct node *left,
			  const struct node *right, struct span op_span)
{
	if (op != BINARY_DIV && op != BINARY_MOD)
		return;
	if (constant(left) && constant(right))
		return;
	if (firmly_signed(left->type) || firmly_signed(right->type))
		diag_report(check->diags, DIAG_signed_division, op_span, binary_text(op));
}

static const struct type *pointer_arithmetic(struct check *check, const struct node *node,
					     enum binary_op op, const struct type *left,
					     const struct type *right)
{
	if (op == BINARY_ADD && left->kind == TYPE_POINTER && type_is_integer(right))
		return left;
	if (op == BINARY_ADD && right->kind == TYPE_POINTER && type_is_integer(left))
		return right;
	if (op == BINARY_SUB && left->kind == TYPE_POINTER && type_is_integer(right))
		return left;
	return report_types(check, node, op, left, right);
}

static const struct type *arithmetic(struct check *check, const struct node *node,
				     enum binary_op op, const struct type *left,
				     const struct type *right)
{
	if (left->kind == TYPE_POISON || right->kind == TYPE_POISON) {
		const struct type *other = left->kind == TYPE_POISON ? right : left;

		if (other->kind != TYPE_POISON && !type_is_number(other))
			return report_types(check, node, op, left, right);
		return check->defaulting && !check->final ? type_int(check->types, 8, true)
							  : check->poison;
	}
	if (left->kind == TYPE_POINTER || right->kind == TYPE_POINTER)
		return pointer_arithmetic(check, node, op, left, right);
	if (!type_is_integer(left) || !type_is_integer(right))
		return report_types(check, node, op, left, right);
	if (op == BINARY_SUB || firmly_signed(left) || firmly_signed(right))
		return type_int(check->types, 8, true);
	/* A literal is unsigned only beyond INT64_MAX; the other, which is not negative, follows it. */
	if ((left->literal || left->kind != TYPE_INT) &&
	    (right->literal || right->kind != TYPE_INT))
		return type_literal_int(check->types, 8,
					!beyond_signed(left) && !beyond_signed(right) &&
						(left->is_signed || right->is_signed));
	return type_int(check->types, 8, false);
}

static bool comparable(const struct type *left, const struct type *right);

/* Elements of tuples, of the same places, and of records, of the same names. */
static bool comparable_fields(const struct type *left, const struct type *right)
{
	if (left->count != right->count)
		return false;
	for (uint32_t i = 0; i < left->count; i++) {
		const struct type_field *other = left->is_record
							 ? type_field(right, left->fields[i].name)
							 : &right->fields[i];
		const struct type *a = left->fields[i].type, *b = other ? other->type : NULL;

		if (!b || (!comparable(a, b) && !(type_is_integer(a) && type_is_integer(b)) &&
			   !(a->kind == TYPE_POINTER && b->kind == TYPE_POINTER)))
			return false;
	}
	return true;
}

/* Byte by byte, or by their texts. */
static bool comparable(const struct type *left, const struct type *right)
{
	if (left->kind != right->kind)
		return false;
	if (left->kind == TYPE_TUPLE)
		return comparable_fields(left, right);
	if (left->kind == TYPE_STRUCT)
		return left->is_record && right->is_record && comparable_fields(left, right);
	if (left->kind == TYPE_ARRAY)
		return left->elem == right->elem && left->count == right->count;
	return left->kind == TYPE_STRING || left->kind == TYPE_BUFFER || left->kind == TYPE_PROBE ||
	       left->kind == TYPE_INET || left->kind == TYPE_MACADDR || left->kind == TYPE_USYM ||
	       left->kind == TYPE_KSTACK || left->kind == TYPE_USTACK || type_is_name(left) ||
	       type_is_quantity(left);
}

/* A parameter compared with a string is a string; no number could be meant. */
static void settle_params(struct check *check, struct node *left, struct node *right)
{
	if (left->type->kind == TYPE_STRING)
		check_param_string(check, right);
	if (right->type->kind == TYPE_STRING)
		check_param_string(check, left);
}

static void warn_signs(struct check *check, const struct node *left, const struct node *right,
		       struct span span)
{
	const struct type *a = left->type, *b = right->type;

	if (a->kind != TYPE_INT || b->kind != TYPE_INT || a->literal || b->literal ||
	    a->is_signed == b->is_signed)
		return;
	/* a constant that is not negative, or an unsigned type that is smaller, compares right */
	if ((a->is_signed && b->size < 8) || (b->is_signed && a->size < 8))
		return;
	diag_report(check->diags, DIAG_compare_signs, span, type_name(check, a),
		    type_name(check, b));
}

/* probe == "begin": the other way round too. */
static bool probe_and_name(const struct node *left, const struct node *right)
{
	return (left->type->kind == TYPE_PROBE && right->kind == NODE_STRING) ||
	       (left->kind == NODE_STRING && right->type->kind == TYPE_PROBE);
}

static void comparison(struct check *check, const struct node *node, enum binary_op op,
		       struct node *left, struct node *right)
{
	const struct type *a, *b;
	struct diag *diag;

	settle_params(check, left, right);
	a = left->type;
	b = right->type;
	if (a->kind == TYPE_POISON || b->kind == TYPE_POISON)
		return;
	if (a->kind == TYPE_POINTER && b->kind == TYPE_POINTER && a->elem && b->elem &&
	    a->elem != b->elem)
		diag_report(check->diags, DIAG_compare_pointers, node->span, type_name(check, a),
			    type_name(check, b));
	if (type_is_number(a) && type_is_number(b)) {
		warn_signs(check, left, right, node->span);
		return;
	}
	if (probe_and_name(left, right) && (op == BINARY_EQ || op == BINARY_NE))
		return;
	if (comparable(a, b) && (op == BINARY_EQ || op == BINARY_NE))
		return;
	if (comparable(a, b)) {
		report_types(check, node, op, a, b);
		return;
	}
	diag = diag_report(check->diags, DIAG_compare_mismatch, node->span, binary_text(op),
			   type_name(check, a), type_name(check, b));
	diag_note(check->diags, diag, DIAG_left_operand, left->span, type_name(check, a));
	diag_note(check->diags, diag, DIAG_right_operand, right->span, type_name(check, b));
}

const struct type *check_binary_types(struct check *check, struct node *node, enum binary_op op,
				      struct node *left, struct node *right, struct span op_span)
{
	switch (binary_class(op)) {
	case CLASS_ARITH:
	case CLASS_SHIFT:
		warn_division(check, op, left, right, op_span);
		return arithmetic(check, node, op, left->type, right->type);
	case CLASS_COMPARE:
		comparison(check, node, op, left, right);
		break;
	case CLASS_LOGIC:
		if (!type_is_number(left->type) || !type_is_number(right->type))
			report_types(check, node, op, left->type, right->type);
		break;
	}
	return type_bool(check->types);
}
