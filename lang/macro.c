/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each call of a macro becomes a copy of the macro's body with the arguments in it. A macro's own
 * variables get names that nothing else has (`own`), so they neither meet the caller's nor those of
 * another expansion; maps and the caller's variables come in through parameters only.
 *
 * Of several macros of a name the one whose parameters fit best is taken: a variable or map
 * parameter fits better than one for any expression.
 */
#include "lang/macro.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/names.h"
#include "lang/parse.h"
#include "lang/proto.h"
#include "lang/unit.h"

/* Nodes that all expansions together may make: a chain of macros that use others twice doubles. */
#define MAX_NODES 200000

/* A macro whose body is being expanded. */
struct chain {
	const struct macro *macro;
	const struct chain *outer;
};

struct expand {
	struct unit *unit;
	struct names names; /* to the first macro of a name */
	const struct chain *chain;
	uint32_t n_nodes, n_expansions, depth;
	bool failed;
};

/* One expansion: what the names in the body stand for. */
struct expansion {
	struct expand *expand;
	const struct macro *macro;
	const struct node_list *args;
	uint32_t number;
};

static void expand_node(struct expand *expand, struct node **place);
static void substitute(void *self, struct node **place);

static void visit(void *self, struct node **place)
{
	expand_node(self, place);
}

static struct macro *find(struct expand *expand, const char *name)
{
	return *names_at(&expand->names, name);
}

/* The next macro of the same name. */
static struct macro *next(const struct macro *macro)
{
	struct macro *other = macro->next;

	while (other && strcmp(other->name, macro->name))
		other = other->next;
	return other;
}

/* How well arguments fit: -1 not at all, else how many fit a parameter for their kind only. */
static int fit(const struct macro *macro, const struct node_list *args)
{
	int score = 0;

	if (macro->params.count != args->count)
		return -1;
	for (uint32_t i = 0; i < args->count; i++) {
		enum node_kind want = macro->params.items[i]->kind;
		const struct node *arg = args->items[i];

		if (want == NODE_NAME)
			continue;
		if (arg->kind != want || (want == NODE_MAP && arg->map.key))
			return -1;
		score++;
	}
	return score;
}

static struct macro *choose(struct macro *macro, const struct node_list *args)
{
	struct macro *best = NULL;
	int best_fit = -1;

	for (; macro; macro = next(macro)) {
		if (fit(macro, args) > best_fit) {
			best = macro;
			best_fit = fit(macro, args);
		}
	}
	return best;
}

/* No macro of the name takes these arguments. */
static void report_misfit(struct expand *expand, const struct node *call, const struct macro *macro,
			  const struct node_list *args)
{
	struct diags *diags = &expand->unit->diags;
	const char *counts = NULL;

	for (const struct macro *m = macro; m; m = next(m)) {
		if (m->params.count == args->count)
			macro = m;
		counts = counts ? arena_printf(expand->unit->arena, "%s or %u", counts, m->params.count)
				: arena_printf(expand->unit->arena, "%u", m->params.count);
	}
	if (macro->is_function) {
		diag_report(diags, DIAG_fn_arguments, call->span, macro->name, counts, args->count);
		return;
	}
	if (macro->params.count != args->count) {
		diag_report(diags, DIAG_macro_arguments, call->span, macro->name, counts, args->count);
		return;
	}
	for (uint32_t i = 0; i < args->count; i++) {
		enum node_kind want = macro->params.items[i]->kind;
		const struct node *arg = args->items[i];

		if (want == NODE_VAR && arg->kind != NODE_VAR)
			diag_report(diags, DIAG_macro_variable, arg->span, macro->name, i + 1);
		if (want == NODE_MAP && (arg->kind != NODE_MAP || arg->map.key))
			diag_report(diags, DIAG_macro_map, arg->span, macro->name, i + 1);
	}
}

static bool is_recursive(struct expand *expand, const struct node *call, const struct macro *macro)
{
	const struct chain *chain = expand->chain;
	const char *text = macro->name;

	while (chain && chain->macro != macro)
		chain = chain->outer;
	if (!chain)
		return false;
	for (chain = expand->chain; chain; chain = chain->outer) {
		text = arena_printf(expand->unit->arena, "%s > %s", chain->macro->name, text);
		if (chain->macro == macro)
			break;
	}
	diag_report(&expand->unit->diags,
		    macro->is_function ? DIAG_fn_recursive : DIAG_macro_recursive, call->span, text);
	return true;
}

/* The argument that a name in the body stands for, or NULL. */
static struct node *argument(const struct expansion *expansion, enum node_kind kind,
				   const char *text)
{
	const struct node_list *params = &expansion->macro->params;

	for (uint32_t i = 0; i < params->count; i++) {
		const struct node *param = params->items[i];
		const char *name = kind == NODE_VAR   ? param->var.text
				   : kind == NODE_MAP ? param->map.text
						      : param->name.text;

		if (param->kind == kind && !strcmp(name, text))
			return expansion->args->items[i];
	}
	return NULL;
}

static void substitute_var(struct expansion *expansion, struct node *node)
{
	const struct node *arg = argument(expansion, NODE_VAR, node->var.text);

	if (arg) {
		node->var = arg->var;
		return;
	}
	node->var.own = arena_printf(expansion->expand->unit->arena, "%s#%u", node->var.text,
				     expansion->number);
}

static void substitute_map(struct expansion *expansion, struct node *node)
{
	const struct node *arg = argument(expansion, NODE_MAP, node->map.text);

	if (arg)
		node->map.text = arg->map.text;
	else if (!expansion->macro->is_function)
		diag_report(&expansion->expand->unit->diags, DIAG_macro_unhygienic, node->span,
			    node->map.text);
}

static void count(void *self, struct node **place)
{
	struct expand *expand = self;

	if (++expand->n_nodes <= MAX_NODES)
		ast_each_child(*place, count, self);
}

/* A name in the body: an argument's copy, if it is a parameter. */
static void substitute_name(const struct expansion *expansion, struct node **place)
{
	struct expand *expand = expansion->expand;
	struct node *arg = argument(expansion, NODE_NAME, (*place)->name.text);

	if (!arg)
		return;
	count(expand, &arg);
	if (expand->n_nodes <= MAX_NODES)
		*place = ast_clone(expand->unit->arena, arg);
}

static void substitute(void *self, struct node **place)
{
	struct expansion *expansion = self;
	struct node *node = *place;

	expansion->expand->n_nodes++;
	if (node->kind == NODE_NAME) {
		substitute_name(expansion, place);
		return;
	}
	ast_each_child(node, substitute, self);
	if (node->kind == NODE_VAR)
		substitute_var(expansion, node);
	else if (node->kind == NODE_MAP)
		substitute_map(expansion, node);
}

/* What need not be in a block: it has no more to evaluate than itself. */
static bool is_leaf(const struct node *node)
{
	switch (node->kind) {
	case NODE_INT: case NODE_STRING: case NODE_BOOL: case NODE_NAME: case NODE_PARAM:
	case NODE_PARAM_COUNT: case NODE_VAR: case NODE_MAP:
		return true;
	case NODE_CALL: case NODE_UNARY: case NODE_BINARY: case NODE_TERNARY: case NODE_STEP:
	case NODE_FIELD: case NODE_INDEX: case NODE_CAST: case NODE_TUPLE: case NODE_RECORD:
	case NODE_TYPE: case NODE_SIZEOF: case NODE_OFFSETOF: case NODE_BLOCK_EXPR: case NODE_COMPTIME:
	case NODE_EXPR: case NODE_DISCARD: case NODE_EMIT: case NODE_ASSIGN: case NODE_LET: case NODE_IF:
	case NODE_WHILE: case NODE_UNROLL: case NODE_FOR_MAP: case NODE_FOR_RANGE: case NODE_BREAK:
	case NODE_CONTINUE: case NODE_RETURN: case NODE_BLOCK: case NODE_KINDS:
		break;
	}
	return false;
}

/* Put the macro's body in the place of the call. */
static void replace(struct expand *expand, struct node **place, struct macro *macro,
		    const struct node_list *args)
{
	struct expansion expansion = {expand, macro, args, ++expand->n_expansions};
	struct chain chain = {macro, expand->chain};
	struct diags *diags = &expand->unit->diags;
	struct diag_expansion here = {(*place)->span, diags->expansion};
	struct node *body = ast_clone(expand->unit->arena, macro->body), *value;

	macro->is_called = true;
	diags->expansion = &here;
	body->span = here.call;
	body->braced.expanded = true;
	ast_each_child(body, substitute, &expansion);
	expand->chain = &chain;
	ast_each_child(body, visit, expand);
	expand->chain = chain.outer;
	diags->expansion = here.outer;
	value = body->braced.value;
	*place = !body->braced.list.count && value && is_leaf(value) ? value : body;
	(*place)->span = here.call;
}

static void expand_call(struct expand *expand, struct node **place, struct macro *macro,
			const struct node_list *args)
{
	struct macro *chosen = choose(macro, args);

	if (!chosen) {
		/* a builtin of the same name may take them */
		if (!builtin_find(expand->unit->builtins, macro->name))
			report_misfit(expand, *place, macro, args);
		return;
	}
	if (!is_recursive(expand, *place, chosen))
		replace(expand, place, chosen, args);
}

static void expand_node(struct expand *expand, struct node **place)
{
	struct node *node = *place;
	struct macro *macro = NULL;
	struct node_list none = {0}, args;

	if (expand->failed)
		return;
	if (expand->n_nodes > MAX_NODES || expand->depth > 4 * PARSE_MAX_DEPTH) {
		diag_report(&expand->unit->diags, DIAG_macro_too_many, node->span);
		expand->failed = true;
		return;
	}
	expand->depth++;
	ast_each_child(node, visit, expand);
	if (node->kind == NODE_CALL)
		macro = find(expand, node->call.text);
	else if (node->kind == NODE_NAME)
		macro = find(expand, node->name.text);
	if (macro && macro->is_function && node->kind == NODE_NAME)
		macro = NULL; /* only with parentheses */
	if (macro) {
		args = node->kind == NODE_CALL ? node->call.args : none;
		expand_call(expand, place, macro, &args);
	}
	expand->depth--;
}

/* A macro is no place to leave something from: its caller could not see that. */
static void refuse_leaving(void *self, struct node **place)
{
	struct expand *expand = self;
	const char *what = NULL;

	if ((*place)->kind == NODE_RETURN)
		what = "return";
	else if ((*place)->kind == NODE_BREAK)
		what = "break";
	else if ((*place)->kind == NODE_CONTINUE)
		what = "continue";
	if (what)
		diag_report(&expand->unit->diags, DIAG_macro_leaves, (*place)->span, what);
	ast_each_child(*place, refuse_leaving, self);
}

static bool same_params(const struct macro *a, const struct macro *b)
{
	if (a->params.count != b->params.count)
		return false;
	for (uint32_t i = 0; i < a->params.count; i++)
		if (a->params.items[i]->kind != b->params.items[i]->kind)
			return false;
	return true;
}

static void define(struct expand *expand, struct macro *macro)
{
	void **first = names_at(&expand->names, macro->name);
	struct diag *diag;

	if (!*first)
		*first = macro;
	for (const struct macro *other = *first; other && other != macro; other = next(other)) {
		if (!same_params(other, macro))
			continue;
		diag = diag_report(&expand->unit->diags, DIAG_macro_redefined, macro->name_span,
				   macro->name);
		diag_note(&expand->unit->diags, diag, DIAG_initial_declaration, other->name_span);
	}
	if (!macro->is_function)
		ast_each_child(macro->body, refuse_leaving, expand);
}

/* The names of what is called. */
static void note_calls(void *self, struct node **place)
{
	if ((*place)->kind == NODE_CALL)
		*names_at(self, (*place)->call.text) = *place;
	ast_each_child(*place, note_calls, self);
}

/* A function of the script as if something called it: its parameters have their types, no values. */
static void keep_uncalled(struct expand *expand, struct macro *macro)
{
	struct node_list params = macro->params;
	struct expansion expansion = {expand, macro, &params, ++expand->n_expansions};
	struct chain chain = {macro, NULL};
	struct arena *arena = expand->unit->arena;
	struct node *body = ast_clone(arena, macro->body);
	struct node *statement = arena_alloc(arena, sizeof(*statement));
	struct node *block = arena_alloc(arena, sizeof(*block));
	struct node **items = arena_array(arena, 1, sizeof(*items));
	struct probe *probe = arena_alloc(arena, sizeof(*probe)), **end;

	macro->is_called = true;
	for (uint32_t i = 0; i < params.count; i++)
		body->braced.list.items[i]->let.value = NULL;
	ast_each_child(body, substitute, &expansion);
	expand->chain = &chain;
	ast_each_child(body, visit, expand);
	expand->chain = NULL;
	*items = statement;
	*statement = (struct node){.kind = NODE_EXPR, .span = body->span, .one.value = body};
	*block = (struct node){.kind = NODE_BLOCK, .span = body->span, .list = {.items = items, .count = 1}};
	*probe = (struct probe){.span = macro->span, .body = block};
	for (end = &expand->unit->program.uncalled; *end;)
		end = &(*end)->next;
	*end = probe;
}

/*
 * Functions that nothing calls are looked at on their own; what they call, in them. Of those that
 * only call each other, the first of the script stands for all.
 */
static void keep_all_uncalled(struct expand *expand)
{
	struct macro *first = expand->unit->program.macros, *macro;
	struct names inner = {.arena = expand->unit->arena};

	for (macro = first; macro; macro = macro->next)
		if (!macro->is_called)
			note_calls(&inner, &macro->body);
	for (int round = 0; round < 2; round++)
		for (macro = first; macro; macro = macro->next)
			if (macro->is_function && !macro->is_called &&
			    (round || !*names_at(&inner, macro->name)))
				keep_uncalled(expand, macro);
}

void macro_unit(struct unit *unit)
{
	struct expand expand = {.unit = unit, .names = {.arena = unit->arena}};

	if (!unit->program.macros)
		return;
	for (struct macro *macro = unit->program.macros; macro; macro = macro->next)
		define(&expand, macro);
	for (struct probe *probe = unit->program.probes; probe; probe = probe->next) {
		if (probe->predicate)
			expand_node(&expand, &probe->predicate);
		expand_node(&expand, &probe->body);
	}
	keep_all_uncalled(&expand);
}
