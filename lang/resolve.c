/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binds names: each use of a scratch variable to its declaration, by lexical scope; each map to one
 * record for the whole program; each other name to a builtin. Messages of this pass are about names
 * only.
 */
#include <string.h>

#include "image/near.h"
#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/bpf_file.h"
#include "lang/c.h"
#include "lang/check.h"
#include "lang/check_known.h"
#include "lang/foreign.h"
#include "lang/form.h"
#include "lang/layout.h"
#include "lang/proto.h"
#include "lang/unit.h"

/* A visible variable; `outer` is the binding of the same name that it hides, or an ended one. */
struct binding {
	struct checked_variable *variable; /* NULL: out of scope */
	struct binding *next_in_scope;
	const char *name;
	bool was; /* a variable, in a scope that may have ended */
};

struct scope {
	struct scope *outer;
	struct binding *bindings;
};

struct resolve {
	struct check *check;
	struct probe *probe;
	struct scope *scope;
	struct names names; /* name -> struct binding */
	uint32_t capacity;
	const struct node *call; /* whose argument is being resolved, else NULL */
};

static void resolve_node(struct resolve *to, struct node *node);

static struct binding *find_binding(struct resolve *to, const struct node *node)
{
	const char *name = node->var.own ? node->var.own : node->var.text;
	void **value = names_at(&to->names, name);

	if (!*value) {
		struct binding *binding = arena_alloc(to->check->arena, sizeof(*binding));

		binding->name = node->var.text;
		*value = binding;
	}
	return *value;
}

/* A variable of the program that no name leads to yet. */
static struct checked_variable *make_variable(struct resolve *to, struct node *target)
{
	struct checked_variable *made = arena_alloc(to->check->arena, sizeof(*made));
	struct probe *probe = to->probe;
	struct variable **larger;

	made->variable.name = target->var.text;
	made->variable.span = target->span;
	made->variable.index = probe->n_variables;
	if (probe->n_variables == to->capacity) {
		to->capacity = to->capacity ? to->capacity * 2 : 8;
		larger = arena_array(to->check->arena, to->capacity, sizeof(struct variable *));
		if (probe->n_variables)
			memcpy(larger, probe->variables,
			       probe->n_variables * sizeof(struct variable *));
		probe->variables = larger;
	}
	probe->variables[probe->n_variables++] = &made->variable;
	target->var.variable = &made->variable;
	return made;
}

static void declare(struct resolve *to, struct node *target)
{
	struct binding *binding = find_binding(to, target);

	binding->variable = make_variable(to, target);
	binding->was = true;
	binding->next_in_scope = to->scope->bindings;
	to->scope->bindings = binding;
}

static void enter(struct resolve *to, struct scope *scope)
{
	*scope = (struct scope){.outer = to->scope};
	to->scope = scope;
}

static void leave(struct resolve *to)
{
	for (struct binding *b = to->scope->bindings; b; b = b->next_in_scope)
		b->variable = NULL;
	to->scope = to->scope->outer;
}

static bool is_variable_of(const struct probe *probe, const char *name)
{
	for (uint32_t i = 0; i < probe->n_variables; i++) {
		if (!strcmp(probe->variables[i]->name, name))
			return true;
	}
	return false;
}

static bool is_variable_elsewhere(const struct resolve *to, const char *name)
{
	for (const struct probe *p = to->check->unit->program.probes; p; p = p->next) {
		if (p != to->probe && is_variable_of(p, name))
			return true;
	}
	return false;
}

static void report_undefined(struct resolve *to, struct node *node)
{
	struct near near;
	struct diag *diag;

	/* bpftrace points at the function when the variable is an argument of its own */
	diag = diag_report(to->check->diags, DIAG_undefined_variable,
			   to->call ? to->call->call.name_span : node->span, node->var.text);
	near_start(&near, node->var.text);
	for (struct scope *scope = to->scope; diag && scope; scope = scope->outer) {
		for (struct binding *b = scope->bindings; b; b = b->next_in_scope)
			near_try(&near, b->name, strlen(b->name));
	}
	if (!diag)
		return;
	/* a macro does not see the caller's variable of the same name */
	if (find_binding(to, node)->was)
		diag_hint(to->check->diags, diag, DIAG_hint_outlives, node->var.text);
	else if (!to->check->diags->expansion && is_variable_elsewhere(to, node->var.text))
		diag_hint(to->check->diags, diag, DIAG_hint_shared, node->var.text);
	else if (near.best && strcmp(near.best, node->var.text))
		diag_hint(to->check->diags, diag, DIAG_did_you_mean,
			  arena_printf(to->check->arena, "$%s", near.best));
}

static void resolve_var(struct resolve *to, struct node *node)
{
	struct binding *binding = find_binding(to, node);

	if (!binding->variable) {
		report_undefined(to, node);
		declare(to, node);
		node->var.variable->type = to->check->poison;
		node->var.variable->assigned = true;
		return;
	}
	node->var.variable = &binding->variable->variable;
	node->var.variable->used = true;
}

static void assign_var(struct resolve *to, struct node *target, bool plain)
{
	struct binding *binding = find_binding(to, target);

	if (!plain) {
		resolve_var(to, target);
	} else if (binding->variable) {
		target->var.variable = &binding->variable->variable;
	} else {
		declare(to, target);
	}
	target->var.variable->assigned = true;
}

/* A variable of a `let` or a loop: it must not hide another. */
static void declare_new(struct resolve *to, struct node *target, enum diag_tag shadows)
{
	struct binding *binding = find_binding(to, target);
	struct diag *diag;

	if (!binding->variable) {
		declare(to, target);
		return;
	}
	diag = diag_report(to->check->diags, shadows, target->span, target->var.text);
	diag_note(to->check->diags, diag, DIAG_initial_declaration,
		  binding->variable->variable.span);
	make_variable(to, target)->variable.assigned = true;
}

static struct checked_map *find_map(struct check *check, struct node *node)
{
	void **value = names_at(&check->maps, node->map.text);
	struct checked_map *map, **larger;
	const struct checked_map *vanished;

	if (*value)
		return *value; /* cppcheck-suppress identicalInnerCondition; what is there */
	map = arena_alloc(check->arena, sizeof(*map));
	vanished = *names_at(&check->vanished, node->map.text);
	if (vanished)
		*map = *vanished;
	map->map.name = node->map.text;
	map->map.span = node->span;
	*value = map;
	if (check->n_maps == check->map_capacity) {
		check->map_capacity = check->map_capacity ? check->map_capacity * 2 : 16;
		larger = arena_array(check->arena, check->map_capacity, sizeof(*larger));
		if (check->n_maps)
			memcpy(larger, check->map_list, check->n_maps * sizeof(*larger));
		check->map_list = larger;
	}
	check->map_list[check->n_maps++] = map;
	return map;
}

/* A map is either always used with a key or never. */
static void shape_map(struct check *check, struct checked_map *map, struct span span, bool keyed)
{
	struct diag *diag;

	if (!map->shaped) {
		map->shaped = true;
		map->keyed = keyed;
		map->map.span = span;
		return;
	}
	if (map->keyed == keyed)
		return;
	diag = diag_report(check->diags, keyed ? DIAG_scalar_used_keyed : DIAG_keyed_used_scalar,
			   span, map->map.name);
	diag_note(check->diags, diag, DIAG_previous_use, map->map.span);
}

static void resolve_map(struct resolve *to, struct node *node)
{
	struct checked_map *map = find_map(to->check, node);

	node->map.map = &map->map;
	shape_map(to->check, map, node->span, node->map.key != NULL);
	if (node->map.key)
		resolve_node(to, node->map.key);
}

/* The argument of a function that takes a map by name. */
static void resolve_map_name(struct resolve *to, struct node *call, struct node *node)
{
	struct checked_map *map = find_map(to->check, node);
	bool with_key = (call->call.builtin->id == BUILTIN_has_key ||
			 call->call.builtin->id == BUILTIN_find ||
			 call->call.builtin->id == BUILTIN_delete) &&
			call->call.args.count > 1;

	node->map.map = &map->map;
	if (node->map.key || with_key)
		shape_map(to->check, map, node->span, true);
	if (node->map.key)
		resolve_node(to, node->map.key);
}

/* Names of bpftrace's that mean nothing here. */
static bool report_not_offered(struct resolve *to, struct span span, const char *name)
{
	static const struct {
		const char *name, *why;
	} rows[] = {
		{"dw_ustack", "stacks are not unwound by DWARF; ustack follows frame pointers"},
		{"skboutput", "packets are not written to files; buf() of their data can be printed"},
		{"sarg", "arguments on the stack are read by *(reg(\"sp\") + 8)"},
	};
	size_t length = strlen(name);

	while (length && name[length - 1] >= '0' && name[length - 1] <= '9')
		length--;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strncmp(rows[i].name, name, length) != 0 || rows[i].name[length])
			continue;
		diag_report(to->check->diags, DIAG_not_offered, span, name, rows[i].why);
		return true;
	}
	return false;
}

static void report_unknown_call(struct resolve *to, struct node *node)
{
	const struct builtin *builtins = to->check->unit->builtins;
	const char *foreign = foreign_name(node->call.text, strlen(node->call.text));
	struct near near;
	struct diag *diag;

	if (report_not_offered(to, node->call.name_span, node->call.text))
		return;
	diag = diag_report(to->check->diags, DIAG_unknown_function, node->call.name_span,
			   node->call.text);
	near_start(&near, node->call.text);
	for (uint32_t i = 0; diag && i < BUILTINS; i++)
		near_try(&near, builtins[i].name, strlen(builtins[i].name));
	if (foreign)
		diag_hint(to->check->diags, diag, DIAG_hint_foreign, foreign);
	else if (near.best)
		diag_hint(to->check->diags, diag, DIAG_did_you_mean, near.best);
}

static bool takes_map(const struct builtin *builtin, const struct node *arg)
{
	if (arg->kind != NODE_MAP)
		return false;
	return builtin->proto.params[0].kind == PROTO_MAP ||
	       ((builtin->id == BUILTIN_print || builtin->id == BUILTIN_len) && !arg->map.key);
}

static void resolve_call(struct resolve *to, struct node *node)
{
	const struct builtin *builtin = builtin_find(to->check->unit->builtins, node->call.text);
	struct node_list *args = &node->call.args;

	node->call.builtin = builtin;
	if (!builtin)
		node->call.function = bpf_function_find(to->check->unit, node->call.text);
	if (!builtin && !node->call.function)
		report_unknown_call(to, node);
	for (uint32_t i = 0; i < args->count; i++) {
		if (builtin && i == 0 && takes_map(builtin, args->items[i])) {
			resolve_map_name(to, node, args->items[i]);
			continue;
		}
		if (builtin && i < builtin->proto.n_params &&
		    (builtin->proto.params[i].kind == PROTO_WORD ||
		     builtin->proto.params[i].kind == PROTO_WORD_OR_INT) &&
		    args->items[i]->kind == NODE_NAME)
			continue;
		to->call = node;
		resolve_node(to, args->items[i]);
		to->call = NULL;
	}
}

/* sys_enter_openat's filename, that is args.filename? */
static bool is_field(struct resolve *to, const char *name)
{
	const struct target *target = to->probe->n_targets ? to->probe->targets : NULL;
	const struct type *context = to->probe->context;

	if (!context && target && target->type->id == PROBE_tracepoint)
		context = target->type->form->context(to->check->unit, target);
	return context && type_field(context, name);
}

static void hint_name(struct resolve *to, struct diag *diag, const char *name)
{
	const struct builtin *builtins = to->check->unit->builtins;
	const char *foreign = foreign_name(name, strlen(name));
	struct diags *diags = to->check->diags;
	struct near near;

	near_start(&near, name);
	for (uint32_t i = 0; diag && i < BUILTINS; i++) {
		if (!builtins[i].proto.n_required)
			near_try(&near, builtins[i].name, strlen(builtins[i].name));
	}
	if (!diag)
		return;
	if (c_is_defined(to->check->unit, name))
		diag_hint(diags, diag, DIAG_macro_no_expression, name);
	else if (!strcasecmp(name, "null"))
		diag_hint(diags, diag, DIAG_hint_null);
	else if (is_field(to, name))
		diag_hint(diags, diag, DIAG_hint_field, name);
	else if (foreign)
		diag_hint(diags, diag, DIAG_hint_foreign, foreign);
	else if (near.best)
		diag_hint(diags, diag, DIAG_did_you_mean, near.best);
	else
		diag_hint(diags, diag, DIAG_hint_name, name);
}

static void resolve_name(struct resolve *to, struct node *node)
{
	const struct builtin *builtins = to->check->unit->builtins;
	const struct builtin *builtin = builtin_find(builtins, node->name.text);
	const char *text = node->name.text;

	if (builtin && builtin_is_added(builtin) &&
	    layout_own_enumerator(to->check->unit, text, &node->name.enumeration, &node->name.value))
		return;
	node->name.builtin = builtin;
	if (builtin && builtin->proto.n_params + builtin->aggregation &&
	    !builtin->proto.n_required && !builtin->proto.variadic) {
		node->kind = NODE_CALL;
		node->call.text = text;
		node->call.name_span = node->span;
		node->call.args = (struct node_list){0};
		node->call.builtin = builtin;
		node->call.format = NULL;
		node->call.map = NULL;
		node->call.constant = 0;
		return;
	}
	if (builtin && !builtin->proto.n_params && !builtin->proto.variadic)
		return;
	if (builtin) {
		diag_report(to->check->diags, DIAG_function_as_name, node->span, text);
		return;
	}
	if (layout_enumerator(to->check->unit, text, &node->name.enumeration, &node->name.value))
		return;
	if (report_not_offered(to, node->span, text))
		return;
	hint_name(to, diag_report(to->check->diags, DIAG_unknown_identifier, node->span, text), text);
}

static void resolve_child(void *self, struct node **child)
{
	resolve_node(self, *child);
}

/* for ($kv : @m): the map by name, which must have keys. */
static void resolve_walked_map(struct resolve *to, struct node *node)
{
	struct checked_map *map;

	if (node->kind != NODE_MAP || node->map.key) {
		diag_report(to->check->diags, DIAG_each_not_map, node->span);
		resolve_node(to, node);
		return;
	}
	map = find_map(to->check, node);
	node->map.map = &map->map;
	if (map->shaped && !map->keyed)
		diag_report(to->check->diags, DIAG_each_scalar, node->span, map->map.name);
	else
		shape_map(to->check, map, node->span, true);
}

static void resolve_scoped(struct resolve *to, struct node *node)
{
	struct diags *diags = to->check->diags;
	struct diag_expansion here = {node->span, diags->expansion};
	struct scope scope;

	enter(to, &scope);
	if (node->kind == NODE_BLOCK_EXPR && node->braced.expanded)
		diags->expansion = &here;
	if (node->kind == NODE_FOR_MAP) {
		resolve_walked_map(to, node->each.map);
		declare_new(to, node->each.var, DIAG_loop_shadows);
		node->each.var->var.variable->assigned = true;
		resolve_node(to, node->each.body);
	} else if (node->kind == NODE_FOR_RANGE) {
		resolve_node(to, node->range.from);
		resolve_node(to, node->range.to);
		declare_new(to, node->range.var, DIAG_loop_shadows);
		node->range.var->var.variable->assigned = true;
		resolve_node(to, node->range.body);
	} else {
		ast_each_child(node, resolve_child, to);
	}
	diags->expansion = here.outer;
	leave(to);
}

/* sizeof(size_t): a name that is no value may be a type. */
static void resolve_type_operand(struct resolve *to, struct node *node)
{
	const char *text = node->name.text;

	if (node->kind != NODE_NAME || builtin_find(to->check->unit->builtins, text) ||
	    !layout_named(to->check->unit, FORM_NAME, text))
		return;
	node->kind = NODE_TYPE;
	node->type_name.form = FORM_NAME;
	node->type_name.text = text;
	node->type_name.elem = node->type_name.operand = NULL;
	node->type_name.definition = NULL;
}

/*
 * if comptime (e): names in the block that is not taken need not be known. What e is can be found out
 * here unless it is about variables or maps, whose types are not known yet. Returns true if the
 * node was resolved.
 */
static bool resolve_choice(struct resolve *to, struct node *node)
{
	bool is_if = node->kind == NODE_IF, now, truth;
	struct node *condition = is_if ? node->branch.condition : node->ternary.condition;
	struct node **yes = is_if ? &node->branch.yes : &node->ternary.yes;
	struct node **no = is_if ? &node->branch.no : &node->ternary.no, **live;
	bool muted = to->check->diags->muted;

	if (condition->kind != NODE_COMPTIME)
		return false;
	resolve_node(to, condition);
	to->check->probe = to->probe;
	to->check->diags->muted = true;
	check_choice(to->check, condition, &now, &truth);
	to->check->diags->muted = muted;
	live = truth ? yes : no;
	for (int i = 0; i < 2; i++) {
		struct node **arm = i ? no : yes, *dead = *arm;

		if (dead && (!now || arm == live)) {
			resolve_node(to, dead);
		} else if (dead) {
			*arm = arena_alloc(to->check->arena, sizeof(*dead));
			**arm = (struct node){.kind = is_if ? NODE_BLOCK : NODE_INT,
					      .span = dead->span};
		}
	}
	return true;
}

static void resolve_node(struct resolve *to, struct node *node)
{
	const struct node *call = to->call;

	if ((node->kind == NODE_IF || node->kind == NODE_TERNARY) && resolve_choice(to, node))
		return;
	if (node->kind == NODE_SIZEOF)
		resolve_type_operand(to, node->one.value);
	else if (node->kind == NODE_OFFSETOF)
		resolve_type_operand(to, node->offset.object);
	else if (node->kind == NODE_TYPE && node->type_name.form == FORM_TYPEOF)
		resolve_type_operand(to, node->type_name.operand);
	if (node->kind != NODE_VAR)
		to->call = NULL;
	if (node->kind == NODE_VAR) {
		resolve_var(to, node);
	} else if (node->kind == NODE_MAP) {
		resolve_map(to, node);
	} else if (node->kind == NODE_CALL) {
		resolve_call(to, node);
	} else if (node->kind == NODE_NAME) {
		resolve_name(to, node);
	} else if (node->kind == NODE_ASSIGN) {
		resolve_node(to, node->assign.value);
		if (node->assign.target->kind == NODE_VAR)
			assign_var(to, node->assign.target, node->assign.op == BINARY_OPS);
		else
			resolve_node(to, node->assign.target);
	} else if (node->kind == NODE_LET) {
		if (node->let.type_name)
			resolve_node(to, node->let.type_name);
		if (node->let.value)
			resolve_node(to, node->let.value);
		declare_new(to, node->let.target, DIAG_shadowed);
		node->let.target->var.variable->assigned |= node->let.value != NULL;
	} else if (node->kind == NODE_BLOCK || node->kind == NODE_BLOCK_EXPR ||
		   node->kind == NODE_FOR_MAP || node->kind == NODE_FOR_RANGE) {
		resolve_scoped(to, node);
	} else if (node->kind == NODE_UNARY && node->unary.op == UNARY_ADDRESS &&
		   node->unary.operand->kind == NODE_MAP && !node->unary.operand->map.key) {
		/* of the map, whether it has keys or not */
		node->unary.operand->map.map = &find_map(to->check, node->unary.operand)->map;
	} else {
		ast_each_child(node, resolve_child, to);
		if (node->kind == NODE_EXPR && node->one.value->kind == NODE_MAP)
			checked_map(node->one.value->map.map)->mentioned = true;
	}
	to->call = call;
}

void resolve_probe(struct check *check, struct probe *probe)
{
	struct resolve to = {
		.check = check,
		.probe = probe,
		.names = {.arena = check->arena},
	};
	struct scope scope;

	enter(&to, &scope);
	if (probe->predicate)
		resolve_node(&to, probe->predicate);
	resolve_node(&to, probe->body);
	leave(&to);
}
