/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function knows where each kind of node keeps its children; clones and searches go through it.
 */
#include "lang/ast_walk.h"

#include <string.h>

#include "lang/arena.h"

struct children {
	void (*visit)(void *self, struct node **child);
	void *self;
};

static void one(const struct children *children, struct node **child)
{
	if (*child)
		children->visit(children->self, child);
}

static void list(const struct children *children, struct node_list *nodes)
{
	for (uint32_t i = 0; i < nodes->count; i++)
		one(children, &nodes->items[i]);
}

/* The kinds with two children and more. */
static void several(const struct children *to, struct node *node)
{
	if (node->kind == NODE_TERNARY) {
		one(to, &node->ternary.condition);
		one(to, &node->ternary.yes);
		one(to, &node->ternary.no);
	} else if (node->kind == NODE_WHILE || node->kind == NODE_UNROLL) {
		one(to, &node->loop.condition);
		one(to, &node->loop.body);
	} else if (node->kind == NODE_ASSIGN) {
		one(to, &node->assign.target);
		one(to, &node->assign.value);
	} else if (node->kind == NODE_LET) {
		one(to, &node->let.target);
		one(to, &node->let.type_name);
		one(to, &node->let.value);
	} else if (node->kind == NODE_IF) {
		one(to, &node->branch.condition);
		one(to, &node->branch.yes);
		one(to, &node->branch.no);
	} else if (node->kind == NODE_FOR_MAP) {
		one(to, &node->each.var);
		one(to, &node->each.map);
		one(to, &node->each.body);
	} else if (node->kind == NODE_FOR_RANGE) {
		one(to, &node->range.var);
		one(to, &node->range.from);
		one(to, &node->range.to);
		one(to, &node->range.body);
	} else if (node->kind == NODE_TYPE) {
		one(to, &node->type_name.elem);
		one(to, &node->type_name.operand);
	} else if (node->kind == NODE_BLOCK_EXPR) {
		list(to, &node->braced.list);
		one(to, &node->braced.value);
	} else if (node->kind == NODE_CAST) {
		one(to, &node->cast.type_name);
		one(to, &node->cast.operand);
	} else if (node->kind == NODE_INDEX) {
		one(to, &node->index.object);
		one(to, &node->index.index);
	} else if (node->kind == NODE_BINARY) {
		one(to, &node->binary.left);
		one(to, &node->binary.right);
	}
}

void ast_each_child(struct node *node, void (*visit)(void *self, struct node **child), void *self)
{
	const struct children to = {visit, self};

	switch (node->kind) {
	case NODE_INT:
	case NODE_STRING:
	case NODE_BOOL:
	case NODE_NAME:
	case NODE_PARAM:
	case NODE_PARAM_COUNT:
	case NODE_VAR:
	case NODE_BREAK:
	case NODE_CONTINUE:
	case NODE_KINDS:
		return;
	case NODE_MAP:
		one(&to, &node->map.key);
		return;
	case NODE_CALL:
		list(&to, &node->call.args);
		return;
	case NODE_UNARY:
		one(&to, &node->unary.operand);
		return;
	case NODE_STEP:
		one(&to, &node->step.target);
		return;
	case NODE_FIELD:
		one(&to, &node->field.object);
		return;
	case NODE_OFFSETOF:
		one(&to, &node->offset.object);
		return;
	case NODE_RECORD:
		list(&to, &node->record.list);
		return;
	case NODE_TUPLE:
	case NODE_BLOCK:
		list(&to, &node->list);
		return;
	case NODE_EMIT:
		one(&to, &node->emit.fields);
		return;
	case NODE_SIZEOF:
	case NODE_COMPTIME:
	case NODE_EXPR:
	case NODE_DISCARD:
	case NODE_RETURN:
		one(&to, &node->one.value);
		return;
	case NODE_TYPE:
	case NODE_BLOCK_EXPR:
	case NODE_CAST:
	case NODE_INDEX:
	case NODE_BINARY:
	case NODE_TERNARY:
	case NODE_WHILE:
	case NODE_UNROLL:
	case NODE_ASSIGN:
	case NODE_LET:
	case NODE_IF:
	case NODE_FOR_MAP:
	case NODE_FOR_RANGE:
		several(&to, node);
		return;
	}
}

static void clone_child(void *self, struct node **child)
{
	*child = ast_clone(self, *child);
}

static void clone_items(struct arena *arena, struct node_list *nodes)
{
	nodes->items = arena_copy(arena, nodes->items, nodes->count * sizeof(struct node *));
}

struct node *ast_clone(struct arena *arena, const struct node *node)
{
	struct node *copy;

	if (!node)
		return NULL;
	copy = arena_copy(arena, node, sizeof(*node));
	if (copy->kind == NODE_CALL)
		clone_items(arena, &copy->call.args);
	else if (copy->kind == NODE_TUPLE || copy->kind == NODE_BLOCK)
		clone_items(arena, &copy->list);
	else if (copy->kind == NODE_RECORD)
		clone_items(arena, &copy->record.list);
	else if (copy->kind == NODE_BLOCK_EXPR)
		clone_items(arena, &copy->braced.list);
	ast_each_child(copy, clone_child, arena);
	return copy;
}

struct search {
	const char *name;
	bool found;
};

static void search_child(void *self, struct node **child)
{
	struct search *search = self;

	if (search->found)
		return;
	if ((*child)->kind == NODE_NAME && !strcmp((*child)->name.text, search->name))
		search->found = true;
	else if ((*child)->kind == NODE_CALL && !strcmp((*child)->call.text, search->name))
		search->found = true;
	else
		ast_each_child(*child, search_child, self);
}

bool ast_mentions(struct node *node, const char *name)
{
	struct search search = {.name = name};

	if (node)
		search_child(&search, &node);
	return search.found;
}

static const char *tuple_text(struct arena *arena, const struct node_list *types)
{
	const char *text = "(";

	for (uint32_t i = 0; i < types->count; i++)
		text = arena_printf(arena, "%s%s%s", text, i ? ", " : "",
				    ast_type_text(arena, types->items[i]));
	return arena_printf(arena, types->count == 1 ? "%s,)" : "%s)", text);
}

const char *ast_type_text(struct arena *arena, const struct node *type)
{
	const struct node *count = type->type_name.operand;

	switch (type->type_name.form) {
	case FORM_NAME:
		return type->type_name.text;
	case FORM_STRUCT:
		return arena_printf(arena, "struct %s", type->type_name.text);
	case FORM_UNION:
		return arena_printf(arena, "union %s", type->type_name.text);
	case FORM_ENUM:
		return arena_printf(arena, "enum %s", type->type_name.text);
	case FORM_TYPEOF:
		return "typeof";
	case FORM_TUPLE:
		return tuple_text(arena, &count->list);
	case FORM_POINTER:
		return arena_printf(arena, "%s *", ast_type_text(arena, type->type_name.elem));
	case FORM_ARRAY:
		if (!count || count->kind != NODE_INT)
			return arena_printf(arena, "%s[]",
					    ast_type_text(arena, type->type_name.elem));
		return arena_printf(arena, "%s[%llu]", ast_type_text(arena, type->type_name.elem),
				    (unsigned long long)count->integer.value);
	}
	return "";
}
