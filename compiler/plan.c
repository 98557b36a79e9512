// SPDX-License-Identifier: Apache-2.0
/*
 * The rows of the image's plan that follow from the program's tables: types, maps, parameters,
 * probes. Events are added where they are generated (gen_event.c).
 */
#include "compiler/gen.h"

#include <stdio.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/attach_point.h"
#include "lang/layout.h"
#include "lang/settings.h"

_Static_assert((int)TYPE_STAMP_END == (int)IMAGE_KINDS, "one list serves both");

/* A type that is in the plan, and where. */
struct gen_type_row {
	const struct type *type;
	uint32_t index;
	struct gen_type_row *next;
};

static uint32_t type_flags(const struct type *type)
{
	return (type->is_signed ? IMAGE_TYPE_SIGNED : 0u) | (type->is_union ? IMAGE_TYPE_UNION : 0u) |
	       (type->is_record ? IMAGE_TYPE_RECORD : 0u);
}

/* Members first: a type only refers to types before it. */
static void plan_fields(struct gen *g, const struct type *type, struct image_type *row)
{
	uint32_t *types = arena_alloc(g->arena, (type->count + 1) * sizeof(*types));

	for (uint32_t i = 0; i < type->count; i++)
		types[i] = type->fields[i].type ? plan_type(g, type->fields[i].type) : IMAGE_NONE;
	row->first_field = image_builder_count_fields(g->plan);
	row->n_fields = type->count;
	for (uint32_t i = 0; i < type->count; i++) {
		const struct type_field *field = &type->fields[i];
		struct image_field out = {
			.name = image_builder_string(g->plan, field->name ? field->name : ""),
			.type = types[i],
			.offset = field->offset,
			.bit = field->bit,
			.bits = field->bits,
			.value = field->value,
		};

		image_builder_add_fields(g->plan, &out);
	}
}

uint32_t plan_type(struct gen *g, const struct type *type)
{
	struct image_type row = {
		.kind = (uint32_t)type->kind,
		.size = type->size,
		.flags = type_flags(type),
		.elem = IMAGE_NONE,
	};
	struct gen_type_row *memo;

	for (memo = g->type_rows; memo; memo = memo->next)
		if (memo->type == type)
			return memo->index;
	row.name = image_builder_string(g->plan, type->name ? type->name : "");
	if (type->kind == TYPE_ARRAY) {
		row.elem = plan_type(g, type->elem);
		row.count = type->count;
	} else if (type_is_aggregation(type) && type->elem) {
		row.elem = plan_type(g, type->elem);
	} else if (type->kind == TYPE_STRUCT || type->kind == TYPE_TUPLE || type->kind == TYPE_ENUM) {
		plan_fields(g, type, &row);
	}
	memo = arena_alloc(g->arena, sizeof(*memo));
	*memo = (struct gen_type_row){type, image_builder_add_types(g->plan, &row), g->type_rows};
	g->type_rows = memo;
	return memo->index;
}

void plan_maps(struct gen *g)
{
	for (uint32_t i = 0; i < g->program->n_maps; i++) {
		const struct map *map = g->program->maps[i];
		char name[128];
		struct image_map row = {
			.flags = (map->key ? 0u : (uint32_t)IMAGE_MAP_SCALAR) |
				 (gen_map_percpu(map) ? (uint32_t)IMAGE_MAP_PERCPU : 0u) |
				 (map->printable ? 0u : (uint32_t)IMAGE_MAP_NO_PRINT),
			.key = map->key ? plan_type(g, map->key) : IMAGE_NONE,
			.value = plan_type(g, map->value),
			.capacity = map->capacity,
			.key_size = map->key ? map->key->size : 4,
			.value_size = gen_map_value_size(map),
		};

		memcpy(row.numbers, map->numbers, sizeof(row.numbers));
		snprintf(name, sizeof(name), "@%s", map->name);
		row.name = image_builder_string(g->plan, name);
		snprintf(name, sizeof(name), ABI_MAP_PREFIX "%s", map->name);
		row.symbol = image_builder_string(g->plan, name);
		image_builder_add_maps(g->plan, &row);
	}
}

static void plan_columns(struct gen *g, const struct record_type *type)
{
	for (uint32_t i = 0; i < type->n_fields; i++) {
		struct image_column row = {.name = image_builder_string(g->plan, type->names[i]),
					   .type = plan_type(g, type->types[i])};

		image_builder_add_columns(g->plan, &row);
	}
}

void plan_records(struct gen *g)
{
	for (const struct rule *rule = g->program->rules; rule; rule = rule->next) {
		struct image_rule row = {.name = image_builder_string(g->plan, rule->name),
					 .about = image_builder_string(g->plan, rule->about),
					 .tags = image_builder_string(g->plan, rule->tags),
					 .severity = (uint32_t)rule->severity};

		image_builder_add_rules(g->plan, &row);
	}
	for (const struct record_type *type = g->program->records; type; type = type->next) {
		struct image_record row = {.name = image_builder_string(g->plan, type->name),
					   .first_column = image_builder_count_columns(g->plan),
					   .n_columns = type->n_fields,
					   .rule = IMAGE_NONE};

		for (const struct rule *rule = g->program->rules; type->alert && rule;
		     rule = rule->next)
			if (!strcmp(rule->name, type->name))
				row.rule = rule->index;
		plan_columns(g, type);
		image_builder_add_records(g->plan, &row);
	}
}

_Static_assert((int)TREE_OF_NUMBER == (int)IMAGE_TREE_NUMBER &&
		       (int)TREE_OF_PARAMETER == (int)IMAGE_TREE_PARAMETER &&
		       (int)TREE_OF_CHILD == (int)IMAGE_TREE_CHILD,
	       "one list serves both");

void plan_trees(struct gen *g)
{
	for (const struct tree *tree = g->program->trees; tree; tree = tree->next) {
		struct image_tree row = {.source = (uint32_t)tree->root,
					 .number = (uint32_t)tree->number};

		image_builder_add_trees(g->plan, &row);
	}
}

/* Also lays the configuration section out: struct abi_config, numbers, strings. */
void plan_parameters(struct gen *g)
{
	const struct unit_options *options = unit_options(g->unit);
	uint32_t n = g->program->n_parameters, at = sizeof(struct abi_config);

	g->parameter_number = arena_alloc(g->arena, (n + 1) * sizeof(uint32_t));
	g->parameter_string = arena_alloc(g->arena, (n + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < n; i++) {
		const struct parameter *parameter = &g->program->parameters[i];
		bool given = parameter->number <= options->n_params;
		struct image_parameter row = {
			.index = parameter->number,
			.flags = (parameter->as_number ? IMAGE_PARAMETER_NUMBER : 0u) |
				 (parameter->as_string ? IMAGE_PARAMETER_STRING : 0u) |
				 (parameter->baked ? IMAGE_PARAMETER_BAKED : 0u),
			.text = image_builder_string(
				g->plan, given ? options->params[parameter->number - 1] : ""),
		};

		g->parameter_number[i] = row.number_offset = at;
		at += 8;
		g->parameter_string[i] = row.string_offset = at;
		if (parameter->as_string) {
			row.capacity = options->max_strlen;
			at += (options->max_strlen + 7) & ~7u;
		}
		image_builder_add_parameters(g->plan, &row);
	}
	g->config_size = at;
}

static void plan_setting(struct gen *g, const char *name, const char *value)
{
	struct image_setting row = {.name = image_builder_string(g->plan, name),
				    .value = image_builder_string(g->plan, value)};

	image_builder_add_settings(g->plan, &row);
}

/*
 * "build_id:PATH" of each file that is attached to: places in it are only right in that very file. The
 * targets of one come one after the other.
 */
static void plan_build_ids(struct gen *g)
{
	const char *last = "";

	for (const struct probe *probe = g->program->probes; probe; probe = probe->next) {
		for (uint32_t i = 0; i < probe->n_targets; i++) {
			const struct target *target = &probe->targets[i];

			if (!target->n_sites || !strcmp(last, target->first))
				continue;
			last = target->first;
			if (target->build_id && *target->build_id)
				plan_setting(g, arena_printf(g->arena, IMAGE_BUILD_ID "%s", last),
					     target->build_id);
		}
	}
}

/* What the user or the script says. The runtime knows the defaults itself. */
void plan_settings(struct gen *g)
{
	for (uint32_t i = 0; i < SETTINGS; i++) {
		const char *text = unit_setting_text(g->unit, i);

		if (text)
			plan_setting(g, setting_rows[i].key, text);
	}
	if (g->members)
		plan_setting(g, "kernel", layout_kernel(g->unit));
	if (g->program->boot)
		plan_setting(g, "kernel_boot", g->program->boot);
	plan_build_ids(g);
}

uint32_t plan_line(struct gen *g, struct span span)
{
	uint32_t line, column;

	unit_locate(g->unit, span.begin, &line, &column);
	return line;
}

static void plan_sites_of(struct gen *g, const struct target *target)
{
	for (uint32_t i = 0; i < target->n_sites; i++) {
		struct image_site row = {
			.probe = target->order,
			.variant = target->sites[i].variant,
			.offset = target->sites[i].offset,
			.semaphore = target->sites[i].semaphore,
		};

		image_builder_add_sites(g->plan, &row);
	}
}

/* In the order of the targets. */
static void plan_sites(struct gen *g)
{
	const struct target **targets =
		arena_alloc(g->arena, (g->program->n_targets + 1) * sizeof(*targets));

	for (const struct probe *probe = g->program->probes; probe; probe = probe->next)
		for (uint32_t i = 0; i < probe->n_targets; i++)
			targets[probe->targets[i].order] = &probe->targets[i];
	for (uint32_t i = 0; i < g->program->n_targets; i++)
		plan_sites_of(g, targets[i]);
}

void plan_targets(struct gen *g)
{
	struct image_probe *rows = arena_alloc(g->arena, (g->program->n_targets + 1) * sizeof(*rows));
	uint32_t program = 0;

	for (const struct probe *probe = g->program->probes; probe; probe = probe->next, program++) {
		for (uint32_t i = 0; i < probe->n_targets; i++) {
			const struct target *target = &probe->targets[i];

			rows[target->order] = (struct image_probe){
				.type = image_builder_string(g->plan, target->type->name),
				.program = g->program_rows[program],
				.name = image_builder_string(g->plan, target->name),
				.first = image_builder_string(g->plan, target->first),
				.second = image_builder_string(g->plan, target->second),
				.line = plan_line(g, target->span),
				.number = target->number,
			};
		}
	}
	for (uint32_t i = 0; i < g->program->n_targets; i++)
		image_builder_add_probes(g->plan, &rows[i]);
	plan_sites(g);
}
