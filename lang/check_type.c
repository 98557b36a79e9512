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

/* A record's order is that of the first; the other's fields go to those of the same names. */
static const struct type *merge_records(struct check *check, const struct type *a,
					const struct type *b)
{
	const struct type **elems;
	const char **names;

	if (!a->is_record || !b->is_record || a->count != b->count)
		return NULL;
	elems = arena_array(check->arena, a->count, sizeof(*elems));
	names = arena_array(check->arena, a->count, sizeof(*names));
	for (uint32_t i = 0; i < a->count; i++) {
		const struct type_field *other = type_field(b, a->fields[i].name);

		names[i] = a->fields[i].name;
		elems[i] = other ? merge_types(check, a->fields[i].type, other->type) : NULL;
		if (!elems[i])
			return NULL;
	}
	return type_record(check->types, names, elems, a->count);
}

/* An enum that meets another number is a number. */
static const struct type *plain_integer(struct check *check, const struct type *type)
{
	return type->kind == TYPE_ENUM ? type_int(check->types, type->size, type->is_signed) : type;
}

const struct type *merge_types(struct check *check, const struct type *a, const struct type *b)
{
	if (a == b || b->kind == TYPE_POISON)
		return a;
	if (a->kind == TYPE_POISON)
		return b;
	a = plain_integer(check, a);
	b = plain_integer(check, b);
	if (a == b)
		return a;
	if (a->kind == TYPE_INT && b->kind == TYPE_INT)
		return merge_integers(check, a, b);
	if (a->kind == TYPE_BOOL && b->kind == TYPE_INT)
		return b;
	if (a->kind == TYPE_INT && b->kind == TYPE_BOOL)
		return a;
	if (a->kind != b->kind)
		return NULL;
	if (a->kind == TYPE_STRING || a->kind == TYPE_BUFFER)
		return a->size > b->size ? a : b;
	if (a->kind == TYPE_TUPLE)
		return merge_tuples(check, a, b);
	if (a->kind == TYPE_STRUCT)
		return merge_records(check, a, b);
	if (a->kind == TYPE_BUFFER)
		return a->size > b->size ? a : b;
	if (a->kind == TYPE_POINTER)
		return type_pointer(check->types, a->elem == b->elem ? a->elem : NULL,
				    a->space == b->space ? a->space : SPACE_NONE);
	if (type_is_aggregation(a))
		return type_of_quantity(check->types,
					type_simple(check->types, a->kind, a->is_signed || b->is_signed),
					a->elem == b->elem ? a->elem : NULL);
	return NULL;
}
