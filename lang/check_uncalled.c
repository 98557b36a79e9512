/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that nothing calls. A call is a copy of the body, so without one there is nothing that
 * would be checked: the macro stage keeps one copy of each, which is looked at here as if a probe
 * called it. No code comes of it, so what the copies make (maps, records, parameters) or widen is
 * put back; nor is there a probe, so what depends on one is not known, and not wrong.
 *
 * Blocks whose probes there are none of are the same, but that nothing is said of them, and that
 * their maps are not forgotten: others may read them, and find nothing.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/check.h"
#include "lang/form.h"
#include "lang/type.h"
#include "lang/unit.h"

/* What only the place of a call, or the command line of a run, makes an error. */
static const enum diag_tag dropped[] = {
	DIAG_not_in_probe,	 DIAG_call_not_in_probe, DIAG_no_registers,   DIAG_no_result,
	DIAG_path_outside,	 DIAG_kprobe_only,	 DIAG_no_args,	      DIAG_comm_of_another,
	DIAG_unsafe_function,	 DIAG_no_cpid,		 DIAG_never_assigned, DIAG_TAGS,
};

/* The program as it was. */
struct kept {
	struct program program;
	struct checked_map *maps;
	uint32_t n_maps;
	const struct type **types;	  /* of all fields of all records */
	struct record_type **last_record; /* where one more would go */
	struct tree **last_tree;
	struct dataset **last_dataset;
};

static uint32_t count_fields(const struct program *program)
{
	uint32_t n = 0;

	for (const struct record_type *record = program->records; record; record = record->next)
		n += record->n_fields;
	return n;
}

static void keep(struct check *check, struct kept *kept)
{
	struct program *program = &check->unit->program;
	uint32_t n = 0;

	kept->program = *program;
	for (kept->last_record = &program->records; *kept->last_record;)
		kept->last_record = &(*kept->last_record)->next;
	for (kept->last_tree = &program->trees; *kept->last_tree;)
		kept->last_tree = &(*kept->last_tree)->next;
	for (kept->last_dataset = &program->datasets; *kept->last_dataset;)
		kept->last_dataset = &(*kept->last_dataset)->next;
	kept->n_maps = check->n_maps;
	kept->maps = arena_array(check->arena, check->n_maps + 1, sizeof(*kept->maps));
	for (uint32_t i = 0; i < check->n_maps; i++)
		kept->maps[i] = *check->map_list[i];
	kept->types = arena_array(check->arena, count_fields(program) + 1, sizeof(*kept->types));
	for (const struct record_type *record = program->records; record; record = record->next)
		for (uint32_t i = 0; i < record->n_fields; i++)
			kept->types[n++] = record->types[i];
}

static void put_back(struct check *check, const struct kept *kept)
{
	struct program *program = &check->unit->program;
	uint32_t n = 0;

	*kept->last_record = NULL;
	*kept->last_tree = NULL;
	*kept->last_dataset = NULL;
	*program = kept->program;
	check->n_maps = kept->n_maps;
	for (uint32_t i = 0; i < kept->n_maps; i++)
		*check->map_list[i] = kept->maps[i];
	for (const struct record_type *record = program->records; record; record = record->next)
		for (uint32_t i = 0; i < record->n_fields; i++)
			record->types[i] = kept->types[n++];
}

/* As if they were blocks of `begin`. */
static void check_alone(struct check *check, struct probe *probes)
{
	static const struct target target = {
		.type = &probe_types[PROBE_begin], .name = "", .first = "", .second = ""};

	for (struct probe *probe = probes; probe; probe = probe->next) {
		probe->targets = arena_copy(check->arena, &target, sizeof(target));
		probe->n_targets = 1;
	}
	check_probes(check, probes);
}

void check_uncalled(struct check *check)
{
	struct kept kept;

	if (!check->unit->program.uncalled)
		return;
	keep(check, &kept);
	check->diags->dropped = dropped;
	check_alone(check, check->unit->program.uncalled);
	check->diags->dropped = NULL;
	put_back(check, &kept);
	check->unit->program.uncalled = NULL;
}

/* Their maps, as the script says them. What comes from `args` alone is not known: whoever reads it
 * says. */
static void remember(struct check *check, const struct check *own)
{
	for (uint32_t i = 0; i < own->n_maps; i++) {
		const struct checked_map *from = own->map_list[i];
		struct checked_map *map;

		if (!from->assigned)
			continue;
		map = arena_copy(check->arena, from, sizeof(*from));
		map->map.value = from->map.value == own->poison ? NULL : from->map.value;
		map->map.key = from->map.key == own->poison ? NULL : from->map.key;
		map->assigned = map->mentioned = map->has_numbers = false;
		map->vanished = true;
		*names_at(&check->vanished, map->map.name) = map;
	}
}

void check_vanished(struct check *check)
{
	const struct diags said = *check->diags;
	struct check own = *check;
	struct kept kept;

	if (!check->unit->program.vanished)
		return;
	/* What is not known is a number, so that a tuple with it is one all the same. */
	own.poison = type_int(check->types, 8, true);
	keep(&own, &kept);
	check_alone(&own, check->unit->program.vanished);
	remember(check, &own);
	put_back(&own, &kept);
	*check->diags = said;
}
