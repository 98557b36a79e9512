/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rounds of the checker. Types only ever widen, and each has few steps to the widest, so the
 * rounds end by themselves; their number is bounded all the same, because a script that passes
 * types along a chain of thousands of maps would take as many rounds.
 */
#include "lang/check.h"
#include "lang/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/check_declaration.h"
#include "lang/unit.h"

#define MAX_ROUNDS 64
/* A string that is longer in each of so many is appended to in a loop. */
#define GROWING_ROUNDS 16

static void check_round(struct check *check, struct probe *probe)
{
	check->changed = false;
	for (; probe; probe = probe->next) {
		check->probe = probe;
		if (probe->predicate)
			check_condition(check, probe->predicate, DIAG_bad_condition, "");
		check_statement(check, probe->body);
	}
}

/* Repeat until no type widens; false if that did not happen. */
static bool settle(struct check *check, struct probe *probes)
{
	for (uint32_t i = 0; i < MAX_ROUNDS; i++) {
		check_round(check, probes);
		if (!check->changed)
			return true;
		check->growing |= i >= GROWING_ROUNDS;
	}
	return false;
}

/*
 * A map that is only mentioned, `@x;`, or that nothing assigns any more, is one of integers; a
 * variable that is only declared too.
 */
static void give_defaults(struct check *check, struct probe *probe)
{
	for (uint32_t i = 0; i < check->n_maps; i++) {
		struct checked_map *map = check->map_list[i];

		if ((map->mentioned || map->vanished) && !map->assigned && !map->map.value)
			map->map.value = type_int(check->types, 8, true);
		if (map->vanished && map->keyed && !map->map.key)
			map->map.key = type_int(check->types, 8, true);
	}
	for (; probe; probe = probe->next) {
		for (uint32_t i = 0; i < probe->n_variables; i++) {
			struct variable *variable = probe->variables[i];

			if (!variable->type)
				variable->type = type_int(check->types, 8, true);
		}
	}
}

static void warn_variables(struct check *check)
{
	struct probe *probe;

	for (probe = check->unit->program.probes; probe; probe = probe->next) {
		for (uint32_t i = 0; i < probe->n_variables; i++) {
			const struct variable *variable = probe->variables[i];

			if (!variable->assigned)
				diag_report(check->diags, DIAG_never_assigned, variable->span,
					    variable->name);
		}
	}
}

static void warn_parameters(struct check *check)
{
	const struct program *program = &check->unit->program;

	if (check->unit->options->params_later)
		return;
	for (uint32_t i = 0; i < program->n_parameters; i++) {
		const struct parameter *parameter = &program->parameters[i];

		if (!unit_param(check->unit, parameter->number))
			diag_report(check->diags, DIAG_param_unset, parameter->span,
				    arena_printf(check->arena, "$%u", parameter->number));
	}
}

static int compare_maps(const void *left, const void *right)
{
	const struct map *a = *(struct map *const *)left, *b = *(struct map *const *)right;

	return strcmp(a->name, b->name);
}

static int compare_parameters(const void *left, const void *right)
{
	const struct parameter *a = left, *b = right;

	return a->number < b->number ? -1 : a->number > b->number;
}

static void finish(struct check *check)
{
	struct program *program = &check->unit->program;

	program->maps = arena_array(check->arena, check->n_maps, sizeof(struct map *));
	for (uint32_t i = 0; i < check->n_maps; i++) {
		struct checked_map *map = check->map_list[i];

		/* One that is only named where nothing is compiled is none. */
		if (!map->map.value && !check->diags->n_errors)
			continue;
		map->map.printable = map->assigned;
		program->maps[program->n_maps++] = &map->map;
	}
	qsort(program->maps, program->n_maps, sizeof(struct map *), compare_maps);
	for (uint32_t i = 0; i < program->n_maps; i++)
		program->maps[i]->index = i;
	if (program->n_parameters)
		qsort(program->parameters, program->n_parameters, sizeof(struct parameter),
		      compare_parameters);
}

bool check_probes(struct check *check, struct probe *probes)
{
	bool settled;

	check->final = check->defaulting = check->growing = false;
	for (struct probe *probe = probes; probe; probe = probe->next)
		resolve_probe(check, probe);
	check->diags->muted = true;
	settled = settle(check, probes);
	check->defaulting = true;
	settled = settled && settle(check, probes);
	give_defaults(check, probes);
	settled = settled && settle(check, probes);
	check->diags->muted = false;
	check->final = true;
	if (settled)
		check_round(check, probes);
	else
		diag_report(check->diags, DIAG_types_unsettled, SPAN_NONE);
	return settled;
}

void check_unit(struct unit *unit)
{
	struct check check = {
		.unit = unit,
		.arena = unit->arena,
		.types = unit->types,
		.diags = &unit->diags,
		.maps = {.arena = unit->arena},
		.vanished = {.arena = unit->arena},
		.poison = type_simple(unit->types, TYPE_POISON, false),
	};

	check_vanished(&check);
	if (check_probes(&check, unit->program.probes)) {
		warn_variables(&check);
		warn_parameters(&check);
		check_declarations(&check);
		check_rules(&check);
		check_pinned(&check);
		dataset_build(unit);
		check_uncalled(&check);
	}
	finish(&check);
}
