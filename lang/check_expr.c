/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of expressions, from the leaves up.
 */
#include <stdlib.h>
#include <string.h>

#include "image/near.h"
#include "image/number.h"
#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/attach_point.h"
#include "lang/check.h"
#include "lang/check_known.h"
#include "lang/ops.h"
#include "lang/parse.h"
#include "lang/text.h"
#include "lang/unit.h"

struct checked_map *checked_map(struct map *map)
{
	return (struct checked_map *)map;
}

struct checked_variable *checked_variable(struct variable *variable)
{
	return (struct checked_variable *)variable;
}

/* @m = {}, as an empty map elsewhere. */
static void hint_empty(struct check *check, const struct node *node, struct diag *diag)
{
	if (node->kind == NODE_BLOCK_EXPR && !node->braced.expanded)
		diag_hint(check->diags, diag, DIAG_hint_tuple);
}

const struct type *check_value(struct check *check, struct node *node)
{
	const struct type *type = check_expr(check, node);

	if (type->kind != TYPE_VOID)
		return type;
	if (type->size)
		diag_report(check->diags, DIAG_opaque_value, node->span, type->name);
	else
		hint_empty(check, node, diag_report(check->diags, DIAG_void_value, node->span));
	return node->type = check->poison;
}

bool check_param_number(struct check *check, struct node *node, bool baked, uint64_t *value)
{
	struct parameter *parameter = unit_parameter(check->unit, node->param.number, node->span);
	const char *text = unit_param(check->unit, node->param.number);
	struct diag *diag;

	*value = 0;
	if (check->final) {
		parameter->as_number |= !baked;
		parameter->baked |= baked;
	}
	if (!text)
		return true;
	if (number_read_signed(text, value) == NUMBER_OK)
		return true;
	diag = diag_report(check->diags, DIAG_param_not_number, node->span,
			   arena_printf(check->arena, "$%u", node->param.number), text);
	diag_hint(check->diags, diag, DIAG_use_str,
		  arena_printf(check->arena, "$%u", node->param.number),
		  arena_printf(check->arena, "$%u", node->param.number));
	return false;
}

bool check_param_string(struct check *check, struct node *node)
{
	if (node->kind != NODE_PARAM)
		return false;
	node->param.as_string = true;
	node->type =
		type_string(check->types, check->unit->options->max_strlen - node->param.offset);
	if (check->final)
		unit_parameter(check->unit, node->param.number, node->span)->as_string = true;
	return true;
}

bool check_param_offset(struct check *check, struct node *node)
{
	const struct node *param = node->binary.left, *offset = node->binary.right;
	uint32_t number, length;
	const char *text;

	if (node->kind != NODE_BINARY || node->binary.op != BINARY_ADD || param->kind != NODE_PARAM)
		return false;
	number = param->param.number;
	text = unit_param(check->unit, number);
	length = text ? (uint32_t)strlen(text) : 0;
	if (offset->kind == NODE_INT && offset->integer.value <= length &&
	    offset->integer.value < check->unit->options->max_strlen) {
		uint32_t value = (uint32_t)offset->integer.value;

		node->kind = NODE_PARAM;
		node->param.number = number;
		node->param.offset = value;
	} else {
		diag_report(check->diags, DIAG_param_offset, node->span, number, length);
	}
	return true;
}

static const struct type *check_param(struct check *check, struct node *node)
{
	uint64_t value;

	if (node->param.as_string) {
		check_param_string(check, node);
		return node->type;
	}
	check_param_number(check, node, false, &value);
	return type_literal_int(check->types, 8, true);
}

static const struct type *check_var(struct check *check, const struct node *node)
{
	const struct type *type = node->var.variable->type;

	if (type)
		return type;
	return check->defaulting ? type_int(check->types, 8, true) : check->poison;
}

/* Messages about a key that does not fit the keys before it. */
static void report_key(struct check *check, const struct checked_map *map, struct span span,
		       const struct type *type)
{
	struct diag *diag;

	diag = diag_report(check->diags, DIAG_key_mismatch, span, map->map.name,
			   type_name(check, type), type_name(check, map->map.key));
	diag_note(check->diags, diag, DIAG_previous_use, map->key_span);
}

bool check_is_key_type(const struct type *type)
{
	if (type->kind == TYPE_TUPLE) {
		for (uint32_t i = 0; i < type->count; i++) {
			if (!check_is_key_type(type->fields[i].type))
				return false;
		}
		return type->count > 0;
	}
	return type->kind != TYPE_VOID && type->kind != TYPE_CONTEXT && type->kind != TYPE_MAP &&
	       !type_is_aggregation(type);
}

void widen_key(struct check *check, struct checked_map *map, const struct type *type, struct span span)
{
	const struct type *merged;

	if (!map->map.key) {
		map->map.key = type;
		map->key_span = span;
		check->changed = true;
		return;
	}
	merged = merge_types(check, map->map.key, type);
	if (!merged) {
		report_key(check, map, span, type);
	} else if (merged != map->map.key) {
		map->map.key = merged;
		check->changed = true;
	}
}

void check_literal_fits(struct check *check, const struct node *value, const struct type *type)
{
	const struct type_field *member;

	if (value->kind == NODE_INT && type->kind == TYPE_INT && type->is_signed &&
	    value->integer.value > INT64_MAX)
		diag_report(check->diags, DIAG_literal_range, value->span,
			    arena_text(check->arena, check->unit->source.text + value->span.begin,
				       value->span.end - value->span.begin),
			    type_name(check, type));
	for (uint32_t i = 0; value->kind == NODE_TUPLE && type->kind == TYPE_TUPLE &&
			     i < value->list.count && i < type->count; i++)
		check_literal_fits(check, value->list.items[i], type->fields[i].type);
	for (uint32_t i = 0; value->kind == NODE_RECORD && type->kind == TYPE_STRUCT &&
			     i < value->record.list.count; i++) {
		member = type_field(type, value->record.names[i]);
		if (member)
			check_literal_fits(check, value->record.list.items[i], member->type);
	}
}

void check_key(struct check *check, struct checked_map *map, struct node *key)
{
	const struct type *type = check_value(check, key);

	if (type->kind == TYPE_POISON)
		return;
	if (!check_is_key_type(type)) {
		diag_report(check->diags, DIAG_key_type, key->span, type_name(check, type));
		return;
	}
	widen_key(check, map, type, key->span);
	check_literal_fits(check, key, map->map.key);
}

const struct type *check_map_read(struct check *check, const struct type *value)
{
	if (value->kind == TYPE_COUNT)
		return type_int(check->types, 8, false);
	if (value->kind == TYPE_SUM || value->kind == TYPE_MIN || value->kind == TYPE_MAX ||
	    value->kind == TYPE_AVG)
		return type_int(check->types, 8, value->is_signed);
	return value;
}

void report_undefined_map(struct check *check, struct span span, const char *name)
{
	struct diag *diag = diag_report(check->diags, DIAG_undefined_map, span, name);
	struct near near;

	near_start(&near, name);
	for (uint32_t i = 0; diag && i < check->n_maps; i++) {
		const struct map *map = &check->map_list[i]->map;

		if (map->value && map->name[0])
			near_try(&near, map->name, strlen(map->name));
	}
	if (diag && near.best)
		diag_hint(check->diags, diag, DIAG_did_you_mean, arena_printf(check->arena, "@%s", near.best));
}

static const struct type *check_map(struct check *check, struct node *node)
{
	struct checked_map *map = checked_map(node->map.map);

	if (node->map.key)
		check_key(check, map, node->map.key);
	if (map->map.value)
		return check_map_read(check, map->map.value);
	report_undefined_map(check, node->span, map->map.name);
	return check->poison;
}

void widen_map(struct check *check, struct node *target, const struct type *type, struct span span)
{
	struct checked_map *map = checked_map(target->map.map);
	const struct type *merged;
	struct diag *diag;

	map->assigned = true;
	if (type->kind == TYPE_POISON)
		return;
	if (!map->map.value) {
		map->map.value = type;
		map->value_span = target->span;
		check->changed = true;
		return;
	}
	merged = merge_types(check, map->map.value, type);
	if (!merged) {
		diag = diag_report(check->diags, DIAG_map_type_mismatch, span, map->map.name,
				   type_name(check, type), type_name(check, map->map.value));
		diag_note(check->diags, diag, DIAG_previous_use, map->value_span);
		return;
	}
	if (merge_loses_sign(map->map.value, type))
		diag_report(check->diags, DIAG_sign_mismatch, span,
			    arena_printf(check->arena, "@%s", map->map.name),
			    type_name(check, type), type_name(check, map->map.value));
	if (merged != map->map.value) {
		map->map.value = merged;
		check->changed = true;
	}
}

/* A variable whose type the script says: only what fits may go in. */
static void assign_declared(struct check *check, struct node *target, const struct type *declared,
			    const struct type *type, struct span span)
{
	const struct type *merged = merge_types(check, declared, type);
	bool fits = merged == declared || (merged && declared->kind == TYPE_INT &&
					   type->kind == TYPE_INT && type->size <= declared->size);

	if (!fits)
		diag_report(check->diags, DIAG_variable_type_mismatch, span, target->var.text,
			    type_name(check, type), "has a", type_name(check, declared));
}

void widen_variable(struct check *check, struct node *target, const struct type *type,
		    struct span span)
{
	struct checked_variable *variable = checked_variable(target->var.variable);
	const struct type *merged;
	struct diag *diag;

	if (type->kind == TYPE_POISON)
		return;
	if (variable->declared) {
		assign_declared(check, target, variable->declared, type, span);
		return;
	}
	if (!variable->variable.type) {
		variable->variable.type = type;
		variable->value_span = target->span;
		check->changed = true;
		return;
	}
	merged = merge_types(check, variable->variable.type, type);
	if (!merged) {
		diag = diag_report(check->diags, DIAG_variable_type_mismatch, span,
				   target->var.text, type_name(check, type),
				   "contains a value of", type_name(check, variable->variable.type));
		diag_note(check->diags, diag, DIAG_initial_declaration, variable->value_span);
		return;
	}
	if (merge_loses_sign(variable->variable.type, type))
		diag_report(check->diags, DIAG_sign_mismatch, span,
			    arena_printf(check->arena, "$%s", target->var.text),
			    type_name(check, type), type_name(check, variable->variable.type));
	if (merged != variable->variable.type) {
		variable->variable.type = merged;
		check->changed = true;
	}
}

bool check_condition(struct check *check, struct node *node, enum diag_tag tag, const char *what)
{
	const struct type *type = check_value(check, node);
	struct diag *diag;

	if (type_is_number(type))
		return true;
	diag = diag_report(check->diags, tag, node->span, what, type_name(check, type));
	/* if (comm = "sh"): that is a record with one member */
	if (node->kind == NODE_RECORD)
		diag_hint(check->diags, diag, DIAG_hint_equal);
	return false;
}

static const struct type *check_negate(struct check *check, struct node *node)
{
	const struct node *operand = node->unary.operand;
	const struct type *type = operand->type;
	int64_t value;
	uint32_t size = 1;

	if (operand->kind != NODE_INT)
		return type_int(check->types, 8, true);
	if (operand->integer.value > (uint64_t)INT64_MAX + 1) {
		diag_report(check->diags, DIAG_number_too_large, node->span,
			    arena_printf(check->arena, "-%llu",
					 (unsigned long long)operand->integer.value));
		return type;
	}
	value = (int64_t)(0 - operand->integer.value);
	while (size < 8 && value < -(1LL << (size * 8 - 1)))
		size *= 2;
	return type_int(check->types, size, true);
}

static const struct type *check_unary(struct check *check, struct node *node)
{
	const struct type *type;
	struct diag *diag;

	if (node->unary.op == UNARY_ADDRESS)
		return check_address(check, node);
	type = check_value(check, node->unary.operand);
	if (type->kind == TYPE_POISON && node->unary.op != UNARY_NOT)
		return type;
	switch (node->unary.op) {
	case UNARY_NOT:
		if (type_is_number(type))
			return type_bool(check->types);
		break;
	case UNARY_NEGATE:
		if (type_is_integer(type))
			return check_negate(check, node);
		break;
	case UNARY_COMPLEMENT:
		if (type_is_integer(type))
			return type_int(check->types, 8, type->is_signed);
		break;
	case UNARY_DEREF:
		return check_deref(check, node);
	case UNARY_ADDRESS:
	case UNARY_OPS:
		break;
	}
	diag = diag_report(check->diags, DIAG_bad_unary, node->span, unary_text(node->unary.op),
			   type_name(check, type));
	/* comm =~ "a" */
	if (node->unary.op == UNARY_COMPLEMENT && type->kind == TYPE_STRING)
		diag_hint(check->diags, diag, DIAG_hint_contains);
	return check->poison;
}

/* comptime c ? a : b is the one that it is; the other need not even have a type. */
static const struct type *check_chosen(struct check *check, struct node *node, bool now, bool truth)
{
	struct node *live = truth ? node->ternary.yes : node->ternary.no;
	const struct type *type;

	if (!now)
		return check->poison;
	live = live ? live : node->ternary.condition->one.value;
	type = check_expr(check, live);
	if (check->final)
		*node = *live;
	return type;
}

static const struct type *check_ternary(struct check *check, struct node *node)
{
	struct node *yes = node->ternary.yes ? node->ternary.yes : node->ternary.condition;
	const struct type *yes_type, *no_type, *merged;
	bool now, truth;

	if (check_choice(check, node->ternary.condition, &now, &truth))
		return check_chosen(check, node, now, truth);
	check_condition(check, node->ternary.condition, DIAG_bad_condition, "");
	yes_type = node->ternary.yes ? check_expr(check, yes) : yes->type;
	no_type = check_expr(check, node->ternary.no);
	merged = merge_types(check, yes_type, no_type);
	if (merged)
		return merged;
	diag_report(check->diags, DIAG_ternary_mismatch, node->span, type_name(check, yes_type),
		    type_name(check, no_type));
	return check->poison;
}

static const struct type *check_step(struct check *check, struct node *node)
{
	struct node *target = node->step.target;
	const struct type *wide = node->step.decrement ? type_int(check->types, 8, true)
						       : type_literal_int(check->types, 8, true);
	const struct type *type;

	if (target->kind == NODE_MAP && target->map.key)
		check_key(check, checked_map(target->map.map), target->map.key);
	type = target->kind == NODE_MAP ? target->map.map->value : target->var.variable->type;
	if (type && type->kind == TYPE_POINTER)
		return target->type = type;
	if (type && type->kind != TYPE_POISON && type->kind != TYPE_INT &&
	    type->kind != TYPE_BOOL) {
		diag_report(check->diags, DIAG_bad_step, node->span,
			    node->step.decrement ? "--" : "++", type_name(check, type));
		return target->type = check->poison;
	}
	if (type && type->kind == TYPE_INT && !type->is_signed)
		wide = type_literal_int(check->types, 8, true);
	if (target->kind == NODE_MAP)
		widen_map(check, target, wide, node->span);
	else if (!checked_variable(target->var.variable)->declared)
		widen_variable(check, target, wide, node->span);
	type = target->kind == NODE_MAP ? target->map.map->value : target->var.variable->type;
	target->type = type ? type : check->poison;
	return node->step.decrement && target->type->kind == TYPE_INT
		       ? type_int(check->types, 8, true)
		       : target->type;
}

/* The place of a name that an earlier value has, too; `count` if there is none. */
static uint32_t named_twice(const char *const *names, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (!strcmp(names[i], names[j]))
				return i;
	return count;
}

/* Tuples and records: one has names. */
static const struct type *check_tuple(struct check *check, struct node_list *list,
				      const char *const *names)
{
	uint32_t count = list->count;
	const struct type **elems = arena_array(check->arena, count, sizeof(*elems));

	if (names && named_twice(names, count) < count) {
		uint32_t i = named_twice(names, count);

		diag_report(check->diags, DIAG_record_twice, list->items[i]->span, names[i]);
		return check->poison;
	}
	for (uint32_t i = 0; i < count; i++) {
		elems[i] = check_value(check, list->items[i]);
		if (elems[i]->kind == TYPE_POISON)
			return elems[i];
		if (elems[i]->kind == TYPE_CONTEXT || type_is_aggregation(elems[i])) {
			diag_report(check->diags, DIAG_tuple_element, list->items[i]->span,
				    type_name(check, elems[i]));
			return check->poison;
		}
	}
	return names ? type_record(check->types, names, elems, count)
		     : type_tuple(check->types, elems, count);
}

static const struct type *check_binary(struct check *check, struct node *node)
{
	check_value(check, node->binary.left);
	check_value(check, node->binary.right);
	return check_binary_types(check, node, node->binary.op, node->binary.left,
				  node->binary.right, node->binary.op_span);
}

static const struct type *compute(struct check *check, struct node *node)
{
	switch (node->kind) {
	case NODE_INT:
		return literal_type(check, node->integer.value);
	case NODE_STRING:
		return type_string(check->types, (uint32_t)node->string.length + 1);
	case NODE_BOOL:
		return type_bool(check->types);
	case NODE_NAME:
		return node->name.enumeration ? node->name.enumeration : check_name(check, node);
	case NODE_PARAM:
		return check_param(check, node);
	case NODE_PARAM_COUNT:
		return type_literal_int(check->types, 8, true);
	case NODE_VAR:
		return check_var(check, node);
	case NODE_MAP:
		return check_map(check, node);
	case NODE_CALL:
		return check_call(check, node);
	case NODE_UNARY:
		return check_unary(check, node);
	case NODE_BINARY:
		return check_binary(check, node);
	case NODE_TERNARY:
		return check_ternary(check, node);
	case NODE_STEP:
		return check_step(check, node);
	case NODE_FIELD:
		return check_field(check, node);
	case NODE_INDEX:
		return check_index(check, node);
	case NODE_CAST:
		return check_cast(check, node);
	case NODE_TUPLE:
		return check_tuple(check, &node->list, NULL);
	case NODE_COMPTIME:
		return check_comptime(check, node);
	case NODE_BLOCK_EXPR:
		return check_block_value(check, node);
	case NODE_RECORD:
		return check_tuple(check, &node->record.list, node->record.names);
	case NODE_SIZEOF:
		return check_sizeof(check, node);
	case NODE_OFFSETOF:
		return check_offsetof(check, node);
	case NODE_TYPE:
		diag_report(check->diags, DIAG_type_as_value, node->span,
			    ast_type_text(check->arena, node));
		break;
	case NODE_EXPR:
	case NODE_DISCARD:
	case NODE_ASSIGN:
	case NODE_LET:
	case NODE_IF:
	case NODE_WHILE:
	case NODE_UNROLL:
	case NODE_FOR_MAP:
	case NODE_FOR_RANGE:
	case NODE_BREAK:
	case NODE_CONTINUE:
	case NODE_RETURN:
	case NODE_EMIT:
	case NODE_BLOCK:
	case NODE_KINDS:
		break;
	}
	return check->poison;
}

const struct type *check_expr(struct check *check, struct node *node)
{
	node->type = compute(check, node);
	return node->type;
}
