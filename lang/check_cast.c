/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Casts: between numbers, from numbers to pointers, arrays and enums, from memory to strings,
 * buffers and arrays, and from a struct in memory to another that is said to be there.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/check.h"
#include "lang/layout.h"
#include "lang/unit.h"

/* The operands of typeof get their types first: layout_type() reads them. */
static void check_typeof(struct check *check, struct node *node)
{
	struct node *operand = node->type_name.operand;

	if (node->type_name.form == FORM_TYPEOF)
		operand->type = operand->kind == NODE_TYPE
					? check_type_name(check, operand, check->poison)
					: check_value(check, operand);
	for (uint32_t i = 0; node->type_name.form == FORM_TUPLE && i < operand->list.count; i++)
		check_typeof(check, operand->list.items[i]);
	if (node->type_name.elem)
		check_typeof(check, node->type_name.elem);
}

const struct type *check_type_name(struct check *check, struct node *node, const struct type *from)
{
	const struct type *type;
	uint32_t size = from->kind == TYPE_POINTER ? 0 : from->size;

	if (from->kind == TYPE_INT && from->literal)
		size = 8;
	check_typeof(check, node);
	type = layout_type(check->unit, node, size);
	if (type && type->kind == TYPE_POINTER && type->space == SPACE_NONE &&
	    from->kind == TYPE_POINTER)
		type = type_pointer(check->types, type->elem, from->space);
	if (type && type->kind == TYPE_POISON)
		type = NULL;
	return node->type = type;
}

static bool is_memory(const struct type *type)
{
	return type->kind == TYPE_STRING || type->kind == TYPE_ARRAY || type->kind == TYPE_BUFFER;
}

static bool castable(const struct type *from, const struct type *to)
{
	if (to->kind == TYPE_BOOL && from->kind == TYPE_STRING)
		return true;
	if (type_is_integer(to))
		return type_is_number(from) || (from->kind == TYPE_ARRAY && from->size <= 8);
	if (to->kind == TYPE_POINTER)
		return type_is_number(from);
	if (to->kind == TYPE_ARRAY)
		return type_is_integer(from) || is_memory(from) || from->kind == TYPE_POINTER;
	if (to->kind == TYPE_STRING || to->kind == TYPE_BUFFER)
		return is_memory(from) || from->kind == TYPE_POINTER;
	if (to->kind == TYPE_STRUCT)
		return from == to || from->kind == TYPE_STRUCT || from->kind == TYPE_ARRAY ||
		       from->kind == TYPE_INT;
	return from == to;
}

/* What a pointer leads to in the end, if it is a struct that nobody has defined; or NULL. */
static const struct type *undefined_struct(struct check *check, const struct type *type)
{
	while (type && type->kind == TYPE_POINTER)
		type = type->elem;
	return type && type->kind == TYPE_STRUCT && !layout_complete(check->unit, type) ? type : NULL;
}

const struct type *check_cast(struct check *check, struct node *node)
{
	const struct type *from = check_value(check, node->cast.operand);
	const struct type *to = check_type_name(check, node->cast.type_name, from);
	const struct node *operand = node->cast.operand;

	if (!to && node->cast.type_name->type_name.form == FORM_TYPEOF)
		return check->poison;
	if (!to) {
		diag_report(check->diags, DIAG_unknown_type, node->span,
			    ast_type_text(check->arena, node->cast.type_name));
		return check->poison;
	}
	if (undefined_struct(check, to))
		diag_report(check->diags, DIAG_unknown_type, node->span,
			    type_name(check, undefined_struct(check, to)));
	if (from->kind == TYPE_POISON)
		return to->kind == TYPE_POISON ? from : to;
	if (!castable(from, to)) {
		diag_report(check->diags, DIAG_bad_cast, node->span, type_name(check, from),
			    type_name(check, to));
		return check->poison;
	}
	if (from == to && operand->kind != NODE_MAP)
		diag_report(check->diags, DIAG_unnecessary_cast, node->span, type_name(check, to));
	return to;
}
