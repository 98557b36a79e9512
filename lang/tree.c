/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The makers of tree nodes. Each node remembers how deep the tree below it is, in a header that
 * only this file sees: a tree that is too deep is reported once and cut, so that the later stages,
 * which are recursive, need no limit of their own.
 */
#include "lang/tree.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/c.h"
#include "lang/parse.h"
#include "lang/unit.h"

struct deep_node {
	uint32_t depth;
	struct node node;
};

static uint32_t depth_of(const struct node *node)
{
	if (!node)
		return 0;
	return ((const struct deep_node *)((const char *)node - offsetof(struct deep_node, node)))
		->depth;
}

static uint32_t deepest(const struct list *list)
{
	uint32_t depth = 0;

	for (uint32_t i = 0; list && i < list->count; i++) {
		if (depth_of(list->items[i]) > depth)
			depth = depth_of(list->items[i]);
	}
	return depth;
}

static uint32_t deeper(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* A node above children of the given depth. */
static struct node *make(struct parse *parse, enum node_kind kind, struct span span, uint32_t depth)
{
	struct deep_node *deep = arena_alloc(parse->arena, sizeof(*deep));

	deep->depth = depth + 1;
	deep->node.kind = kind;
	deep->node.span = span;
	return &deep->node;
}

/* True if a node above these children may be made; else the caller gives back a leaf. */
static bool allowed(struct parse *parse, struct span span, uint32_t depth)
{
	if (depth < PARSE_MAX_DEPTH)
		return true;
	if (!parse->failed)
		diag_report(&parse->unit->diags, DIAG_too_deep, span);
	parse->failed = true;
	return false;
}

struct node *tree_above(struct parse *parse, enum node_kind kind, struct span span,
			const struct node *a, const struct node *b)
{
	return make(parse, kind, span, deeper(depth_of(a), depth_of(b)));
}

bool tree_allowed(struct parse *parse, struct span span, const struct node *a, const struct node *b)
{
	return allowed(parse, span, deeper(depth_of(a), depth_of(b)));
}

struct node *tree_leaf(struct parse *parse, enum node_kind kind, struct span span)
{
	return make(parse, kind, span, 0);
}

struct node *tree_integer(struct parse *parse, enum node_kind kind, struct span span,
			  uint64_t value)
{
	struct node *node = make(parse, kind, span, 0);

	node->integer.value = value;
	return node;
}

struct node *tree_string(struct parse *parse, struct span span, struct text text)
{
	struct node *node = make(parse, NODE_STRING, span, 0);

	node->string.bytes = text.bytes;
	node->string.length = text.length;
	return node;
}

struct node *tree_name(struct parse *parse, struct span span, const char *text)
{
	struct node *node = c_expand_name(parse, span, text);

	if (node)
		return node;
	node = make(parse, NODE_NAME, span, 0);
	node->name.text = text;
	return node;
}

struct node *tree_param(struct parse *parse, struct span span, uint32_t number)
{
	struct node *node = make(parse, NODE_PARAM, span, 0);

	node->param.number = number;
	return node;
}

struct node *tree_var(struct parse *parse, struct span span, const char *text)
{
	struct node *node = make(parse, NODE_VAR, span, 0);

	node->var.text = text;
	return node;
}

struct node *tree_map(struct parse *parse, struct span span, const char *text, struct node *key)
{
	struct node *node;

	if (!allowed(parse, span, depth_of(key)))
		key = NULL;
	node = make(parse, NODE_MAP, span, depth_of(key));
	node->map.text = text;
	node->map.key = key;
	return node;
}

static struct node_list finish_list(const struct list *list)
{
	return list ? (struct node_list){.items = list->items, .count = list->count}
		    : (struct node_list){0};
}

struct node *tree_call(struct parse *parse, struct span span, struct span name_span,
		       const char *text, const struct list *args)
{
	struct node *node;

	if (!allowed(parse, span, deepest(args)))
		args = NULL;
	node = make(parse, NODE_CALL, span, deepest(args));
	node->call.text = text;
	node->call.name_span = name_span;
	node->call.args = finish_list(args);
	return node;
}

struct node *tree_unary(struct parse *parse, struct span span, enum unary_op op,
			struct node *operand)
{
	struct node *node;

	if (!allowed(parse, span, depth_of(operand)))
		return tree_leaf(parse, NODE_INT, span);
	node = make(parse, NODE_UNARY, span, depth_of(operand));
	node->unary.op = op;
	node->unary.operand = operand;
	return node;
}

struct node *tree_binary(struct parse *parse, struct span op_span, enum binary_op op,
			 struct node *left, struct node *right)
{
	struct span span = {left->span.begin, right->span.end};
	uint32_t depth = deeper(depth_of(left), depth_of(right));
	struct node *node;

	if (!allowed(parse, op_span, depth))
		return tree_leaf(parse, NODE_INT, span);
	node = make(parse, NODE_BINARY, span, depth);
	node->binary.op = op;
	node->binary.left = left;
	node->binary.right = right;
	node->binary.op_span = op_span;
	return node;
}

struct node *tree_ternary(struct parse *parse, struct node *condition, struct node *yes,
			  struct node *no)
{
	struct span span = {condition->span.begin, no->span.end};
	uint32_t depth = deeper(depth_of(condition), deeper(depth_of(yes), depth_of(no)));
	struct node *node;

	if (!allowed(parse, span, depth))
		return tree_leaf(parse, NODE_INT, span);
	node = make(parse, NODE_TERNARY, span, depth);
	node->ternary.condition = condition;
	node->ternary.yes = yes;
	node->ternary.no = no;
	return node;
}

struct node *tree_step(struct parse *parse, struct span span, struct node *target, bool decrement,
		       bool prefix)
{
	struct node *node;

	if (!allowed(parse, span, depth_of(target)))
		return tree_leaf(parse, NODE_INT, span);
	if (target->kind != NODE_VAR && target->kind != NODE_MAP) {
		diag_report(&parse->unit->diags, DIAG_step_target, span, decrement ? "--" : "++");
		return target;
	}
	node = make(parse, NODE_STEP, span, depth_of(target));
	node->step.target = target;
	node->step.decrement = decrement;
	node->step.prefix = prefix;
	return node;
}

struct node *tree_field(struct parse *parse, struct span span, struct node *object,
			struct span name_span, const char *text, bool arrow)
{
	struct node *node;

	if (!allowed(parse, span, depth_of(object)))
		return tree_leaf(parse, NODE_INT, span);
	node = make(parse, NODE_FIELD, span, depth_of(object));
	node->field.object = object;
	node->field.name_span = name_span;
	node->field.text = text;
	node->field.arrow = arrow;
	return node;
}

struct node *tree_index(struct parse *parse, struct span span, struct node *object,
			struct node *index)
{
	uint32_t depth = deeper(depth_of(object), depth_of(index));
	struct node *node;

	if (!allowed(parse, span, depth))
		return tree_leaf(parse, NODE_INT, span);
	node = make(parse, NODE_INDEX, span, depth);
	node->index.object = object;
	node->index.index = index;
	return node;
}

struct node *tree_cast(struct parse *parse, struct span span, struct node *type_name,
		       struct node *operand)
{
	struct node *node;

	if (!allowed(parse, span, depth_of(operand)))
		return tree_leaf(parse, NODE_INT, span);
	node = make(parse, NODE_CAST, span, deeper(depth_of(type_name), depth_of(operand)));
	node->cast.type_name = type_name;
	node->cast.operand = operand;
	return node;
}

struct node *tree_list(struct parse *parse, enum node_kind kind, struct span span,
		       const struct list *list)
{
	struct node *node;

	if (!allowed(parse, span, deepest(list)))
		list = NULL;
	node = make(parse, kind, span, deepest(list));
	node->list = finish_list(list);
	return node;
}

struct node *tree_one(struct parse *parse, enum node_kind kind, struct span span,
		      struct node *value)
{
	struct node *node = make(parse, kind, span, depth_of(value));

	node->one.value = value;
	return node;
}

struct node *tree_assign(struct parse *parse, struct span span, struct node *target,
			 enum binary_op op, struct node *value)
{
	struct node *node =
		make(parse, NODE_ASSIGN, span, deeper(depth_of(target), depth_of(value)));

	node->assign.target = target;
	node->assign.op = op;
	node->assign.value = value;
	return node;
}

struct node *tree_let(struct parse *parse, struct span span, struct node *target,
		      struct node *type_name, struct node *value)
{
	struct node *node = make(parse, NODE_LET, span, depth_of(value));

	node->let.target = target;
	node->let.type_name = type_name;
	node->let.value = value;
	return node;
}

struct node *tree_branch(struct parse *parse, struct span span, struct node *condition,
			 struct node *yes, struct node *no)
{
	uint32_t depth = deeper(depth_of(condition), deeper(depth_of(yes), depth_of(no)));
	struct node *node;

	if (!allowed(parse, span, depth))
		return tree_leaf(parse, NODE_BREAK, span);
	node = make(parse, NODE_IF, span, depth);
	node->branch.condition = condition;
	node->branch.yes = yes;
	node->branch.no = no;
	return node;
}

struct node *tree_loop(struct parse *parse, enum node_kind kind, struct span span,
		       struct node *condition, struct node *body)
{
	struct node *node = make(parse, kind, span, deeper(depth_of(condition), depth_of(body)));

	node->loop.condition = condition;
	node->loop.body = body;
	return node;
}

/* The bodies of for loops are put in by the grammar when it has read them. */
struct node *tree_each(struct parse *parse, struct span span, struct node *var, struct node *map)
{
	struct node *node = make(parse, NODE_FOR_MAP, span, depth_of(map));

	node->each.var = var;
	node->each.map = map;
	return node;
}

struct node *tree_range(struct parse *parse, struct span span, struct node *var, struct node *from,
			struct node *to)
{
	struct node *node = make(parse, NODE_FOR_RANGE, span, deeper(depth_of(from), depth_of(to)));

	node->range.var = var;
	node->range.from = from;
	node->range.to = to;
	return node;
}

struct node *tree_for(struct parse *parse, struct span span, struct node *header, struct node *body)
{
	struct deep_node *deep =
		(struct deep_node *)((char *)header - offsetof(struct deep_node, node));

	if (!allowed(parse, span, depth_of(body)))
		return header;
	deep->depth = deeper(deep->depth, depth_of(body) + 1);
	header->span = span;
	if (header->kind == NODE_FOR_MAP)
		header->each.body = body;
	else
		header->range.body = body;
	return header;
}

void tree_append(struct parse *parse, struct list *list, struct node *node)
{
	struct node **items;

	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 4;
		items = arena_array(parse->arena, list->capacity, sizeof(struct node *));
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(struct node *));
		list->items = items;
	}
	list->items[list->count++] = node;
}
