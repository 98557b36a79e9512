/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folds from the leaves up, so that the checker sees 3 and not 1 + 2: the type of a literal follows
 * from its value. What is not known here, such as the size of a type, the checker finds out where
 * it must be known (check_known.c). A division by 0 is left to run time, which says what it is.
 */
#include "lang/fold.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/constant.h"
#include "lang/unit.h"

static void fold(void *self, struct node **place);

/* Behind what was folded: a literal in its place, or a message. */
static void replace(struct unit *unit, struct node *node, enum constant_result result,
		    const struct constant *value)
{
	if (result == CONSTANT_KNOWN)
		constant_into(unit->arena, node, value);
	else if (result == CONSTANT_OVERFLOW)
		diag_report(&unit->diags, DIAG_fold_overflow, node->span);
}

static void fold_unary(struct unit *unit, struct node *node)
{
	struct constant operand, value;

	/* -5 is what a negative literal is; what is too small for one, the checker says. */
	if (constant_literal(node, &value) || !constant_literal(node->unary.operand, &operand) ||
	    (node->unary.op == UNARY_NEGATE && node->unary.operand->kind == NODE_INT))
		return;
	replace(unit, node, constant_unary(node->unary.op, &operand, &value), &value);
}

static void fold_binary(struct unit *unit, struct node *node)
{
	struct constant left, right, value;

	if (constant_literal(node->binary.left, &left) &&
	    constant_literal(node->binary.right, &right))
		replace(unit, node, constant_binary(node->binary.op, &left, &right, &value),
			&value);
}

static struct node *make(struct unit *unit, enum node_kind kind, struct span span)
{
	struct node *node = arena_alloc(unit->arena, sizeof(*node));

	node->kind = kind;
	node->span = span;
	return node;
}

static struct node *make_type(struct unit *unit, enum type_form form, const char *text,
			      struct node *elem, struct span span)
{
	struct node *type = make(unit, NODE_TYPE, span);

	type->type_name.form = form;
	type->type_name.text = text;
	type->type_name.elem = elem;
	return type;
}

static struct node *make_cast(struct unit *unit, struct node *pointee, struct node *operand,
			      struct span span)
{
	struct node *cast = make(unit, NODE_CAST, span);

	cast->cast.type_name = make_type(unit, FORM_POINTER, "", pointee, span);
	cast->cast.operand = operand;
	return cast;
}

/* The names of a.b.c; false if it is anything else. */
static bool read_path(struct unit *unit, const struct node *node, struct node *offset)
{
	const struct node *at = node;
	uint32_t n = 1;

	for (; at->kind == NODE_FIELD; at = at->field.object)
		n++;
	if (at->kind != NODE_NAME)
		return false;
	offset->offset.path = arena_array(unit->arena, n, sizeof(char *));
	offset->offset.n_path = n;
	for (at = node; n--; at = at->field.object)
		offset->offset.path[n] = at->kind == NODE_FIELD ? at->field.text : at->name.text;
	return true;
}

/* container_of(p, struct s, m) is (struct s *)((int8 *)p - offsetof(struct s, m)). */
static void fold_container_of(struct unit *unit, struct node *node)
{
	struct node **args = node->call.args.items, *type = args[1], *difference;
	struct node *offset = make(unit, NODE_OFFSETOF, node->span);
	struct node *byte = make_type(unit, FORM_NAME, "int8", NULL, node->span);

	if (type->kind == NODE_NAME)
		type = make_type(unit, FORM_NAME, type->name.text, NULL, type->span);
	if (type->kind != NODE_TYPE || !read_path(unit, args[2], offset)) {
		diag_report(&unit->diags, DIAG_container_of, node->span);
		*node = *make(unit, NODE_INT, node->span);
		return;
	}
	offset->offset.object = type;
	difference = make(unit, NODE_BINARY, node->span);
	difference->binary.op = BINARY_SUB;
	difference->binary.op_span = node->span;
	difference->binary.left = make_cast(unit, byte, args[0], node->span);
	difference->binary.right = offset;
	*node = *make_cast(unit, ast_clone(unit->arena, type), difference, node->span);
}

static void fold(void *self, struct node **place)
{
	struct unit *unit = self;
	struct node *node = *place;
	struct diag_expansion here = {node->span, unit->diags.expansion};

	if (node->kind == NODE_BLOCK_EXPR && node->braced.expanded)
		unit->diags.expansion = &here;
	ast_each_child(node, fold, unit);
	unit->diags.expansion = here.outer;
	if (node->kind == NODE_UNARY)
		fold_unary(unit, node);
	else if (node->kind == NODE_BINARY)
		fold_binary(unit, node);
	else if (node->kind == NODE_CALL && node->call.args.count == 3 &&
		 !strcmp(node->call.text, "container_of"))
		fold_container_of(unit, node);
}

void fold_unit(struct unit *unit)
{
	for (struct probe *probe = unit->program.probes; probe; probe = probe->next) {
		if (probe->predicate)
			fold(unit, &probe->predicate);
		fold(unit, &probe->body);
	}
	for (struct probe *probe = unit->program.uncalled; probe; probe = probe->next)
		fold(unit, &probe->body);
}
