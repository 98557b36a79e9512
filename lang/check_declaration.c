/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declarations of maps, `let @m = hash(100);`: how a map is kept and how much goes into it. Looked
 * at once the types are known, because an aggregation asks for a map that is kept by CPU.
 */
#include "lang/check_declaration.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/check.h"
#include "lang/unit.h"

static const struct {
	const char *name;
	enum map_kind kind;
	bool percpu;
} kinds[] = {
	{"hash", MAP_HASH, false},
	{"lruhash", MAP_LRU_HASH, false},
	{"percpuhash", MAP_PERCPU_HASH, true},
	{"percpulruhash", MAP_PERCPU_LRU_HASH, true},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void fit_kind(struct check *check, const struct map_declaration *declaration,
		     struct map *map, size_t kind)
{
	bool percpu = map->value && type_is_aggregation(map->value);

	if (percpu != kinds[kind].percpu)
		diag_report(check->diags, DIAG_map_incompatible, declaration->span,
			    kinds[kind].name, percpu ? "percpuhash" : "hash");
	map->kind = kinds[kind].kind;
}

static void check_one(struct check *check, const struct map_declaration *declaration)
{
	const struct node *call = declaration->value;
	const struct node_list *args = &call->call.args;
	struct checked_map *map = *names_at(&check->maps, declaration->name);
	struct diag *diag;
	size_t kind = 0;

	while (kind < KINDS && strcmp(kinds[kind].name, call->call.text))
		kind++;
	if (kind == KINDS) {
		diag = diag_report(check->diags, DIAG_map_kind, call->call.name_span,
				   call->call.text);
		diag_hint(check->diags, diag, DIAG_map_kinds);
		return;
	}
	if (args->count != 1 || args->items[0]->kind != NODE_INT ||
	    !args->items[0]->integer.value || args->items[0]->integer.value > INT32_MAX) {
		diag_report(check->diags, DIAG_map_entries, call->span, call->call.text);
		return;
	}
	if (!map) {
		diag_report(check->diags, DIAG_map_unused, declaration->span, declaration->name);
		return;
	}
	fit_kind(check, declaration, &map->map, kind);
	map->map.capacity = (uint32_t)args->items[0]->integer.value;
}

void check_declarations(struct check *check)
{
	const struct map_declaration *all = check->unit->program.declarations, *other;
	struct diag *diag;

	for (const struct map_declaration *one = all; one; one = one->next) {
		for (other = all; other != one && strcmp(other->name, one->name);)
			other = other->next;
		if (other != one) {
			diag = diag_report(check->diags, DIAG_map_redeclared, one->span, one->name);
			diag_note(check->diags, diag, DIAG_initial_declaration, other->span);
			continue;
		}
		check_one(check, one);
	}
}
