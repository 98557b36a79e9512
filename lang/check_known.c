/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that are answered when the script is compiled, and assertions about the answers.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/attach_point.h"
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/check_known.h"
#include "lang/layout.h"
#include "lang/proto.h"
#include "lang/settings.h"
#include "lang/unit.h"

#define CHECK(name)                                                                                \
	const struct type *check_builtin_##name(struct check *check, struct node *node,            \
						const struct type *result)

static enum known known_typeinfo(struct check *check, const struct node *call, const char *field,
				 struct constant *value);

/* Builtins whose value is their call's `constant`. */
static bool is_question(enum builtin_id id)
{
	return id == BUILTIN_is_integer || id == BUILTIN_is_unsigned_integer ||
	       id == BUILTIN_is_str || id == BUILTIN_is_ptr || id == BUILTIN_is_array ||
	       id == BUILTIN_is_literal || id == BUILTIN_kfunc_exist ||
	       id == BUILTIN_kfunc_allowed;
}

/* A parameter in a place where its value must be known is compiled in. */
static enum known known_parameter(struct check *check, struct node *node, struct constant *value)
{
	uint64_t number;

	if (!check_param_number(check, node, true, &number))
		return KNOWN_LATER;
	*value = constant_int((int64_t)number);
	return KNOWN_NOW;
}

/* str($1), compiled in too. */
static enum known known_text(struct check *check, const struct node *call, struct constant *value)
{
	const struct node *param = call->call.args.items[0];
	const char *text = unit_param(check->unit, param->param.number);
	size_t length = text ? strlen(text) : 0;

	if (call->call.args.count != 1)
		return KNOWN_NEVER;
	if (check->final)
		unit_parameter(check->unit, param->param.number, param->span)->baked = true;
	*value = constant_text(length > param->param.offset ? text + param->param.offset : "");
	return KNOWN_NOW;
}

/* What `probe` is here; false if the block has more than one. */
static bool known_probe(const struct check *check, struct constant *value)
{
	*value = constant_text(check->probe->targets[0].name);
	return check->probe->n_targets == 1;
}

static enum known known_builtin(struct check *check, const struct node *node,
				const struct builtin *builtin, struct constant *value)
{
	const struct target *target = &check->probe->targets[0];

	if (!builtin)
		return KNOWN_LATER;
	if (builtin->id == BUILTIN_probe)
		return known_probe(check, value) ? KNOWN_NOW : KNOWN_NEVER;
	if (builtin->id == BUILTIN_probetype) {
		*value = constant_text(probe_type_text(target->type));
		return KNOWN_NOW;
	}
	if (builtin->id == BUILTIN_default_str_length) {
		*value = constant_int(check->unit->options->max_strlen);
		return KNOWN_NOW;
	}
	if (node->kind != NODE_CALL || !node->call.args.count)
		return KNOWN_NEVER;
	if (builtin->id == BUILTIN_str && node->call.args.items[0]->kind == NODE_PARAM)
		return known_text(check, node, value);
	if (!is_question(builtin->id))
		return KNOWN_NEVER;
	if (node->call.args.items[0]->type->kind == TYPE_POISON)
		return KNOWN_LATER;
	*value = constant_bool(node->call.constant);
	return KNOWN_NOW;
}

static enum known known_size(const struct type *type, uint64_t size, struct constant *value)
{
	if (type->kind == TYPE_POISON)
		return KNOWN_LATER;
	*value = constant_int((int64_t)size);
	return KNOWN_NOW;
}

static enum known known_operation(struct check *check, struct node *node, struct constant *value)
{
	bool binary = node->kind == NODE_BINARY;
	struct constant left, right;
	enum known known =
		check_known(check, binary ? node->binary.left : node->unary.operand, &left);
	enum constant_result result;

	/* What the left side decides alone is decided. */
	if (binary && known == KNOWN_NOW && left.kind != CONSTANT_STRING &&
	    ((node->binary.op == BINARY_LAND && !constant_truth(&left)) ||
	     (node->binary.op == BINARY_LOR && constant_truth(&left)))) {
		*value = constant_bool(node->binary.op == BINARY_LOR);
		return KNOWN_NOW;
	}
	if (known == KNOWN_NOW && binary)
		known = check_known(check, node->binary.right, &right);
	if (known != KNOWN_NOW)
		return known;
	result = binary ? constant_binary(node->binary.op, &left, &right, value)
			: constant_unary(node->unary.op, &left, value);
	return result == CONSTANT_KNOWN ? KNOWN_NOW : KNOWN_NEVER;
}

static enum known known_choice(struct check *check, struct node *node, struct constant *value)
{
	struct constant condition;
	enum known known = check_known(check, node->ternary.condition, &condition);

	if (known != KNOWN_NOW)
		return known;
	*value = condition;
	if (constant_truth(&condition))
		return node->ternary.yes ? check_known(check, node->ternary.yes, value) : KNOWN_NOW;
	return check_known(check, node->ternary.no, value);
}

/* typeinfo(e).full_ty, (a = 1).a */
static enum known known_field(struct check *check, const struct node *node, struct constant *value)
{
	const struct node *object = node->field.object;

	if (object->kind == NODE_COMPTIME)
		object = object->one.value;
	if (object->kind == NODE_CALL && object->call.builtin &&
	    object->call.builtin->id == BUILTIN_typeinfo)
		return known_typeinfo(check, object, node->field.text, value);
	for (uint32_t i = 0; object->kind == NODE_RECORD && i < object->record.list.count; i++)
		if (!strcmp(object->record.names[i], node->field.text))
			return check_known(check, object->record.list.items[i], value);
	return KNOWN_NEVER;
}

static enum known known_cast(struct check *check, const struct node *node, struct constant *value)
{
	enum known known = check_known(check, node->cast.operand, value);
	const struct type *type = node->type;
	uint32_t shift;

	if (known != KNOWN_NOW || type->kind == TYPE_POISON || value->kind == CONSTANT_STRING)
		return known == KNOWN_NOW && type->kind != TYPE_POISON ? KNOWN_NEVER : known;
	if (type->kind == TYPE_BOOL) {
		*value = constant_bool(value->value);
		return KNOWN_NOW;
	}
	if (type->kind != TYPE_INT)
		return KNOWN_NEVER;
	shift = 64 - type->size * 8;
	value->kind = CONSTANT_INT;
	value->value = type->is_signed ? (uint64_t)((int64_t)(value->value << shift) >> shift)
				       : value->value << shift >> shift;
	value->negative = type->is_signed && (int64_t)value->value < 0;
	return KNOWN_NOW;
}

enum known check_known(struct check *check, struct node *node, struct constant *value)
{
	if (constant_literal(node, value))
		return KNOWN_NOW;
	if (!node->type || node->type->kind == TYPE_POISON)
		return KNOWN_LATER;
	if (node->kind == NODE_PARAM && !node->param.as_string)
		return known_parameter(check, node, value);
	if (node->kind == NODE_PARAM_COUNT && !check->unit->options->params_later) {
		*value = constant_int(check->unit->options->n_params);
		return KNOWN_NOW;
	}
	if (node->kind == NODE_NAME && node->name.enumeration) {
		*value = constant_int(node->name.value);
		return KNOWN_NOW;
	}
	if (node->kind == NODE_NAME)
		return known_builtin(check, node, node->name.builtin, value);
	if (node->kind == NODE_CALL && node->call.function)
		return KNOWN_NEVER;
	if (node->kind == NODE_CALL)
		return known_builtin(check, node, node->call.builtin, value);
	if (node->kind == NODE_SIZEOF)
		return known_size(node->one.value->type, node->one.value->type->size, value);
	if (node->kind == NODE_OFFSETOF)
		return known_size(node->type, node->offset.value, value);
	if (node->kind == NODE_UNARY || node->kind == NODE_BINARY)
		return known_operation(check, node, value);
	if (node->kind == NODE_TERNARY)
		return known_choice(check, node, value);
	if (node->kind == NODE_FIELD)
		return known_field(check, node, value);
	if (node->kind == NODE_CAST)
		return known_cast(check, node, value);
	if (node->kind == NODE_COMPTIME)
		return check_known(check, node->one.value, value);
	if (node->kind == NODE_BLOCK_EXPR && !node->braced.list.count && node->braced.value)
		return check_known(check, node->braced.value, value);
	return KNOWN_NEVER;
}

CHECK(static_assert)
{
	struct node *condition = node->call.args.items[0];
	struct constant value;
	enum known known = check_known(check, condition, &value);

	if (known == KNOWN_NEVER)
		diag_report(check->diags, DIAG_not_known_yet, condition->span, node->call.text);
	else if (known == KNOWN_NOW && !constant_truth(&value))
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
	struct constant value;

	(void)check;
	return answer(node, constant_literal(node->call.args.items[0], &value), result);
}

CHECK(kfunc_exist)
{
	return answer(node,
		      layout_has_function(check->unit, node->call.args.items[0]->string.bytes),
		      result);
}

/* What bpftrace calls the kinds of types. */
static const char *base_name(const struct type *type)
{
	if (type->kind == TYPE_INT || type->kind == TYPE_ENUM)
		return "int";
	if (type->kind == TYPE_TUPLE)
		return "tuple";
	if (type->kind == TYPE_ARRAY)
		return "array";
	if (type->kind == TYPE_POINTER)
		return "pointer";
	if (type->kind == TYPE_STRUCT)
		return type->is_record ? "record" : "c_struct";
	if (type->kind == TYPE_BUFFER)
		return "buffer";
	return NULL;
}

static const char *typeinfo_text(struct check *check, const struct type *type, const char *field)
{
	const char *full = type_name(check, type), *base = base_name(type);

	if (!strcmp(field, "full_ty"))
		return full;
	return base ? base : arena_text(check->arena, full, strcspn(full, "[(*"));
}

static enum known known_typeinfo(struct check *check, const struct node *call, const char *field,
				 struct constant *value)
{
	const struct type *type = asked_type(call);

	if (type->kind == TYPE_POISON)
		return KNOWN_LATER;
	*value = !strcmp(field, "btf_id") ? constant_int(0)
					  : constant_text(typeinfo_text(check, type, field));
	return KNOWN_NOW;
}

void check_unstable(struct check *check, const struct node *node, const char *what,
		    enum setting setting)
{
	const char *text = unit_setting_text(check->unit, setting);

	text = text ? text : setting_rows[setting].standard;
	if (!strcmp(text, "error"))
		diag_report(check->diags, DIAG_unstable_error, node->span, what,
			    setting_rows[setting].key);
	else if (!strcmp(text, "warn"))
		diag_report(check->diags, DIAG_unstable_warning, node->span, what,
			    setting_rows[setting].key);
}

/* Becomes the record that it is. */
CHECK(typeinfo)
{
	static const char *names[] = {"btf_id", "base_ty", "full_ty"};
	struct node **items = arena_array(check->arena, 3, sizeof(struct node *));
	const struct type *types[3];
	struct constant value;

	(void)result;
	check_unstable(check, node, "typeinfo", SETTING_unstable_typeinfo);
	for (uint32_t i = 0; i < 3; i++) {
		if (known_typeinfo(check, node, names[i], &value) != KNOWN_NOW)
			return check->poison;
		items[i] = arena_alloc(check->arena, sizeof(struct node));
		*items[i] = (struct node){.span = node->span};
		constant_into(check->arena, items[i], &value);
		types[i] = check_expr(check, items[i]);
	}
	if (check->final) {
		node->kind = NODE_RECORD;
		node->record.names = names;
		node->record.list = (struct node_list){.items = items, .count = 3};
	}
	return type_record(check->types, names, types, 3);
}

/* The literal of what is known has its own type. */
static const struct type *literal_of(struct check *check, struct node *node,
				     const struct constant *value)
{
	struct node literal = {.span = node->span};

	constant_into(check->arena, &literal, value);
	check_expr(check, &literal);
	if (check->final)
		*node = literal;
	return literal.type;
}

static bool known_members(struct check *check, const struct node *node)
{
	const struct node_list *list = node->kind == NODE_TUPLE ? &node->list : &node->record.list;
	struct constant value;

	if (node->kind != NODE_TUPLE && node->kind != NODE_RECORD)
		return false;
	for (uint32_t i = 0; i < list->count; i++)
		if (check_known(check, list->items[i], &value) == KNOWN_NEVER)
			return false;
	return true;
}

const struct type *check_comptime(struct check *check, struct node *node)
{
	struct node *of = node->one.value;
	const struct type *type = check_expr(check, of);
	struct constant value;
	enum known known = check_known(check, of, &value);

	if (known == KNOWN_NOW)
		return literal_of(check, node, &value);
	if (known == KNOWN_NEVER && !known_members(check, of))
		diag_report(check->diags, DIAG_not_comptime, node->span);
	return type;
}

bool check_choice(struct check *check, struct node *condition, bool *now, bool *truth)
{
	struct constant value;
	enum known known;

	*now = false;
	if (condition->kind != NODE_COMPTIME)
		return false;
	check_value(check, condition->one.value);
	known = check_known(check, condition->one.value, &value);
	if (known == KNOWN_NEVER)
		diag_report(check->diags, DIAG_not_comptime, condition->span);
	*now = known == KNOWN_NOW;
	*truth = *now && constant_truth(&value);
	return true;
}
