/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees of processes: each root that the script names is followed once, however often it is asked
 * for.
 */
#include <string.h>

#include "bpf-helpers/abi.h"
#include "lang/arena.h"
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/proto.h"
#include "lang/unit.h"

#define CHECK(name)                                                                                \
	const struct type *check_builtin_##name(struct check *check, struct node *node,            \
						const struct type *result)

static struct tree *find_tree(struct check *check, struct span span, enum tree_root root,
			      uint64_t number)
{
	struct program *program = &check->unit->program;
	struct tree **end = &program->trees;

	for (; *end; end = &(*end)->next)
		if ((*end)->root == root && (*end)->number == number)
			return *end;
	if (program->n_trees == ABI_TREES) {
		diag_report(check->diags, DIAG_too_many_trees, span, ABI_TREES);
		return program->trees;
	}
	*end = arena_alloc(check->arena, sizeof(**end));
	**end = (struct tree){.root = root, .number = number, .index = program->n_trees++};
	return *end;
}

/* The call's constant is the tree's index. */
CHECK(intree)
{
	struct node *root = node->call.args.items[0];
	uint64_t number;

	if (root->kind == NODE_PARAM) {
		if (!check_param_number(check, root, false, &number))
			return result;
		node->call.constant = find_tree(check, node->span, TREE_OF_PARAMETER,
						root->param.number)->index;
	} else if (root->kind == NODE_INT && root->integer.value <= UINT32_MAX) {
		node->call.constant = find_tree(check, node->span, TREE_OF_NUMBER,
						root->integer.value)->index;
	} else if (root->kind == NODE_NAME && root->name.builtin &&
		   root->name.builtin->id == BUILTIN_cpid) {
		node->call.constant = find_tree(check, node->span, TREE_OF_CHILD, 0)->index;
	} else {
		diag_report(check->diags, DIAG_tree_root, root->span);
	}
	return result;
}

CHECK(tree)
{
	if (check->final && !check->unit->program.trees)
		diag_report(check->diags, DIAG_tree_of_none, node->span);
	return result;
}
