/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks over the syntax tree that do not depend on what its nodes mean.
 */
#ifndef DUETRACE_AST_WALK_H
#define DUETRACE_AST_WALK_H

#include <stdbool.h>

#include "lang/ast.h"

struct arena;

/* Call `visit` with the place of each child that is there, in source order. */
void ast_each_child(struct node *node, void (*visit)(void *self, struct node **child), void *self);
/* A deep copy of what parse() made; nothing that check() fills in is kept apart. */
struct node *ast_clone(struct arena *arena, const struct node *node);
/* A TYPE as it is written: "struct foo *", "uint8[4]". */
const char *ast_type_text(struct arena *arena, const struct node *type);
/* True if the tree uses a bare name, such as `args`. NULL is an empty tree. */
bool ast_mentions(struct node *node, const char *name);

#endif
