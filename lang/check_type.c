/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How types combine. Integers widen to the smallest that holds both, strings to the larger
 * capacity, tuples element by element. A literal has no sign of its own, so it takes the other's.
 */
#include <stdint.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/check.h"

const char *type_name(struct check *check, const struct type *type)
{
	return type_text(check->arena, type);
}

bool type_is_number(const struct type *type)
{
	return type_is_integer(type) || type->kind == TYPE_POINTER || type->kind == TYPE_POISON;
}

const struct type *literal_type(struct check *check, uint64_t value)
{
	uint32_t size = 1;

	if (value > INT64_MAX)
		return type_literal_int(check->types, 8, false);
	while (size < 8 && value > (1ULL << (size * 8 - 1)) - 1)
		size *= 2;
	return type_literal_int(check->types, size, true);
}

const struct type *integer_type_named(struct check *check, const char *name)
{
	static const struct {
		const char *name;
		uint32_t size;
		bool is_signed;
	} names[] = {
		{"int8", 1, true},    {"int16", 2, true},   {"int32", 4, true},
		{"int64", 8, true},   {"uint8", 1, false},  {"uint16", 2, false},
		{"uint32", 4, false}, {"uint64", 8, false},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i].name, name))
			return type_int(check->types, names[i].size, names[i].is_signed);
	}
	return strcmp(name, "bool") != 0 ? NULL : type_bool(check->types);
}

const struct type *check_type_name(struct check *check, const struct node *node,
				   enum type_space space)
{
	const struct type *elem;

	switch (node->type_name.form) {
	case FORM_NAME:
		return integer_type_named(check, node->type_name.text);
	case FORM_STRUCT:
		return type_struct(check->types, TYPE_STRUCT, node->type_name.text, NULL, 0, 0, 1);
	case FORM_POINTER:
		elem = check_type_name(check, node->type_name.elem, space);
		return elem ? type_pointer(check->types, elem, space) : NULL;
	case FORM_UNION:
	case FORM_ENUM:
	case FORM_TYPEOF:
	case FORM_ARRAY:
		break;
	}
	return NULL;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static const struct type *merge_integers(struct check *check, const struct type *a,
					 const struct type *b)
{
	const struct type *is_signed = a->is_signed ? a : b, *is_unsigned = a->is_signed ? b : a;
	uint32_t size = larger(a->size, b->size);

	if (a->literal && b->literal)
		return type_literal_int(check->types, size, a->is_signed && b->is_signed);
	if (a->literal)
		return type_int(check->types, size, b->is_signed);
	if (b->literal)
		return type_int(check->types, size, a->is_signed);
	if (a->is_signed == b->is_signed)
		return type_int(check->types, size, a->is_signed);
	if (is_unsigned->size >= is_signed->size)
		size = is_unsigned->size < 8 ? is_unsigned->size * 2 : 8;
	return type_int(check->types, size, true);
}

bool merge_loses_sign(const struct type *a, const struct type *b)
{
	if (a->kind != TYPE_INT || b->kind != TYPE_INT || a->literal || b->literal)
		return false;
	return (a->is_signed && !b->is_signed && b->size == 8) ||
	       (b->is_signed && !a->is_signed && a->size == 8);
}

static const struct type *merge_tuples(struct check *check, const struct type *a,
				       const struct type *b)
{
	const struct type **elems;

	if (a->count != b->count)
		return NULL;
	elems = arena_array(check->arena, a->count, sizeof(*elems));
	for (uint32_t i = 0; i < a->count; i++) {
		elems[i] = merge_types(check, a->fields[i].type, b->fields[i].type);
		if (!elems[i])
			return NULL;
	}
	return type_tuple(check->types, elems, a->count);
}

const struct type *merge_types(struct check *check, const struct type *a, const struct type *b)
{
	if (a == b || b->kind == TYPE_POISON)
		return a;
	if (a->kind == TYPE_POISON)
		return b;
	if (a->kind == TYPE_INT && b->kind == TYPE_INT)
		return merge_integers(check, a, b);
	if (a->kind == TYPE_BOOL && b->kind == TYPE_INT)
		return b;
	if (a->kind == TYPE_INT && b->kind == TYPE_BOOL)
		return a;
	if (a->kind != b->kind)
		return NULL;
	if (a->kind == TYPE_STRING)
		return a->size > b->size ? a : b;
	if (a->kind == TYPE_TUPLE)
		return merge_tuples(check, a, b);
	if (a->kind == TYPE_POINTER)
		return type_pointer(check->types, a->elem == b->elem ? a->elem : NULL,
				    a->space == b->space ? a->space : SPACE_KERNEL);
	if (type_is_aggregation(a))
		return type_simple(check->types, a->kind, a->is_signed || b->is_signed);
	return NULL;
}
