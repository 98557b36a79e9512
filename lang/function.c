/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fn name($a : T, ...) : T { ... } - functions of the script. A call becomes a copy of the body, as a
 * macro's does, so a function may use all that a probe may. What makes it a function: its parameters
 * are variables of their own with the types that are said, evaluated once; its result has the type
 * that is said; and `return` leaves the function only. For that, statements behind an `if` that
 * returns go into the branches that do not: then each `return` is the end of its block, and so its
 * value. One inside a loop breaks out of all loops and says so in a variable.
 */
#include "lang/function.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/parse.h"
#include "lang/unit.h"

/* Statements that all copies may have: each `if` that may return or not has what follows twice. */
#define MAX_STATEMENTS 20000

/* No user can write a blank in a name. */
static const char result_name[] = "return value";

struct lowering {
	struct parse *parse;
	const char *name;
	struct node *result; /* its type */
	bool is_void, failed;
	uint32_t n_statements;
	uint32_t n_loops; /* that return */
};

struct search {
	struct parse *parse;
	uint32_t loops;
	bool found;
};

static void find_return(void *self, struct node **place)
{
	struct search *search = self;

	search->found |= (*place)->kind == NODE_RETURN;
	if (!search->found)
		ast_each_child(*place, find_return, self);
}

static bool returns(struct node *node)
{
	struct search search = {0};

	find_return(&search, &node);
	return search.found;
}

/* True if nothing behind the statement is ever reached. */
static bool always_returns(const struct node *node)
{
	if (!node)
		return false;
	if (node->kind == NODE_RETURN)
		return true;
	if (node->kind == NODE_IF)
		return always_returns(node->branch.yes) && always_returns(node->branch.no);
	for (uint32_t i = 0; node->kind == NODE_BLOCK && i < node->list.count; i++) {
		if (always_returns(node->list.items[i]))
			return true;
	}
	return false;
}

/* break and continue must not reach a loop around the call. */
static void check_loops(void *self, struct node **place)
{
	struct search *search = self;
	struct node *node = *place;
	bool loop = node->kind == NODE_WHILE || node->kind == NODE_FOR_MAP ||
		    node->kind == NODE_FOR_RANGE;

	if (!search->loops && (node->kind == NODE_BREAK || node->kind == NODE_CONTINUE))
		diag_report(&search->parse->unit->diags, DIAG_not_in_loop, node->span,
			    node->kind == NODE_BREAK ? "break" : "continue");
	search->loops += loop;
	ast_each_child(node, check_loops, self);
	search->loops -= loop;
}

static struct node *lower(struct lowering *to, struct span span, const struct list *statements);

static bool is_loop(const struct node *node)
{
	return node->kind == NODE_WHILE || node->kind == NODE_FOR_MAP ||
	       node->kind == NODE_FOR_RANGE;
}

/* A variable of the loop that is being lowered. */
static struct node *loop_var(struct lowering *to, struct span span, const char *what)
{
	return tree_var(to->parse, span,
			arena_printf(to->parse->arena, "%s %u", what, to->n_loops));
}

static struct node *truth(struct lowering *to, struct span span, bool value)
{
	return tree_integer(to->parse, NODE_BOOL, span, value);
}

static void lower_return(struct lowering *to, struct node *node, struct list *out);

/* return e: { $value = e; $left = true; break; } */
static struct node *leave_loop(struct lowering *to, struct node *node)
{
	struct parse *parse = to->parse;
	struct span span = node->span;
	struct list out = {0}, ignored = {0};

	lower_return(to, node, &ignored);
	if (node->one.value)
		tree_append(parse, &out,
			    tree_assign(parse, span, loop_var(to, span, "value"), BINARY_OPS,
					node->one.value));
	tree_append(parse, &out,
		    tree_assign(parse, span, loop_var(to, span, "left"), BINARY_OPS,
				truth(to, span, true)));
	tree_append(parse, &out, tree_leaf(parse, NODE_BREAK, span));
	return tree_block(parse, span, &out, false);
}

static void replace_returns(void *self, struct node **place);

/* Behind a loop in the loop that returns: if ($left) { break; } */
static void replace_in_block(struct lowering *to, struct node *block)
{
	struct parse *parse = to->parse;
	struct list out = {0}, stop;

	for (uint32_t i = 0; i < block->list.count; i++) {
		struct node *item = block->list.items[i];
		bool leaves = is_loop(item) && returns(item);

		replace_returns(to, &item);
		tree_append(parse, &out, item);
		if (!leaves)
			continue;
		stop = (struct list){0};
		tree_append(parse, &stop, tree_leaf(parse, NODE_BREAK, item->span));
		tree_append(parse, &out,
			    tree_branch(parse, item->span, loop_var(to, item->span, "left"),
					tree_block(parse, item->span, &stop, false), NULL));
	}
	block->list.items = out.items;
	block->list.count = out.count;
}

static void replace_returns(void *self, struct node **place)
{
	struct lowering *to = self;

	if ((*place)->kind == NODE_RETURN)
		*place = leave_loop(to, *place);
	else if ((*place)->kind == NODE_BLOCK)
		replace_in_block(to, *place);
	else
		ast_each_child(*place, replace_returns, to);
}

/*
 * { let $left = false; let $value : T; the loop; if ($left) { return $value; } ... }
 * A loop's body may be a function of its own in the kernel, so it cannot be left but by `break`.
 */
static struct node *lower_loop(struct lowering *to, struct node *loop, const struct list *rest)
{
	struct parse *parse = to->parse;
	struct span span = loop->span;
	struct list all = {0}, leave = {0};
	struct node *value = NULL;

	/* What follows an `if` may be here twice. */
	loop = ast_clone(parse->arena, loop);
	to->n_loops++;
	if (!to->is_void)
		value = loop_var(to, span, "value");
	tree_append(parse, &leave, tree_one(parse, NODE_RETURN, span, value));
	tree_append(parse, &all,
		    tree_branch(parse, span, loop_var(to, span, "left"),
				tree_block(parse, span, &leave, false), NULL));
	for (uint32_t i = 0; i < rest->count; i++)
		tree_append(parse, &all, rest->items[i]);
	leave = (struct list){0};
	tree_append(parse, &leave,
		    tree_let(parse, span, loop_var(to, span, "left"), NULL, truth(to, span, false)));
	if (value)
		tree_append(parse, &leave,
			    tree_let(parse, span, loop_var(to, span, "value"),
				     ast_clone(parse->arena, to->result), NULL));
	replace_returns(to, &loop);
	tree_append(parse, &leave, loop);
	tree_append(parse, &leave, lower(to, span, &all));
	return tree_block(parse, span, &leave, !to->is_void);
}

/*
 * What an if's branch does, then the statements behind the if. They may be in both branches: every
 * call is a deep copy, which takes them apart.
 */
static struct node *lower_branch(struct lowering *to, struct span span, struct node *branch,
				 const struct list *rest)
{
	struct list all = {0};

	if (branch && branch->kind == NODE_BLOCK) {
		span = branch->span;
		for (uint32_t i = 0; i < branch->list.count; i++)
			tree_append(to->parse, &all, branch->list.items[i]);
	} else if (branch) {
		tree_append(to->parse, &all, branch);
	}
	for (uint32_t i = 0; !always_returns(branch) && i < rest->count; i++)
		tree_append(to->parse, &all, rest->items[i]);
	return lower(to, span, &all);
}

static void lower_if(struct lowering *to, struct node *node, const struct list *rest,
		     struct list *out)
{
	struct node *yes = lower_branch(to, node->span, node->branch.yes, rest);
	struct node *no = lower_branch(to, node->span, node->branch.no, rest);

	if (to->failed)
		return;
	if (to->is_void)
		node = tree_branch(to->parse, node->span, node->branch.condition, yes, no);
	else
		node = tree_one(to->parse, NODE_EXPR, node->span,
				tree_ternary(to->parse, node->branch.condition,
					     tree_value_block(to->parse, yes),
					     tree_value_block(to->parse, no)));
	tree_append(to->parse, out, node);
}

static void lower_return(struct lowering *to, struct node *node, struct list *out)
{
	struct diags *diags = &to->parse->unit->diags;

	if (to->is_void && node->one.value)
		diag_report(diags, DIAG_fn_void_value, node->span, to->name);
	else if (!to->is_void && !node->one.value)
		diag_report(diags, DIAG_fn_no_return, node->span, to->name);
	to->failed |= to->is_void == (node->one.value != NULL);
	if (node->one.value)
		tree_append(to->parse, out,
			    tree_one(to->parse, NODE_EXPR, node->span, node->one.value));
}

/* A block whose last statement is the value, unless the function has none. */
static struct node *lower(struct lowering *to, struct span span, const struct list *statements)
{
	struct list out = {0}, rest;
	bool done = false;

	for (uint32_t i = 0; i < statements->count && !done && !to->failed; i++) {
		struct node *node = statements->items[i];

		rest = (struct list){statements->items + i + 1, statements->count - i - 1, 0};
		if (++to->n_statements > MAX_STATEMENTS) {
			diag_report(&to->parse->unit->diags, DIAG_macro_too_many, span);
			to->failed = true;
		} else if (node->kind == NODE_RETURN) {
			lower_return(to, node, &out);
			done = true;
		} else if (!returns(node)) {
			tree_append(to->parse, &out, node);
		} else if (node->kind == NODE_IF) {
			lower_if(to, node, &rest, &out);
			done = true;
		} else if (is_loop(node)) {
			tree_append(to->parse, &out, lower_loop(to, node, &rest));
			done = true;
		} else if (node->kind == NODE_BLOCK) {
			tree_append(to->parse, &out, lower_branch(to, span, node, &rest));
			done = true;
		} else {
			diag_report(&to->parse->unit->diags, DIAG_fn_loop_return, node->span);
			to->failed = true;
		}
	}
	if (!done && !to->is_void && !to->failed) {
		diag_report(&to->parse->unit->diags, DIAG_fn_no_return, span, to->name);
		to->failed = true;
	}
	return tree_block(to->parse, span, &out, !to->is_void);
}

void function_add_param(struct parse *parse, struct parse_record *params, struct span span,
			const char *name, struct node *type)
{
	for (uint32_t i = 0; i < params->list.count; i++) {
		if (!strcmp(params->names[i], name))
			diag_report(&parse->unit->diags, DIAG_fn_param_twice, span, name);
	}
	tree_append_named(parse, params, name,
			  tree_let(parse, span, tree_var(parse, span, name), type, NULL));
}

void function_add(struct parse *parse, struct span span, struct span name_span, const char *name,
		  const struct parse_record *params, struct node *result, struct node *block)
{
	struct lowering to = {.parse = parse, .name = name, .result = result};
	struct search search = {.parse = parse};
	struct list names = {0}, statements = {0}, body = {0};
	struct node *inner, *let;

	to.is_void = result->type_name.form == FORM_NAME && !strcmp(result->type_name.text, "void");
	check_loops(&search, &block);
	for (uint32_t i = 0; i < block->list.count; i++)
		tree_append(parse, &body, block->list.items[i]);
	inner = lower(&to, block->span, &body);
	for (uint32_t i = 0; i < params->list.count; i++) {
		let = params->list.items[i];
		let->let.value = tree_leaf(parse, NODE_NAME, let->span);
		let->let.value->name.text = arena_printf(parse->arena, "#%u", i);
		tree_append(parse, &statements, let);
		tree_append(parse, &names, let->let.value);
	}
	if (to.is_void) {
		tree_append(parse, &statements, inner);
	} else {
		tree_append(parse, &statements,
			    tree_let(parse, name_span, tree_var(parse, name_span, result_name),
				     result, tree_value_block(parse, inner)));
		tree_append(parse, &statements,
			    tree_one(parse, NODE_EXPR, name_span,
				     tree_var(parse, name_span, result_name)));
	}
	parse_add_macro(parse, span, name_span, name, &names,
			tree_block(parse, span, &statements, !to.is_void), true);
}
