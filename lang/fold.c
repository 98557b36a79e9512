/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folds from the leaves up, so that the checker sees 3 and not 1 + 2: the type of a literal follows
 * from its value. What is not known here, such as the size of a type, the checker finds out where
 * it must be known (check_known.c). A division by 0 is left to run time, which says what it is.
 */
#include "lang/fold.h"

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
}

void fold_unit(struct unit *unit)
{
	for (struct probe *probe = unit->program.probes; probe; probe = probe->next) {
		if (probe->predicate)
			fold(unit, &probe->predicate);
		fold(unit, &probe->body);
	}
}
