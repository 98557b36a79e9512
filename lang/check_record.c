/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records: `emit name { fields }` has the same fields, and types that one column can hold, wherever
 * it stands in the script; `alert name { fields }` likewise, and belongs to the rule of that name.
 */
#include <string.h>
#include <strings.h>

#include "lang/arena.h"
#include "lang/check.h"
#include "lang/unit.h"

/* What every record has without being asked, and the key of its table. */
static const char *const envelope[] = {
	"id", "run",
#define ENVELOPE(name, type) #name,
#include "image/envelope.def"
#undef ENVELOPE
};

/* Tables that the database has for itself. */
static const char *const tables[] = {"runs",   "rules",	  "alerts", "output",
				     "maps",   "losses", "strings"};

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcasecmp(name, list[i]))
			return true;
	return false;
}

/* SQL does not tell capitals from others, so names that only differ in that are the same. */
static void check_names(struct check *check, const struct node *node)
{
	const struct node *fields = node->emit.fields;
	const char *const *names = fields->record.names;
	uint32_t count = fields->record.list.count;

	for (uint32_t i = 0; i < count; i++) {
		struct span span = fields->record.list.items[i]->span;

		if (!node->emit.alert &&
		    is_one_of(names[i], envelope, sizeof(envelope) / sizeof(*envelope)))
			diag_report(check->diags, DIAG_field_is_envelope, span, names[i]);
		if (is_one_of(names[i], names, i))
			diag_report(check->diags, DIAG_field_again, span, names[i]);
	}
	if (node->emit.alert)
		return;
	if (is_one_of(node->emit.text, tables, sizeof(tables) / sizeof(*tables)) ||
	    !strncasecmp(node->emit.text, "sqlite_", strlen("sqlite_")))
		diag_report(check->diags, DIAG_record_is_table, node->emit.name_span,
			    node->emit.text);
}

static struct record_type *find_record(struct check *check, const struct node *node)
{
	struct record_type **end = &check->unit->program.records, *type;
	const struct node *fields = node->emit.fields;
	uint32_t count = fields->record.list.count;

	for (; *end; end = &(*end)->next)
		if ((*end)->alert == node->emit.alert && !strcasecmp((*end)->name, node->emit.text))
			return *end;
	type = arena_alloc(check->arena, sizeof(*type));
	*type = (struct record_type){
		.name = node->emit.text,
		.span = node->emit.name_span,
		.alert = node->emit.alert,
		.n_fields = count,
		.names = fields->record.names,
		.types = arena_array(check->arena, count + 1, sizeof(*type->types)),
		.spans = arena_array(check->arena, count + 1, sizeof(*type->spans)),
		.index = check->unit->program.n_records++,
	};
	memset(type->types, 0, (count + 1) * sizeof(*type->types));
	*end = type;
	return type;
}

static uint32_t field_index(const struct record_type *type, const char *name)
{
	uint32_t i = 0;

	while (i < type->n_fields && strcmp(type->names[i], name) != 0)
		i++;
	return i;
}

/* The same names, in any order. False: reported. */
static bool check_fields(struct check *check, const struct node *node,
			 const struct record_type *type)
{
	const struct node *fields = node->emit.fields;
	bool same = fields->record.list.count == type->n_fields;
	struct diag *diag;

	for (uint32_t i = 0; same && i < type->n_fields; i++)
		same = field_index(type, fields->record.names[i]) < type->n_fields;
	if (same)
		return true;
	diag = diag_report(check->diags, DIAG_record_differs, node->emit.name_span, type->name);
	diag_note(check->diags, diag, DIAG_record_first, type->span);
	return false;
}

/* Integers of both signs go into one column; anything else stays what it was first. */
static void widen_field(struct check *check, struct record_type *type, uint32_t index,
			const struct node *value)
{
	const struct type *merged;
	struct diag *diag;

	if (value->type->kind == TYPE_POISON)
		return;
	if (value->type->kind == TYPE_CONTEXT || type_is_aggregation(value->type)) {
		diag_report(check->diags, DIAG_field_type, value->span,
			    type_name(check, value->type));
		return;
	}
	if (!type->types[index]) {
		type->types[index] = value->type;
		type->spans[index] = value->span;
		check->changed = true;
		return;
	}
	merged = merge_types(check, type->types[index], value->type);
	if (merged) {
		check->changed |= merged != type->types[index];
		type->types[index] = merged;
		return;
	}
	diag = diag_report(check->diags, DIAG_field_mismatch, value->span, type->names[index],
			   type->name, type_name(check, value->type));
	diag_note(check->diags, diag, DIAG_field_first, type->spans[index],
		  type_name(check, type->types[index]));
}

void check_emit(struct check *check, struct node *node)
{
	struct node *fields = node->emit.fields;
	struct record_type *type = find_record(check, node);
	bool same;

	node->emit.type = type;
	if (check->final && type->span.begin == node->emit.name_span.begin)
		check_names(check, node);
	same = check_fields(check, node, type);
	for (uint32_t i = 0; i < fields->record.list.count; i++) {
		struct node *value = fields->record.list.items[i];

		check_value(check, value);
		if (same)
			widen_field(check, type, field_index(type, fields->record.names[i]), value);
	}
}

void check_rules(struct check *check)
{
	struct program *program = &check->unit->program;

	for (struct record_type *type = program->records; type; type = type->next) {
		struct rule **end = &program->rules;

		if (!type->alert)
			continue;
		while (*end && strcmp((*end)->name, type->name) != 0)
			end = &(*end)->next;
		if (*end)
			continue;
		*end = arena_alloc(check->arena, sizeof(**end));
		**end = (struct rule){
			.name = type->name,
			.span = type->span,
			.about = "",
			.tags = "",
			.severity = SEVERITY_medium,
			.index = program->n_rules++,
		};
	}
}
