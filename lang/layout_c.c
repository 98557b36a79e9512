/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script's definitions, laid out by the C ABI: each member at a multiple of its alignment,
 * bitfields in words of their own type, and none of that where __attribute__((packed)) is said.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/layout.h"
#include "lang/layout_build.h"
#include "lang/unit.h"

struct laying {
	struct unit *unit;
	const struct definition *definition;
	struct layout_members members;
	uint64_t bits; /* where the next member may begin */
	uint64_t end;  /* of the largest member of a union, in bits */
	uint32_t align;
};

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

static bool is_char(const struct node *type)
{
	return type->type_name.form == FORM_NAME && !strcmp(type->type_name.text, "char");
}

/* What a pointer points to: a struct only by reference. */
static const struct type *pointee(struct unit *unit, const struct node *node)
{
	enum type_form form = node->type_name.form;
	const struct type *type;

	if ((form == FORM_STRUCT || form == FORM_UNION) && !node->type_name.definition)
		return layout_reference(unit, form == FORM_UNION, node->type_name.text);
	type = layout_type(unit, node, 0);
	if (type && type->kind == TYPE_STRUCT && *type->name && !type->is_record)
		return layout_reference(unit, type->is_union, type->name);
	return type && type->kind == TYPE_VOID ? NULL : type;
}

static const struct type *array_type(struct unit *unit, const struct node *node, uint32_t size)
{
	const struct node *elem_node = node->type_name.elem;
	const char *name = elem_node->type_name.form == FORM_NAME ? elem_node->type_name.text : "";
	bool is_string = !strcmp(name, "string"), is_buffer = !strcmp(name, "buffer");
	const struct type *elem = is_string || is_buffer ? type_int(unit->types, 1, true)
							 : layout_type(unit, elem_node, 0);
	int64_t count;

	if (!elem || elem == type_void(unit->types))
		return NULL;
	if (!node->type_name.operand)
		count = elem->size ? size / elem->size : 0;
	else if (!layout_constant(unit, node->type_name.operand, &count) || count < 0 ||
		 count > LAYOUT_MAX_SIZE)
		return NULL;
	if (is_string)
		return type_string(unit->types, count ? (uint32_t)count : 1);
	if (is_buffer)
		return type_buffer(unit->types, (uint32_t)count);
	return layout_array(unit, elem, is_char(elem_node), (uint64_t)count);
}

const struct type *layout_type(struct unit *unit, const struct node *node, uint32_t size)
{
	if (node->type_name.definition)
		return layout_from_definition(unit, node->type_name.definition);
	switch (node->type_name.form) {
	case FORM_NAME:
		if (!strcmp(node->type_name.text, "string"))
			return type_string(unit->types, size ? size : unit->options->max_strlen);
		if (!strcmp(node->type_name.text, "buffer"))
			return type_buffer(unit->types, size);
		return layout_named(unit, FORM_NAME, node->type_name.text);
	case FORM_STRUCT:
	case FORM_UNION:
	case FORM_ENUM:
		return layout_named(unit, node->type_name.form, node->type_name.text);
	case FORM_TYPEOF:
		return node->type_name.operand->type;
	case FORM_POINTER:
		return type_pointer(unit->types, pointee(unit, node->type_name.elem), SPACE_NONE);
	case FORM_ARRAY:
		return array_type(unit, node, size);
	}
	return NULL;
}

static void add_bitfield(struct laying *laying, const char *name, const struct type *type,
			 uint32_t width)
{
	uint32_t word = type->size * 8;
	struct type_field field = {.name = name, .type = type, .bits = (uint16_t)width};
	uint64_t at = laying->definition->form == FORM_UNION ? 0 : laying->bits;

	if (!width || width > word) {
		laying->bits = round_up(laying->bits, word);
		return;
	}
	if (!laying->definition->packed && at % word + width > word)
		at = round_up(at, word);
	field.offset = (uint32_t)(at % word + width <= word ? at / word * type->size : at / 8);
	field.bit = (uint16_t)(at - (uint64_t)field.offset * 8);
	laying->bits = at + width;
	if (laying->bits > laying->end)
		laying->end = laying->bits;
	if (*name && !laying->definition->packed && type->align > laying->align)
		laying->align = type->align;
	layout_add(&laying->members, field);
}

static void add_plain(struct laying *laying, const char *name, const struct type *type)
{
	uint32_t align = laying->definition->packed || !type->align ? 1 : type->align;
	uint64_t at =
		laying->definition->form == FORM_UNION ? 0 : round_up(laying->bits, align * 8);

	laying->bits = at + (uint64_t)type->size * 8;
	if (laying->bits > laying->end)
		laying->end = laying->bits;
	if (align > laying->align)
		laying->align = align;
	layout_add(&laying->members,
		   (struct type_field){.name = name, .type = type, .offset = (uint32_t)(at / 8)});
}

static bool add_member(struct laying *laying, const struct member *member)
{
	const struct type *type = layout_type(laying->unit, member->type, 0);
	int64_t width;

	if (!type || type == type_void(laying->unit->types))
		return false;
	if (!member->value) {
		add_plain(laying, member->name, type);
		return laying->end < (uint64_t)LAYOUT_MAX_SIZE * 8;
	}
	if (!type_is_integer(type) || !layout_constant(laying->unit, member->value, &width) ||
	    width < 0 || width > (int64_t)type->size * 8)
		return false;
	add_bitfield(laying, member->name, type, (uint32_t)width);
	return true;
}

static bool add_enumerator(struct unit *unit, const struct member *member,
			   struct layout_enum *reading, struct type_field *field)
{
	field->name = member->name;
	if (reading->count)
		field->value = field[-1].value + 1;
	if (member->value && !layout_constant(unit, member->value, &field->value))
		return false;
	reading->count++;
	return true;
}

static const struct type *enumeration(struct unit *unit, const struct definition *definition)
{
	struct type_field *fields =
		arena_array(unit->arena, definition->n_members, sizeof(*fields));
	struct layouts *all = layouts_of(unit);
	struct layout_enum reading = {definition, fields, 0, all->enums};
	bool is_signed = false, wide = false, good = true;

	all->enums = &reading;
	for (uint32_t i = 0; good && i < definition->n_members; i++) {
		good = add_enumerator(unit, &definition->members[i], &reading, &fields[i]);
		is_signed |= fields[i].value < 0;
		wide |= fields[i].value > UINT32_MAX || fields[i].value < INT32_MIN;
	}
	all->enums = reading.outer;
	if (!good)
		return NULL;
	return type_enum(unit->types, definition->name, fields, definition->n_members, wide ? 8 : 4,
			 is_signed);
}

const struct type *layout_from_definition(struct unit *unit, const struct definition *definition)
{
	struct laying laying = {
		.unit = unit, .definition = definition, .members.unit = unit, .align = 1};
	uint32_t size;

	if (definition->form == FORM_ENUM)
		return enumeration(unit, definition);
	if (definition->form == FORM_NAME)
		return layout_type(unit, definition->members[0].type, 0);
	for (uint32_t i = 0; i < definition->n_members; i++) {
		if (!add_member(&laying, &definition->members[i])) {
			diag_report(&unit->diags, DIAG_bad_member, definition->members[i].span,
				    definition->members[i].name);
			return NULL;
		}
	}
	if (definition->aligned > laying.align)
		laying.align = definition->aligned;
	size = (uint32_t)(round_up(laying.end, (uint64_t)laying.align * 8) / 8);
	if (definition->form == FORM_UNION)
		return type_union(unit->types, definition->name, laying.members.items,
				  laying.members.count, size, laying.align);
	return type_struct(unit->types, TYPE_STRUCT, definition->name, laying.members.items,
			   laying.members.count, size, laying.align);
}

static bool binary_constant(enum binary_op op, int64_t a, int64_t b, int64_t *value)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	if (op == BINARY_ADD)
		*value = (int64_t)(x + y);
	else if (op == BINARY_SUB)
		*value = (int64_t)(x - y);
	else if (op == BINARY_MUL)
		*value = (int64_t)(x * y);
	else if (op == BINARY_DIV && y)
		*value = (int64_t)(x / y);
	else if (op == BINARY_SHL)
		*value = (int64_t)(x << (y & 63));
	else if (op == BINARY_SHR)
		*value = (int64_t)(x >> (y & 63));
	else if (op == BINARY_OR)
		*value = a | b;
	else if (op == BINARY_AND)
		*value = a & b;
	else
		return false;
	return true;
}

/* An enumerator, of an enum that is being read too. */
static bool name_constant(struct unit *unit, const char *name, int64_t *value)
{
	const struct layout_enum *reading = layouts_of(unit)->enums;
	const struct type *type;

	for (; reading; reading = reading->outer) {
		for (uint32_t i = 0; i < reading->count; i++) {
			if (strcmp(reading->fields[i].name, name) != 0)
				continue;
			*value = reading->fields[i].value;
			return true;
		}
	}
	return layout_enumerator(unit, name, &type, value);
}

bool layout_constant(struct unit *unit, const struct node *node, int64_t *value)
{
	const struct type *type;
	int64_t left, right;

	if (node->kind == NODE_INT || node->kind == NODE_BOOL) {
		*value = (int64_t)node->integer.value;
		return true;
	}
	if (node->kind == NODE_NAME)
		return name_constant(unit, node->name.text, value);
	if (node->kind == NODE_UNARY && node->unary.op == UNARY_NEGATE) {
		if (!layout_constant(unit, node->unary.operand, value))
			return false;
		*value = (int64_t)(0 - (uint64_t)*value);
		return true;
	}
	if (node->kind == NODE_SIZEOF && node->one.value->kind == NODE_TYPE) {
		type = layout_type(unit, node->one.value, 0);
		*value = type ? type->size : 0;
		return type != NULL;
	}
	return node->kind == NODE_BINARY && layout_constant(unit, node->binary.left, &left) &&
	       layout_constant(unit, node->binary.right, &right) &&
	       binary_constant(node->binary.op, left, right, value);
}
