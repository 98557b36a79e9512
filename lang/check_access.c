/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of what reaches into other values: fields, elements, what a pointer points to, sizes and
 * offsets. A pointer found in memory points into the same space as the pointer it was found by.
 */
#include <string.h>

#include "image/near.h"
#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/attach_point.h"
#include "lang/check.h"
#include "lang/data_event.h"
#include "lang/layout.h"
#include "lang/parse.h"
#include "lang/unit.h"

/* The type that is found through a pointer: complete, and if a pointer itself, of its space. */
static const struct type *found(struct check *check, const struct type *type, enum type_space space)
{
	if (type && type->kind == TYPE_POINTER && type->space == SPACE_NONE)
		return type_pointer(check->types, type->elem, space);
	return layout_complete(check->unit, type);
}

const struct type *check_deref(struct check *check, struct node *node)
{
	const struct type *type = node->unary.operand->type, *elem;

	if (type->kind == TYPE_POINTER && type->elem) {
		elem = found(check, type->elem, type->space);
		if (elem && elem->size)
			return elem;
		if (!elem) {
			diag_report(check->diags, DIAG_unknown_struct, node->span,
				    type_name(check, type->elem));
			return check->poison;
		}
	}
	/* An address that is a number, as kaddr() has it: *(kaddr("avenrun") + 8). */
	if (type->kind == TYPE_INT && type->size == 8 && !type->literal)
		return type_int(check->types, 8, false);
	diag_report(check->diags, DIAG_bad_deref, node->span, type_name(check, type));
	return check->poison;
}

/* Of a type with more, the names would hide the message. */
#define MAX_FIELDS_SHOWN 16

/* The name that messages have for the type of `args`: what bpftrace calls the struct. */
static const char *context_name(struct check *check)
{
	const struct target *target = &check->probe->targets[0];

	if (data_event_of(target) != DATA_EVENTS)
		return arena_printf(check->arena, "args of %s:%s", target->type->name,
				    *target->second ? target->second : target->first);
	if (target->n_sites)
		return arena_printf(check->arena, "args of %s", target->name);
	return arena_printf(check->arena, "struct _%s_%s_%s", target->type->name, target->first,
			    target->second);
}

static const char *field_names(struct check *check, const struct type *type)
{
	struct arena_buffer names = {.arena = check->arena};

	for (uint32_t i = 0; i < type->count; i++)
		arena_buffer_printf(&names, "%s%s", i ? ", " : "", type->fields[i].name);
	return names.text;
}

static const struct type *report_no_field(struct check *check, const struct node *node,
					  const struct type *type, const char *name)
{
	struct near near;
	struct diag *diag;

	diag = diag_report(check->diags, DIAG_no_field, node->field.name_span, name,
			   node->field.text);
	near_start(&near, node->field.text);
	for (uint32_t i = 0; i < type->count; i++)
		near_try(&near, type->fields[i].name, strlen(type->fields[i].name));
	if (near.best)
		diag_hint(check->diags, diag, DIAG_did_you_mean, near.best);
	else if (type->count && type->count <= MAX_FIELDS_SHOWN)
		diag_hint(check->diags, diag, DIAG_hint_fields, field_names(check, type));
	return check->poison;
}

static const struct type *check_context_field(struct check *check, struct node *node,
					      const struct type *context)
{
	node->field.field = type_field(context, node->field.text);
	if (node->field.field && node->field.field->vector) {
		diag_report(check->diags, DIAG_in_vector, node->field.name_span, node->field.text);
		return check->poison;
	}
	if (node->field.field)
		return found(check, node->field.field->type, SPACE_NONE);
	if (!strncmp(node->field.text, "common_", 7)) {
		diag_report(check->diags, DIAG_common_field, node->field.name_span,
			    node->field.text);
		return check->poison;
	}
	return report_no_field(check, node, context, context_name(check));
}

static const struct type *check_element(struct check *check, struct node *node,
					const struct type *tuple, uint64_t index)
{
	if (index < tuple->count) {
		if (node->kind == NODE_FIELD)
			node->field.field = &tuple->fields[index];
		return tuple->fields[index].type;
	}
	diag_report(check->diags, DIAG_tuple_index, node->span,
		    arena_printf(check->arena, "%llu", (unsigned long long)index), tuple->count);
	return check->poison;
}

/* A member of a struct, by value or through a pointer. */
static const struct type *check_member(struct check *check, struct node *node,
				       const struct type *type)
{
	bool pointer = type->kind == TYPE_POINTER;
	const struct type *of = layout_complete(check->unit, pointer ? type->elem : type);

	if (!of) {
		diag_report(check->diags, DIAG_unknown_struct, node->span,
			    type_name(check, pointer ? type->elem : type));
		return check->poison;
	}
	node->field.field = type_field(of, node->field.text);
	if (!node->field.field)
		return report_no_field(check, node, of, type_name(check, of));
	return found(check, node->field.field->type, pointer ? type->space : SPACE_NONE);
}

const struct type *check_field(struct check *check, struct node *node)
{
	const struct type *type = check_value(check, node->field.object);
	struct diag *diag;
	uint64_t index;

	if (type->kind == TYPE_POISON)
		return type;
	if (type->kind == TYPE_CONTEXT)
		return check_context_field(check, node, type);
	if (type->kind == TYPE_TUPLE &&
	    literal_parse(node->field.text, strlen(node->field.text), &index))
		return check_element(check, node, type, index);
	if (type->kind == TYPE_STRUCT ||
	    (type->kind == TYPE_POINTER && type->elem && type->elem->kind == TYPE_STRUCT))
		return check_member(check, node, type);
	diag = diag_report(check->diags, DIAG_bad_field, node->span, node->field.text,
			   type_name(check, type));
	if (node->field.object->kind == NODE_INT)
		diag_hint(check->diags, diag, DIAG_hint_fraction);
	return check->poison;
}

static struct node *member_of(struct check *check, const struct node *object, const char *name)
{
	struct node *copy = arena_alloc(check->arena, sizeof(*copy));
	struct node *member = arena_alloc(check->arena, sizeof(*member));

	*copy = *object;
	*member = (struct node){.kind = NODE_FIELD, .span = object->span};
	member->field.object = copy;
	member->field.text = name;
	member->field.name_span = object->span;
	return member;
}

void check_whole_args(struct check *check, struct node *node)
{
	const struct type *args = check->probe->context;
	const char **names, *text = node->kind == NODE_NAME   ? node->name.text
				    : node->kind == NODE_CALL ? node->call.text
							      : "";
	struct node **items;
	uint32_t n = 0;

	if (strcmp(text, "args") || !args || !args->count)
		return;
	items = arena_array(check->arena, args->count, sizeof(*items));
	names = arena_array(check->arena, args->count, sizeof(*names));
	for (uint32_t i = 0; i < args->count; i++) {
		if (args->fields[i].type->kind == TYPE_VOID)
			continue; /* a float */
		names[n] = args->fields[i].name;
		items[n++] = member_of(check, node, args->fields[i].name);
	}
	node->kind = NODE_RECORD;
	node->record.names = names;
	node->record.list = (struct node_list){.items = items, .count = n};
}

static void check_bounds(struct check *check, const struct node *node, const struct type *array)
{
	const struct node *at = node->index.index;
	int64_t value;

	if (array->count && layout_constant(check->unit, at, &value) &&
	    (value < 0 || value >= array->count))
		diag_report(check->diags, DIAG_out_of_bounds, node->span,
			    arena_printf(check->arena, "%lld", (long long)value), array->count);
}

const struct type *check_index(struct check *check, struct node *node)
{
	const struct type *type = check_value(check, node->index.object), *elem;
	const struct type *index = check_value(check, node->index.index);
	const struct node *at = node->index.index;

	if (type->kind == TYPE_POISON || index->kind == TYPE_POISON)
		return check->poison;
	if (!type_is_integer(index)) {
		diag_report(check->diags, DIAG_bad_index, at->span, type_name(check, index));
		return check->poison;
	}
	if (type->kind == TYPE_TUPLE && at->kind == NODE_INT)
		return check_element(check, node, type, at->integer.value);
	if (type->kind == TYPE_ARRAY) {
		check_bounds(check, node, type);
		return found(check, type->elem, SPACE_NONE);
	}
	if (type->kind == TYPE_POINTER && type->elem) {
		elem = found(check, type->elem, type->space);
		if (elem && elem->size)
			return elem;
	}
	if (type->kind == TYPE_STRING)
		return type_int(check->types, 1, true);
	diag_report(check->diags, DIAG_not_indexable, node->span, type_name(check, type));
	return check->poison;
}

/* &@m: the kernel's struct of the map. &$v: where the value is. */
const struct type *check_address(struct check *check, struct node *node)
{
	struct node *operand = node->unary.operand;
	const struct type *type;

	if (operand->kind == NODE_MAP && !operand->map.key) {
		operand->type = type_simple(check->types, TYPE_MAP, false);
		if (!operand->map.map->value)
			report_undefined_map(check, operand->span,
				    operand->map.map->name);
		type = type_struct(check->types, TYPE_STRUCT, "bpf_map", NULL, 0, 0, 1);
		return type_pointer(check->types, type, SPACE_KERNEL);
	}
	type = check_value(check, operand);
	if (type->kind == TYPE_POISON)
		return type;
	if (operand->kind == NODE_VAR)
		return type_pointer(check->types, type, SPACE_KERNEL);
	diag_report(check->diags, DIAG_bad_address, node->span);
	return check->poison;
}

/* A TYPE or an expression whose type is meant; NULL after a message. */
static const struct type *operand_type(struct check *check, struct node *node)
{
	const struct type *type;

	if (node->kind != NODE_TYPE)
		return check_value(check, node);
	type = check_type_name(check, node, check->poison);
	if (!type)
		diag_report(check->diags, DIAG_unknown_type, node->span,
			    ast_type_text(check->arena, node));
	return type ? type : check->poison;
}

const struct type *check_sizeof(struct check *check, struct node *node)
{
	const struct type *type = operand_type(check, node->one.value);

	if (type->kind == TYPE_POISON)
		return check->poison;
	return type_int(check->types, 8, false);
}

const struct type *check_offsetof(struct check *check, struct node *node)
{
	const struct type *type = operand_type(check, node->offset.object);
	const struct type_field *field;

	node->offset.value = 0;
	for (uint32_t i = 0; i < node->offset.n_path; i++) {
		if (type->kind == TYPE_POISON)
			return type;
		type = layout_complete(check->unit,
				       type->kind == TYPE_POINTER && !i ? type->elem : type);
		field = type ? type_field(type, node->offset.path[i]) : NULL;
		if (!field) {
			diag_report(check->diags, DIAG_no_field, node->span,
				    type ? type_name(check, type) : "the type",
				    node->offset.path[i]);
			return check->poison;
		}
		node->offset.value += field->offset;
		type = field->type;
	}
	return type_int(check->types, 8, false);
}
