/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the makers of tree nodes share: nodes that know how deep the tree below them is.
 */
#ifndef DUETRACE_TREE_H
#define DUETRACE_TREE_H

#include <stdbool.h>

#include "lang/ast.h"

struct parse;

/* A node above two children, which may be NULL. */
struct node *tree_above(struct parse *parse, enum node_kind kind, struct span span,
			const struct node *a, const struct node *b);
/* False if such a node would be too deep; reported. */
bool tree_allowed(struct parse *parse, struct span span, const struct node *a,
		  const struct node *b);

#endif
