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

static const struct type *tuple_type(struct unit *unit, const struct node_list *types)
{
	const struct type **elems = arena_array(unit->arena, types->count, sizeof(*elems));

	for (uint32_t i = 0; i < types->count; i++) {
		elems[i] = layout_type(unit, types->items[i], 0);
		if (!elems[i] || elems[i] == type_void(unit->types))
			return NULL;
		if (elems[i]->kind == TYPE_POISON || type_is_aggregation(elems[i]))
			return NULL;
	}
	return type_tuple(unit->types, elems, types->count);
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
	case FORM_TUPLE:
		return tuple_type(unit, &node->type_name.operand->list);
	}
	return NULL;
}

static uint32_t member_align(const struct laying *laying, const struct member *member,
			     const struct type *type)
{
	const struct definition *definition = laying->definition;
	uint32_t align = definition->packed || member->packed || !type->align ? 1 : type->align;

	if (member->aligned > align)
		align = member->aligned;
	return definition->pack && align > definition->pack ? definition->pack : align;
}

static void add_bitfield(struct laying *laying, const struct member *member,
			 const struct type *type, uint32_t width)
{
	bool packed = laying->definition->packed || member->packed;
	const char *name = member->name;
	uint32_t word = type->size * 8;
	struct type_field field = {.name = name, .type = type, .bits = (uint16_t)width};
	uint64_t at = laying->definition->form == FORM_UNION ? 0 : laying->bits;

	if (!width || width > word) {
		laying->bits = round_up(laying->bits, word);
		return;
	}
	if (!packed && at % word + width > word)
		at = round_up(at, word);
	field.offset = (uint32_t)(at % word + width <= word ? at / word * type->size : at / 8);
	field.bit = (uint16_t)(at - (uint64_t)field.offset * 8);
	laying->bits = at + width;
	if (laying->bits > laying->end)
		laying->end = laying->bits;
	if (*name && member_align(laying, member, type) > laying->align)
		laying->align = member_align(laying, member, type);
	layout_add(&laying->members, field);
}

static void add_plain(struct laying *laying, const struct member *member, const struct type *type)
{
	uint32_t align = member_align(laying, member, type);
	uint64_t at =
		laying->definition->form == FORM_UNION ? 0 : round_up(laying->bits, align * 8);

	laying->bits = at + (uint64_t)type->size * 8;
	if (laying->bits > laying->end)
		laying->end = laying->bits;
	if (align > laying->align)
		laying->align = align;
	layout_add(&laying->members,
		   (struct type_field){
			   .name = member->name, .type = type, .offset = (uint32_t)(at / 8)});
}

static bool add_member(struct laying *laying, const struct member *member)
{
	const struct type *type = layout_type(laying->unit, member->type, 0);
	int64_t width;

	if (!type || type == type_void(laying->unit->types))
		return false;
	if (!member->value) {
		add_plain(laying, member, type);
		return laying->end < (uint64_t)LAYOUT_MAX_SIZE * 8;
	}
	if (!type_is_integer(type) || !layout_constant(laying->unit, member->value, &width) ||
	    width < 0 || width > (int64_t)type->size * 8)
		return false;
	add_bitfield(laying, member, type, (uint32_t)width);
	return true;
}

static const struct type *enumeration(struct unit *unit, const struct definition *definition)
{
	struct type_field *fields =
		arena_array(unit->arena, definition->n_members, sizeof(*fields));
	bool is_signed = false, wide = false;

	for (uint32_t i = 0; i < definition->n_members; i++) {
		fields[i].name = definition->members[i].name;
		fields[i].value = (int64_t)definition->members[i].value->integer.value;
		is_signed |= fields[i].value < 0 && !definition->members[i].is_large;
	}
	for (uint32_t i = 0; i < definition->n_members; i++)
		wide |= definition->members[i].is_large || fields[i].value > (is_signed ? INT32_MAX : UINT32_MAX) ||
			fields[i].value < INT32_MIN;
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

bool layout_constant(struct unit *unit, const struct node *node, int64_t *value)
{
	const struct type *type;
	int64_t left, right;

	if (node->kind == NODE_INT || node->kind == NODE_BOOL) {
		*value = (int64_t)node->integer.value;
		return true;
	}
	if (node->kind == NODE_NAME)
		return layout_enumerator(unit, node->name.text, &type, value);
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
