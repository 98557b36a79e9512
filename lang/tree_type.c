/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The makers of tree nodes for types and for what is put together of other nodes: blocks and ifs
 * that are values, records.
 */
#include "lang/tree.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/parse.h"
#include "lang/unit.h"

/* Names are compared with each other; a table of SQLite's may have twice as many columns. */
#define RECORD_MEMBERS_MAX 1000

struct node *tree_type(struct parse *parse, struct span span, enum type_form form, const char *text,
		       struct node *elem, struct node *operand)
{
	struct node *node;

	if (!tree_allowed(parse, span, elem, operand))
		elem = operand = NULL;
	node = tree_above(parse, NODE_TYPE, span, elem, operand);
	node->type_name.form = elem || form < FORM_TYPEOF || operand ? form : FORM_NAME;
	node->type_name.text = text;
	node->type_name.elem = elem;
	node->type_name.operand = operand;
	return node;
}

struct node *tree_offsetof(struct parse *parse, struct span span, struct node *object,
			   const struct parse_record *path)
{
	struct node *node;

	if (!tree_allowed(parse, span, object, NULL))
		return tree_leaf(parse, NODE_INT, span);
	node = tree_above(parse, NODE_OFFSETOF, span, object, NULL);
	node->offset.object = object;
	node->offset.path = path->names;
	node->offset.n_path = path->list.count;
	return node;
}

void tree_append_named(struct parse *parse, struct parse_record *record, const char *name,
		       struct node *value)
{
	const char **names;

	if (record->list.count == record->capacity) {
		record->capacity = record->capacity ? record->capacity * 2 : 4;
		names = arena_array(parse->arena, record->capacity, sizeof(*names));
		if (record->list.count)
			memcpy(names, record->names, record->list.count * sizeof(*names));
		record->names = names;
	}
	record->names[record->list.count] = name;
	tree_append(parse, &record->list, value);
}

struct node *tree_record(struct parse *parse, struct span span, const struct parse_record *record)
{
	struct node *node = tree_list(parse, NODE_TUPLE, span, &record->list);
	struct node_list list = node->list;

	if (list.count > RECORD_MEMBERS_MAX) {
		diag_report(&parse->unit->diags, DIAG_record_too_many, list.items[RECORD_MEMBERS_MAX]->span,
			    RECORD_MEMBERS_MAX);
		list.count = RECORD_MEMBERS_MAX;
	}
	node->kind = NODE_RECORD;
	node->record.list = list;
	node->record.names = record->names;
	return node;
}

struct node *tree_block(struct parse *parse, struct span span, const struct list *list, bool open)
{
	struct node *node = tree_list(parse, NODE_BLOCK, span, list);

	node->list.open = open;
	return node;
}

struct node *tree_value_block(struct parse *parse, struct node *block)
{
	struct node_list list = block->list;
	struct node *last = list.count ? list.items[list.count - 1] : NULL;
	struct node *value = NULL;

	if (last && last->kind == NODE_EXPR && list.open)
		value = last->one.value;
	else if (last && last->kind == NODE_IF)
		value = tree_value_if(parse, last);
	else if (last && last->kind == NODE_BLOCK && last->list.open)
		value = tree_value_block(parse, last);
	if (value)
		list.count--;
	list.open = false;
	block->kind = NODE_BLOCK_EXPR;
	block->braced.list = list;
	block->braced.value = value;
	return block;
}

struct node *tree_value_if(struct parse *parse, struct node *branch)
{
	struct node *no = branch->branch.no, *yes;
	struct span span = branch->span;

	if (branch->kind != NODE_IF || !no)
		return NULL;
	no = no->kind == NODE_IF ? tree_value_if(parse, no) : tree_value_block(parse, no);
	if (!no)
		return NULL;
	yes = tree_value_block(parse, branch->branch.yes);
	branch = tree_ternary(parse, branch->branch.condition, yes, no);
	branch->span = span;
	return branch;
}
