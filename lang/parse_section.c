/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects what stands between the probes: C definitions, settings, imports, declarations of maps
 * and macros. Each goes to the end of its list of the program.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/import.h"
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

/* C stands before everything that could use it. */
void parse_check_order(struct parse *parse, struct span span)
{
	const struct program *program = &parse->unit->program;

	if (program->probes || program->macros)
		diag_report(&parse->unit->diags, DIAG_c_after_probe, span);
}

void parse_add_declarator(struct parse *parse, struct parse_declarators *declarators,
			  const struct parse_declarator *declarator)
{
	struct parse_declarator *items;

	if (declarators->count == declarators->capacity) {
		declarators->capacity = declarators->capacity ? declarators->capacity * 2 : 4;
		items = arena_array(parse->arena, declarators->capacity, sizeof(*items));
		if (declarators->count)
			memcpy(items, declarators->items, declarators->count * sizeof(*items));
		declarators->items = items;
	}
	declarators->items[declarators->count++] = *declarator;
}

static void add_member(struct parse *parse, struct parse_members *members,
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

void parse_add_members(struct parse *parse, struct parse_members *members, struct span span,
		       struct node *base, const struct parse_declarators *declarators)
{
	struct node *type;

	if (!declarators->count)
		add_member(parse, members, &(struct member){span, "", base, NULL});
	for (uint32_t i = 0; i < declarators->count; i++) {
		const struct parse_declarator *item = &declarators->items[i];

		type = item->function ? tree_type(parse, base->span, FORM_NAME, "void", NULL, NULL)
				      : base;
		for (uint32_t k = 0; k < item->stars; k++)
			type = tree_type(parse, base->span, FORM_POINTER, "", type, NULL);
		for (uint32_t k = item->dimensions.count; k--;)
			type = tree_type(parse, base->span, FORM_ARRAY, "", type,
					 item->dimensions.items[k]);
		add_member(parse, members,
			   &(struct member){item->span, item->name, type, item->bits});
	}
}

void parse_add_enumerator(struct parse *parse, struct parse_members *members, struct span span,
			  const char *name, struct node *value)
{
	add_member(parse, members, &(struct member){span, name, NULL, value});
}

/* The number in aligned(8), or 0. */
static uint32_t asked_alignment(const char *attributes)
{
	const char *at = strstr(attributes, "aligned");
	uint32_t value = 0;

	at = at ? strchr(at, '(') : NULL;
	while (at && *++at >= '0' && *at <= '9' && value < 4096)
		value = value * 10 + (uint32_t)(*at - '0');
	return value && !(value & (value - 1)) ? value : 0;
}

struct node *parse_define_type(struct parse *parse, struct span span, enum type_form form,
			       const char *name, const struct parse_members *members,
			       const char *attributes)
{
	struct definition *definition = arena_alloc(parse->arena, sizeof(*definition));
	struct node *type;

	definition->span = span;
	definition->form = form;
	definition->name = name;
	definition->members = members->items;
	definition->n_members = members->count;
	definition->packed = strstr(attributes, "packed") != NULL;
	definition->aligned = asked_alignment(attributes);
	if (*name || form == FORM_ENUM)
		ADD_LAST(parse->unit->program.definitions, definition);
	type = tree_type(parse, span, form, name, NULL, NULL);
	type->type_name.definition = definition;
	return type;
}

/* Each name as a definition with one member, whose type it is. */
void parse_add_typedefs(struct parse *parse, struct span span, struct node *base,
			const struct parse_declarators *declarators)
{
	struct parse_members members = {0};
	struct definition *definition;

	parse_check_order(parse, span);
	parse_add_members(parse, &members, span, base, declarators);
	for (uint32_t i = 0; i < members.count; i++) {
		definition = arena_alloc(parse->arena, sizeof(*definition));
		definition->span = members.items[i].span;
		definition->form = FORM_NAME;
		definition->name = members.items[i].name;
		definition->members = &members.items[i];
		definition->n_members = 1;
		ADD_LAST(parse->unit->program.definitions, definition);
	}
}

void parse_add_setting(struct parse *parse, struct span span, struct span name_span,
		       const char *name, struct node *value)
{
	struct config_entry *entry = arena_alloc(parse->arena, sizeof(*entry));

	entry->span = span;
	entry->name_span = name_span;
	entry->name = name;
	entry->value = value;
	ADD_LAST(parse->unit->program.config, entry);
}

void parse_add_import(struct parse *parse, struct span span, struct text path)
{
	struct import *import = arena_alloc(parse->arena, sizeof(*import));

	import->span = span;
	import->path = path.bytes;
	ADD_LAST(parse->unit->program.imports, import);
	import_path(parse, span, path.bytes);
}

void parse_add_declaration(struct parse *parse, struct span span, const char *name,
			   struct node *value)
{
	struct map_declaration *declaration = arena_alloc(parse->arena, sizeof(*declaration));

	declaration->span = span;
	declaration->name = name;
	declaration->value = value;
	ADD_LAST(parse->unit->program.declarations, declaration);
}

void parse_add_macro(struct parse *parse, struct span span, struct span name_span, const char *name,
		     const struct list *params, struct node *block)
{
	struct macro *macro = arena_alloc(parse->arena, sizeof(*macro));

	macro->span = span;
	macro->name_span = name_span;
	macro->name = name;
	macro->params = (struct node_list){.items = params->items, .count = params->count};
	macro->body = tree_value_block(parse, block);
	ADD_LAST(parse->unit->program.macros, macro);
}
