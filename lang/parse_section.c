/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects what stands between the probes: members of C definitions, settings, imports, declarations of maps
 * and macros. Each goes to the end of its list of the program.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/import.h"
#include "lang/names.h"
#include "lang/parse.h"
#include "lang/unit.h"

/* Put `item` behind the last of a list that is linked by `next`. */
#define ADD_LAST(list, item)                                                                       \
	do {                                                                                       \
		__auto_type last_ = &(list);                                                       \
		while (*last_)                                                                     \
			last_ = &(*last_)->next;                                                   \
		*last_ = (item);                                                                   \
	} while (0)

/* Of all lists together, which are gone through by name. */
#define SECTIONS_MAX 4096

bool parse_is_full(struct parse *parse, struct span span)
{
	uint32_t n = ++parse->unit->program.n_sections;

	if (n == SECTIONS_MAX + 1)
		diag_report(&parse->unit->diags, DIAG_too_many_sections, span, SECTIONS_MAX);
	return n > SECTIONS_MAX;
}

/* C stands before everything that could use it. */
void parse_check_order(struct parse *parse, struct span span)
{
	if (parse->begun)
		diag_report(&parse->unit->diags, DIAG_c_after_probe, span);
}

void parse_check_config(struct parse *parse, struct span span)
{
	if (parse->begun)
		diag_report(&parse->unit->diags, DIAG_config_after_probe, span);
}

void parse_add_member(struct parse *parse, struct parse_members *members,
		      const struct member *member)
{
	struct member *items;

	if (members->count == members->capacity) {
		members->capacity = members->capacity ? members->capacity * 2 : 8;
		items = arena_array(parse->arena, members->capacity, sizeof(*items));
		if (members->count)
			memcpy(items, members->items, members->count * sizeof(*items));
		members->items = items;
	}
	members->items[members->count++] = *member;
}

void parse_add_setting(struct parse *parse, struct span span, struct span name_span,
		       const char *name, struct node *value)
{
	struct config_entry *entry;

	if (parse_is_full(parse, span))
		return;
	entry = arena_alloc(parse->arena, sizeof(*entry));
	entry->span = span;
	entry->name_span = name_span;
	entry->name = name;
	entry->value = value;
	ADD_LAST(parse->unit->program.config, entry);
}

void parse_add_import(struct parse *parse, struct span span, struct text path)
{
	struct import *import;

	if (parse_is_full(parse, span))
		return;
	import = arena_alloc(parse->arena, sizeof(*import));
	import->span = span;
	import->path = path.bytes;
	ADD_LAST(parse->unit->program.imports, import);
	import_path(parse, span, path.bytes);
}

void parse_add_declaration(struct parse *parse, struct span span, const char *name,
			   struct node *value)
{
	struct map_declaration *declaration;

	if (parse_is_full(parse, span))
		return;
	declaration = arena_alloc(parse->arena, sizeof(*declaration));
	declaration->span = span;
	declaration->name = name;
	declaration->value = value;
	ADD_LAST(parse->unit->program.declarations, declaration);
}

/* As it is written; those of a function have numbers for names. */
static const char *param_text(struct parse *parse, const struct node *param)
{
	if (param->kind == NODE_NAME)
		return param->name.text;
	return param->kind == NODE_VAR ? arena_printf(parse->arena, "$%s", param->var.text)
				       : arena_printf(parse->arena, "@%s", param->map.text);
}

static void check_params(struct parse *parse, const struct list *params)
{
	struct names names = {.arena = parse->arena};

	for (uint32_t i = 0; i < params->count; i++) {
		const char *text = param_text(parse, params->items[i]);
		void **there = names_at(&names, text);

		if (*there)
			diag_report(&parse->unit->diags, DIAG_macro_param_twice,
				    params->items[i]->span, text);
		*there = params->items[i];
	}
}

void parse_add_macro(struct parse *parse, struct span span, struct span name_span, const char *name,
		     const struct list *params, struct node *block, bool is_function)
{
	struct macro *macro;

	if (parse_is_full(parse, span))
		return;
	parse->begun = true;
	check_params(parse, params);
	macro = arena_alloc(parse->arena, sizeof(*macro));
	macro->span = span;
	macro->name_span = name_span;
	macro->name = name;
	macro->params = (struct node_list){.items = params->items, .count = params->count};
	macro->body = tree_value_block(parse, block);
	macro->is_function = is_function;
	ADD_LAST(parse->unit->program.macros, macro);
}
