/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives each block its targets. A block becomes several programs when its targets are of several
 * types, or when it looks at `args` and the records of its targets are not laid out the same: then
 * each gets a copy of the block, so that check() can give it types of its own.
 */
#include "lang/expand.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/form.h"
#include "lang/text.h"
#include "lang/type.h"
#include "lang/unit.h"

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
		if (probe->targets[0].type == target->type && probe->context == context &&
		    !probe_type_is_perf(target->type) && !target->type->form->separate)
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

static bool mentions(const struct probe *block, const char *name)
{
	return ast_mentions(block->predicate, name) || ast_mentions(block->body, name);
}

/* Split a block by its targets' types and contexts; returns the last program of it. */
static struct probe **split_block(struct unit *unit, struct probe **place,
				  const struct target_list *list)
{
	struct probe *block = *place;
	bool args = mentions(block, "args") || mentions(block, "ctx"), result = mentions(block, "retval");
	struct groups groups = {.unit = unit, .block = block};

	groups.end = &groups.first;
	for (uint32_t i = 0; i < list->count; i++) {
		struct target target = list->items[i];
		const struct form *form = target.type->form;
		const struct type *context =
			(args || (result && form->returns)) && form->context ? form->context(unit, &target) : NULL;

		target.order = unit->program.n_targets++;
		struct probe *probe = find_group(&groups, &target, context);

		add_to_group(unit, probe, &target, list->count - i);
	}
	if (!groups.first) {
		*place = block->next;
		block->next = unit->program.vanished;
		unit->program.vanished = block;
		return place;
	}
	*place = groups.first;
	*groups.end = block->next;
	/* It is the last group's, as there is one. */
	/* cppcheck-suppress returnDanglingLifetime */
	return groups.end;
}

/* An iterator's programs run when it is read, not when something happens. */
static void check_alone(struct unit *unit)
{
	const struct probe *probe = unit->program.probes;

	for (; probe && unit->program.n_targets > 1; probe = probe->next) {
		if (probe->n_targets && probe->targets[0].type->form->alone) {
			diag_report(&unit->diags, DIAG_alone_mixed, probe->targets[0].span,
				    probe->targets[0].type->name);
			return;
		}
	}
}

static void count_programs(struct unit *unit)
{
	uint32_t n = 0, most = (uint32_t)unit_setting(unit, SETTING_max_bpf_progs);

	for (const struct probe *probe = unit->program.probes; probe; probe = probe->next)
		n++;
	if (n > most)
		diag_report(&unit->diags, DIAG_too_many_programs, SPAN_NONE, n, most);
}

#define ENOUGH_ERRORS 20

void expand_unit(struct unit *unit)
{
	struct probe **place = &unit->program.probes;

	/* Whoever has as many mistakes as are shown makes the same again. */
	while (*place && unit->diags.n_errors < ENOUGH_ERRORS) {
		struct probe *block = *place;
		struct target_list list = {0};
		bool valid = true;

		for (uint32_t i = 0; i < block->n_points && valid; i++) {
			struct attach_point *point = &block->points[i];

			valid = attach_point_read(unit, point) &&
				point->type->form->read(unit, point, &list);
		}
		if (valid && list.count + unit->program.n_targets > unit->options->max_probes) {
			diag_report(&unit->diags, DIAG_too_many_probes, block->points[0].span,
				    unit->options->max_probes);
			valid = false;
		}
		place = valid ? split_block(unit, place, &list) : &block->next;
	}
	check_alone(unit);
	count_programs(unit);
	if (!unit->diags.n_errors && !unit->program.n_targets)
		diag_report(&unit->diags, DIAG_no_targets, SPAN_NONE);
}

static void list_one(struct unit *unit, struct arena_buffer *out, const struct target *target,
		     bool arguments)
{
	const struct form *form = target->type->form;
	const char *lines = arguments && form->arguments ? form->arguments(unit, target) : NULL;

	arena_buffer_printf(out, "%s\n", target->name);
	if (lines)
		arena_buffer_puts(out, lines);
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
	for (uint32_t i = 0; i < program->n_targets; i++)
		list_one(unit, &out, targets[i], arguments);
	return out.text;
}

/*
 * A search for probes. "t:a" is everything in the category a of tracepoints; without a colon the
 * pattern, or the word anywhere, is looked for in the names of all types. So is "*:a", whose types have
 * different numbers of parts: a may be the last one, or the first, with all that is in it.
 */
struct search {
	struct attach_point point;
	const char *type;    /* pattern for the type's name, or its name or alias */
	const char *name;    /* pattern for the whole name; NULL: any */
	const char *content; /* the same for what is in it; NULL: nothing */
};

static bool read_search(struct unit *unit, const char *pattern, struct search *search)
{
	const char *colon = strchr(pattern, ':');

	*search = (struct search){.point = {.text = pattern, .span = SPAN_NONE}, .type = "*"};
	if (!colon) {
		search->name = text_is_pattern(pattern)
				       ? pattern
				       : arena_printf(unit->arena, "*%s*", pattern);
		return true;
	}
	search->type = arena_text(unit->arena, pattern, (size_t)(colon - pattern));
	if (text_is_pattern(search->type)) {
		search->name = pattern;
		search->content = arena_printf(unit->arena, "%s:*", pattern);
	}
	return attach_point_split(unit, &search->point, colon);
}

/* A part alone is the last one, in any file. */
static void put_last(struct attach_point *point)
{
	const char *only = point->parts[0];

	if (point->n_parts != 1)
		return;
	for (point->n_parts = 0; point->n_parts + 1 < point->type->form->list_parts;)
		point->parts[point->n_parts++] = "*";
	point->parts[point->n_parts++] = only;
}

static bool search_type(struct unit *unit, const struct search *search,
			const struct probe_type *type, struct target_list *out)
{
	struct attach_point point = search->point;

	point.type = type;
	/* The names tell; but what is in a file is known when the file is: without one, of -p. */
	if (search->name && type->form->of_file)
		put_last(&point);
	else if (search->name)
		point.n_parts = 0;
	/* "software:cs:", as they are listed */
	while (point.n_parts && !*point.parts[point.n_parts - 1])
		point.n_parts--;
	while (point.n_parts < type->form->list_parts)
		point.parts[point.n_parts++] = "*";
	return type->form->read(unit, &point, out);
}

/* What is in a file was looked for there: its name may be another than the pattern has. */
static bool is_found(const struct search *search, const struct target *target)
{
	size_t length = strlen(target->name);

	return !search->name || target->type->form->of_file ||
	       text_match(search->name, target->name, length) ||
	       (search->content && text_match(search->content, target->name, length));
}

const char *expand_list(struct unit *unit, const char *pattern, bool arguments)
{
	struct arena_buffer out = {.arena = unit->arena};
	struct search search;
	bool many, listed; /* of many types: one that cannot be read does not hide the others */

	arena_buffer_add(&out, "", 0);
	if (!read_search(unit, pattern, &search))
		return NULL;
	many = !probe_type_find(search.type);
	for (uint32_t i = 0; i < PROBE_TYPES; i++) {
		const struct probe_type *type = &probe_types[i];
		struct target_list list = {.listing = true};

		if (probe_type_find(search.type) != type &&
		    !text_match(search.type, type->name, strlen(type->name)))
			continue;
		/* What cannot be listed without a target, as a uprobe without a file, is left out. */
		if (!type->form->list_parts && !search.point.n_parts)
			continue;
		unit->diags.muted = many;
		listed = search_type(unit, &search, type, &list);
		unit->diags.muted = false;
		if (!listed && !many)
			return NULL;
		if (!listed && !type->form->of_file)
			diag_report(&unit->diags, DIAG_not_listed, SPAN_NONE, type->name);
		for (uint32_t k = 0; k < list.count; k++)
			if (is_found(&search, &list.items[k]))
				list_one(unit, &out, &list.items[k], arguments);
	}
	return out.text;
}
