/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives each block its targets. A block becomes several programs when its targets are of several
 * types, or when it looks at `args` and the records of its targets are not laid out the same: then
 * each gets a copy of the block, so that check() can give it types of its own.
 */
#include "lang/expand.h"

#include <errno.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/attach_point.h"
#include "lang/text.h"
#include "lang/tracepoint_format.h"
#include "lang/type.h"
#include "lang/unit.h"
#include "lang/world.h"

/* The type of `args` in a target, or NULL if it has none. */
static const struct type *target_context(struct unit *unit, const struct target *target)
{
	const struct world_ops *world = unit->options->world;
	struct world_answer answer;
	const char *name;

	if (target->type->id != PROBE_tracepoint)
		return NULL;
	name = arena_printf(unit->arena, "%s:%s", target->first, target->second);
	if (world->ask(world->self, WORLD_TRACEPOINT_FORMAT, name, &answer)) {
		diag_report(&unit->diags, DIAG_no_format, target->span, target->name);
		return NULL;
	}
	return tracepoint_context(unit->types, unit->arena, unit->options->max_strlen,
				  target->first, answer.data, answer.size);
}

/* The programs that one block has become so far. */
struct groups {
	struct unit *unit;
	struct probe *block;
	struct probe **end;
	struct probe *first;
};

static struct probe *find_group(struct groups *groups, const struct target *target,
				const struct type *context)
{
	struct probe *probe;

	for (probe = groups->first; probe; probe = probe->next) {
		if (probe->targets[0].type == target->type && probe->context == context)
			return probe;
	}
	probe = arena_copy(groups->unit->arena, groups->block, sizeof(*probe));
	if (groups->first) {
		probe->predicate = ast_clone(groups->unit->arena, groups->block->predicate);
		probe->body = ast_clone(groups->unit->arena, groups->block->body);
	}
	probe->next = NULL;
	probe->context = context;
	probe->targets = NULL;
	probe->n_targets = 0;
	*groups->end = probe;
	groups->end = &probe->next;
	return probe;
}

/* Room for targets is made for the whole list: groups are few and share the order. */
static void add_to_group(struct unit *unit, struct probe *probe, const struct target *target,
			 uint32_t capacity)
{
	if (!probe->targets)
		probe->targets = arena_array(unit->arena, capacity, sizeof(*target));
	probe->targets[probe->n_targets++] = *target;
}

/* Split a block by its targets' types and contexts; returns the last program of it. */
static struct probe **split_block(struct unit *unit, struct probe **place,
				  const struct target_list *list)
{
	struct probe *block = *place;
	bool args = ast_mentions(block->predicate, "args") || ast_mentions(block->body, "args");
	struct groups groups = {.unit = unit, .block = block};

	groups.end = &groups.first;
	for (uint32_t i = 0; i < list->count; i++) {
		struct target target = list->items[i];
		const struct type *context = args ? target_context(unit, &target) : NULL;

		target.order = unit->program.n_targets++;
		struct probe *probe = find_group(&groups, &target, context);

		add_to_group(unit, probe, &target, list->count - i);
	}
	if (!groups.first) {
		*place = block->next;
		return place;
	}
	*place = groups.first;
	*groups.end = block->next;
	return groups.end;
}

static void count_programs(struct unit *unit)
{
	uint32_t n = 0, most = (uint32_t)unit_setting(unit, SETTING_max_bpf_progs);

	for (const struct probe *probe = unit->program.probes; probe; probe = probe->next)
		n++;
	if (n > most)
		diag_report(&unit->diags, DIAG_too_many_programs, SPAN_NONE, n, most);
}

void expand_unit(struct unit *unit)
{
	struct probe **place = &unit->program.probes;

	while (*place) {
		struct probe *block = *place;
		struct target_list list = {0};
		bool valid = true;

		for (uint32_t i = 0; i < block->n_points && valid; i++) {
			struct attach_point *point = &block->points[i];

			valid = attach_point_read(unit, point) &&
				point->type->form(unit, point, &list);
		}
		if (valid && list.count + unit->program.n_targets > unit->options->max_probes) {
			diag_report(&unit->diags, DIAG_too_many_probes, block->points[0].span,
				    unit->options->max_probes);
			valid = false;
		}
		place = valid ? split_block(unit, place, &list) : &block->next;
	}
	count_programs(unit);
	if (!unit->diags.n_errors && !unit->program.n_targets)
		diag_report(&unit->diags, DIAG_no_targets, SPAN_NONE);
}

static void list_one(struct unit *unit, struct arena_buffer *out, const char *name, bool arguments)
{
	const struct world_ops *world = unit->options->world;
	struct world_answer answer;

	arena_buffer_printf(out, "tracepoint:%s\n", name);
	if (arguments && !world->ask(world->self, WORLD_TRACEPOINT_FORMAT, name, &answer))
		arena_buffer_puts(out, tracepoint_arguments(unit->arena, answer.data, answer.size));
}

const char *expand_list_program(struct unit *unit, bool arguments)
{
	struct arena_buffer out = {.arena = unit->arena};
	struct program *program = &unit->program;
	const struct target **targets = arena_array(unit->arena, program->n_targets + 1,
						    sizeof(*targets));

	for (const struct probe *probe = program->probes; probe; probe = probe->next)
		for (uint32_t i = 0; i < probe->n_targets; i++)
			targets[probe->targets[i].order] = &probe->targets[i];
	arena_buffer_add(&out, "", 0);
	for (uint32_t i = 0; i < program->n_targets; i++) {
		if (targets[i]->type->id == PROBE_tracepoint)
			list_one(unit, &out, targets[i]->name + strlen("tracepoint:"), arguments);
		else
			arena_buffer_printf(&out, "%s\n", targets[i]->name);
	}
	return out.text;
}

/* A pattern with the full name of its probe type: "t:a:b" is "tracepoint:a:b". */
static const char *full_pattern(struct unit *unit, const char *pattern)
{
	const char *colon = strchr(pattern, ':');
	const struct probe_type *type;

	if (!colon)
		return text_is_pattern(pattern) ? pattern
						: arena_printf(unit->arena, "*%s*", pattern);
	type = probe_type_find(arena_text(unit->arena, pattern, (size_t)(colon - pattern)));
	return type ? arena_printf(unit->arena, "%s%s", type->name, colon) : pattern;
}

const char *expand_list(struct unit *unit, const char *pattern, bool arguments)
{
	struct arena_buffer out = {.arena = unit->arena};
	const char *line, *end, *line_end, *name;

	arena_buffer_add(&out, "", 0);
	pattern = full_pattern(unit, pattern);
	line = tracepoint_list(unit, SPAN_NONE, &end);
	if (!line)
		return NULL;
	for (; line < end; line = line_end + 1) {
		line_end = memchr(line, '\n', (size_t)(end - line));
		if (!line_end)
			line_end = end;
		name = arena_printf(unit->arena, "tracepoint:%.*s", (int)(line_end - line), line);
		if (line_end > line && text_match(pattern, name, strlen(name)))
			list_one(unit, &out, name + strlen("tracepoint:"), arguments);
	}
	return out.text;
}
