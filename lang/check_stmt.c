/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements: assignments widen what they assign to, conditions must be numbers, and what can never
 * run or has no effect is said.
 */
#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/check_known.h"
#include "lang/proto.h"
#include "lang/unit.h"

#define UNROLL_MAX 100
/*
 * A branch of a BPF program reaches 32 767 instructions, which a third as many statements fill; LLVM takes
 * minutes for more.
 */
#define STATEMENTS_MAX 10000

static bool is_aggregation_call(const struct node *node)
{
	return node->kind == NODE_CALL && node->call.builtin && node->call.builtin->aggregation;
}

/* Reading @m where @m is an aggregation, without a cast. */
static const struct type *aggregation_read(const struct node *node)
{
	const struct type *value = node->kind == NODE_MAP ? node->map.map->value : NULL;

	return value && type_is_aggregation(value) ? value : NULL;
}

static const char *source_text(struct check *check, const struct node *node)
{
	return arena_text(check->arena, check->unit->source.text + node->span.begin,
			  node->span.end - node->span.begin);
}

/* False: the value must not be assigned; reported. */
static bool check_assignable(struct check *check, const struct node *target,
			     const struct node *value)
{
	const struct type *aggregation = aggregation_read(value);
	struct diag *diag;

	if (aggregation) {
		diag = diag_report(check->diags,
				   target->kind == NODE_MAP ? DIAG_aggregation_to_map
							    : DIAG_aggregation_to_variable,
				   value->span, type_name(check, aggregation));
		if (!type_is_aggregation(value->type))
			diag_hint(check->diags, diag, DIAG_add_cast, source_text(check, target),
				  source_text(check, value));
		return false;
	}
	if (value->type->kind == TYPE_CONTEXT) {
		diag_report(check->diags,
			    target->kind == NODE_MAP ? DIAG_context_to_map
						     : DIAG_context_to_variable,
			    value->span);
		return false;
	}
	return true;
}

/* The type of `target op value`; a map that nothing was assigned to yet counts as 0. */
static const struct type *check_update(struct check *check, struct node *node)
{
	struct node *target = node->assign.target;

	if (target->kind == NODE_MAP)
		target->type = target->map.map->value;
	else
		target->type = target->var.variable->type;
	if (!target->type)
		target->type = type_literal_int(check->types, 8, true);
	return check_binary_types(check, node, node->assign.op, target, node->assign.value,
				  node->span);
}

/* True if a literal meets a variable of a type that the script says; reported if it does not fit. */
static bool check_literal_range(struct check *check, const struct node *target,
				const struct node *value)
{
	const struct type *declared = checked_variable(target->var.variable)->declared;
	bool negative = value->kind == NODE_UNARY && value->unary.op == UNARY_NEGATE;
	const struct node *literal = negative ? value->unary.operand : value;
	uint64_t limit; /* the largest magnitude */

	if (!declared || declared->kind != TYPE_INT || literal->kind != NODE_INT)
		return false;
	limit = UINT64_MAX >> (64 - declared->size * 8 + declared->is_signed);
	if (negative)
		limit = declared->is_signed ? limit + 1 : 0;
	if (literal->integer.value > limit)
		diag_report(check->diags, DIAG_literal_range, value->span,
			    source_text(check, value), type_name(check, declared));
	return true;
}

static void assign_variable(struct check *check, struct node *target, const struct node *value,
			    const struct type *type)
{
	const struct type *declared = checked_variable(target->var.variable)->declared;
	bool said = check_literal_range(check, target, value);

	if (said)
		type = declared;
	widen_variable(check, target, type, value->span);
	target->type = target->var.variable->type ? target->var.variable->type : check->poison;
	if (!said)
		check_literal_fits(check, value, target->type);
}

static void check_assign(struct check *check, struct node *node)
{
	struct node *target = node->assign.target, *value = node->assign.value;
	const struct type *type;

	if (target->kind == NODE_MAP && target->map.key)
		check_key(check, checked_map(target->map.map), target->map.key);
	if (is_aggregation_call(value) && target->kind == NODE_MAP &&
	    node->assign.op == BINARY_OPS) {
		type = check_aggregation(check, value, target->map.map);
		widen_map(check, target, type, node->span);
		target->type = target->map.map->value ? target->map.map->value : type;
		return;
	}
	type = check_value(check, value);
	if (node->assign.op != BINARY_OPS)
		type = check_update(check, node);
	else if (!check_assignable(check, target, value))
		return;
	if (target->kind == NODE_MAP) {
		widen_map(check, target, type, node->span);
		target->type = target->map.map->value ? target->map.map->value : check->poison;
		check_literal_fits(check, value, target->type);
	} else {
		assign_variable(check, target, value, type);
	}
}

static void check_let(struct check *check, struct node *node)
{
	struct node *target = node->let.target;
	struct checked_variable *variable = checked_variable(target->var.variable);

	if (node->let.type_name && !variable->declared) {
		variable->declared = check_type_name(check, node->let.type_name, check->poison);
		if (variable->declared && type_is_aggregation(variable->declared))
			variable->declared = check->poison;
		if (variable->declared)
			variable->variable.type = variable->declared;
		else
			diag_report(check->diags, DIAG_unknown_type, node->span,
				    ast_type_text(check->arena, node->let.type_name));
	}
	if (node->let.type_name && node->let.type_name->type &&
	    type_is_aggregation(node->let.type_name->type)) {
		diag_report(check->diags, DIAG_aggregation_to_variable, node->span,
			    type_name(check, node->let.type_name->type));
		return;
	}
	target->type = variable->variable.type ? variable->variable.type : check->poison;
	if (!node->let.value)
		return;
	check_value(check, node->let.value);
	if (check_assignable(check, target, node->let.value))
		assign_variable(check, target, node->let.value, node->let.value->type);
}

static void check_unroll(struct check *check, struct node *node)
{
	struct node *count = node->loop.condition;
	struct constant value = {.value = 1};
	uint64_t outer = check->rounds;
	enum known known;

	check_value(check, count);
	known = check_known(check, count, &value);
	if (known == KNOWN_NEVER || value.kind == CONSTANT_STRING) {
		diag_report(check->diags, DIAG_unroll_literal, count->span);
	} else if (!value.negative && value.value > UNROLL_MAX) {
		diag_report(check->diags, DIAG_unroll_max, count->span, UNROLL_MAX);
	} else if (value.negative || !value.value) {
		diag_report(check->diags, DIAG_unroll_min, count->span);
	} else if (check->final && known == KNOWN_NOW) {
		constant_into(check->arena, count, &value);
		check_value(check, count);
	}
	/* It cannot overflow: nobody counts on once there are too many. */
	check->rounds = outer ? outer : 1;
	if (check->final && known == KNOWN_NOW && check->rounds <= STATEMENTS_MAX && !value.negative &&
	    value.value <= UNROLL_MAX)
		check->rounds *= value.value;
	check_statement(check, node->loop.body);
	check->rounds = outer;
}

/* exit() leaves the probe, so it counts. */
static bool leaves(const struct node *node)
{
	const struct node *value;

	if (node->kind == NODE_RETURN || node->kind == NODE_BREAK || node->kind == NODE_CONTINUE)
		return true;
	if (node->kind != NODE_EXPR)
		return false;
	value = node->one.value;
	return value->kind == NODE_CALL && value->call.builtin &&
	       value->call.builtin->id == BUILTIN_exit;
}

static void check_list(struct check *check, const struct node_list *list)
{
	bool unreachable = false;

	for (uint32_t i = 0; i < list->count; i++) {
		struct node *item = list->items[i];

		check_statement(check, item);
		if (unreachable)
			continue;
		unreachable = leaves(item);
		if (unreachable && i + 1 < list->count)
			diag_report(check->diags, DIAG_unreachable, list->items[i + 1]->span);
	}
}

const struct type *check_block_value(struct check *check, struct node *node)
{
	struct diag_expansion here = {node->span, check->diags->expansion};
	const struct type *type;

	if (node->braced.expanded)
		check->diags->expansion = &here;
	check_list(check, &node->braced.list);
	type = node->braced.value ? check_expr(check, node->braced.value) : type_void(check->types);
	check->diags->expansion = here.outer;
	return type;
}

/* An expression for its effect. */
static void check_effect(struct check *check, struct node *node)
{
	struct node *value = node->one.value;
	const struct type *type;

	if (value->kind == NODE_MAP && !value->map.map->value && check->defaulting)
		value->map.map->value = type_int(check->types, 8, true);
	type = check_expr(check, value);
	if (value->kind == NODE_CALL && type->kind != TYPE_VOID && type->kind != TYPE_POISON &&
	    value->call.builtin && value->call.builtin->id != BUILTIN_delete &&
	    value->span.end != value->call.name_span.end) /* `pid;` is no call */
		diag_report(check->diags, DIAG_value_discarded, value->span);
}

static void check_return(struct check *check, struct node *node)
{
	const struct type *type;

	if (!node->one.value)
		return;
	type = check_value(check, node->one.value);
	if (!type_is_number(type))
		diag_report(check->diags, DIAG_return_type, node->one.value->span,
			    type_name(check, type));
}

/* Is there something in a loop's body that leads out of it? */
struct way_out {
	uint32_t loops; /* around it, in the body */
	bool found;
};

static void find_way_out(void *self, struct node **child)
{
	struct way_out *way = self;
	const struct node *node = *child;
	bool loop = node->kind == NODE_WHILE || node->kind == NODE_FOR_MAP ||
		    node->kind == NODE_FOR_RANGE;
	const struct builtin *builtin = node->kind == NODE_CALL ? node->call.builtin : NULL;

	way->found |= node->kind == NODE_RETURN || (node->kind == NODE_BREAK && !way->loops) ||
		      (builtin && (builtin->id == BUILTIN_exit || builtin->id == BUILTIN_assert));
	way->loops += loop;
	ast_each_child(*child, find_way_out, self);
	way->loops -= loop;
}

static void check_loop(struct check *check, struct node *node)
{
	struct span word = {node->span.begin, node->span.begin + 5};
	struct way_out way = {0};
	struct constant condition;
	struct diag *diag;

	diag_report(check->diags, DIAG_while_deprecated, word);
	way.found = !check_condition(check, node->loop.condition, DIAG_bad_condition, " in while()");
	check->loops++;
	check_statement(check, node->loop.body);
	check->loops--;
	ast_each_child(node, find_way_out, &way);
	if (way.found || check_known(check, node->loop.condition, &condition) != KNOWN_NOW ||
	    !constant_truth(&condition))
		return;
	diag = diag_report(check->diags, DIAG_endless_loop, word);
	diag_hint(check->diags, diag, DIAG_way_out);
}

static void check_bound(struct check *check, struct node *node, const char *which)
{
	const struct type *type = check_value(check, node);

	if (!type_is_integer(type) && type->kind != TYPE_POISON)
		diag_report(check->diags, DIAG_range_bound, node->span, which,
			    type_name(check, type));
}

/* The variable counts in 64 bits, whatever the bounds are. */
static void check_range(struct check *check, struct node *node)
{
	struct checked_variable *variable = checked_variable(node->range.var->var.variable);

	check_bound(check, node->range.from, "start");
	check_bound(check, node->range.to, "end");
	variable->declared = type_int(check->types, 8, true);
	variable->variable.type = variable->declared;
	node->range.var->type = variable->declared;
	check->loops++;
	check_statement(check, node->range.body);
	check->loops--;
}

/* The variable is (key, value). */
static void check_each(struct check *check, struct node *node)
{
	const struct node *walked = node->each.map;
	const struct map *map =
		walked->kind == NODE_MAP && !walked->map.key ? walked->map.map : NULL;
	struct variable *variable = node->each.var->var.variable;
	const struct type *pair[2], *type = check->poison;

	if (map && map->key && map->value) {
		pair[0] = map->key;
		pair[1] = check_map_read(check, map->value);
		if (type_is_aggregation(pair[1]))
			diag_report(check->diags, DIAG_each_value, node->each.map->span,
				    type_name(check, map->value));
		else
			type = type_tuple(check->types, pair, 2);
	} else if (map && checked_map(walked->map.map)->keyed) {
		report_undefined_map(check, node->each.map->span, map->name);
	}
	check->changed |= variable->type != type;
	variable->type = type;
	checked_variable(variable)->value_span = node->each.var->span;
	node->each.map->type = type_simple(check->types, TYPE_MAP, false);
	node->each.var->type = type;
	check->loops++;
	check_statement(check, node->each.body);
	check->loops--;
}

/* if comptime (c): the branch that it is, in the last round as a block in its place. */
static void check_chosen(struct check *check, struct node *node, bool now, bool truth)
{
	struct node **live = arena_array(check->arena, 1, sizeof(struct node *));

	*live = truth ? node->branch.yes : node->branch.no;
	if (now && *live)
		check_statement(check, *live);
	if (!check->final)
		return;
	node->kind = NODE_BLOCK;
	node->list = (struct node_list){.items = live, .count = now && *live};
}

static void check_branch(struct check *check, struct node *node)
{
	bool now, truth;

	if (check_choice(check, node->branch.condition, &now, &truth)) {
		check_chosen(check, node, now, truth);
		return;
	}
	check_condition(check, node->branch.condition, DIAG_bad_condition, "");
	check_statement(check, node->branch.yes);
	if (node->branch.no)
		check_statement(check, node->branch.no);
}

static void check_jump(struct check *check, const struct node *node)
{
	if (!check->loops)
		diag_report(check->diags, DIAG_not_in_loop, node->span,
			    node->kind == NODE_BREAK ? "break" : "continue");
}

static void count_statement(struct check *check, const struct node *node)
{
	if (!check->final || check->n_statements > STATEMENTS_MAX)
		return;
	check->n_statements += check->rounds ? check->rounds : 1;
	if (check->n_statements > STATEMENTS_MAX)
		diag_report(check->diags, DIAG_too_many_statements, node->span, STATEMENTS_MAX);
}

void check_statement(struct check *check, struct node *node)
{
	count_statement(check, node);
	switch (node->kind) {
	case NODE_EXPR:
		check_effect(check, node);
		return;
	case NODE_DISCARD:
		check_expr(check, node->one.value);
		return;
	case NODE_ASSIGN:
		check_assign(check, node);
		return;
	case NODE_LET:
		check_let(check, node);
		return;
	case NODE_IF:
		check_branch(check, node);
		return;
	case NODE_WHILE:
		check_loop(check, node);
		return;
	case NODE_UNROLL:
		check_unroll(check, node);
		return;
	case NODE_FOR_RANGE:
		check_range(check, node);
		return;
	case NODE_FOR_MAP:
		check_each(check, node);
		return;
	case NODE_EMIT:
		check_emit(check, node);
		return;
	case NODE_BREAK:
	case NODE_CONTINUE:
		check_jump(check, node);
		return;
	case NODE_RETURN:
		check_return(check, node);
		return;
	case NODE_BLOCK:
		check_list(check, &node->list);
		return;
	case NODE_INT:
	case NODE_STRING:
	case NODE_BOOL:
	case NODE_NAME:
	case NODE_PARAM:
	case NODE_PARAM_COUNT:
	case NODE_VAR:
	case NODE_MAP:
	case NODE_CALL:
	case NODE_UNARY:
	case NODE_BINARY:
	case NODE_TERNARY:
	case NODE_STEP:
	case NODE_FIELD:
	case NODE_INDEX:
	case NODE_CAST:
	case NODE_TUPLE:
	case NODE_RECORD:
	case NODE_TYPE:
	case NODE_SIZEOF:
	case NODE_OFFSETOF:
	case NODE_BLOCK_EXPR:
	case NODE_COMPTIME:
	case NODE_KINDS:
		return;
	}
}
