/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads attach points: "type:part:part" with quotes around parts that hold colons, and one function
 * for each form in which probe types write what follows the type.
 */
#include "lang/attach_point.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lang/arena.h"
#include "lang/parse.h"
#include "lang/text.h"
#include "lang/unit.h"
#include "lang/world.h"

#define MAX_PARTS (sizeof(((struct attach_point *)0)->parts) / sizeof(const char *))

static bool alone(struct unit *unit, const struct attach_point *point, struct target_list *out);
static bool event(struct unit *unit, const struct attach_point *point, struct target_list *out);
static bool period(struct unit *unit, const struct attach_point *point, struct target_list *out);

const struct probe_type probe_types[PROBE_TYPES] = {
#define PROBE_TYPE(name, alias, form, doc, example)                                                \
	[PROBE_##name] = {#name, alias, PROBE_##name, form},
#include "lang/probes.def"
#undef PROBE_TYPE
};

const struct probe_type *probe_type_find(const char *name)
{
	if (!strcasecmp(name, "begin"))
		return &probe_types[PROBE_begin];
	if (!strcasecmp(name, "end"))
		return &probe_types[PROBE_end];
	for (uint32_t i = 0; i < PROBE_TYPES; i++) {
		if (!strcmp(probe_types[i].name, name) ||
		    (*probe_types[i].alias && !strcmp(probe_types[i].alias, name)))
			return &probe_types[i];
	}
	return NULL;
}

/* The part at *at up to a colon that is not quoted; quotes are taken away. */
static const char *next_part(struct arena *arena, const char **at)
{
	struct arena_buffer part = {.arena = arena};
	bool quoted = false;

	arena_buffer_add(&part, "", 0);
	for (; **at && (quoted || **at != ':'); ++*at) {
		if (**at == '"')
			quoted = !quoted;
		else if (quoted && **at == '\\' && (*at)[1])
			arena_buffer_add(&part, ++*at, 1);
		else
			arena_buffer_add(&part, *at, 1);
	}
	return part.text;
}

static void report_unknown_type(struct unit *unit, const struct attach_point *point,
				const char *name)
{
	struct diag *diag;
	struct text_near near;

	diag = diag_report(&unit->diags, DIAG_unknown_probe_type, point->span, name);
	text_near_start(&near, name);
	for (uint32_t i = 0; i < PROBE_TYPES; i++)
		text_near_try(&near, probe_types[i].name, strlen(probe_types[i].name));
	if (near.best)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean, near.best);
}

bool attach_point_read(struct unit *unit, struct attach_point *point)
{
	const char *at = point->text;
	const char *name = next_part(unit->arena, &at);

	if (!*name) {
		diag_report(&unit->diags, DIAG_expected_attach_point, point->span);
		return false;
	}
	point->type = probe_type_find(name);
	if (!point->type) {
		report_unknown_type(unit, point, name);
		return false;
	}
	while (*at == ':') {
		if (point->n_parts == MAX_PARTS) {
			diag_report(&unit->diags, DIAG_too_many_parts, point->span);
			return false;
		}
		at++;
		point->parts[point->n_parts++] = next_part(unit->arena, &at);
	}
	return true;
}

/* Hash of the names in a list would be larger than the list: blocks have few targets, or sorted
 * ones. */
static bool has_target(const struct target_list *list, const char *name)
{
	if (list->count && strcmp(list->items[list->count - 1].name, name) < 0 && list->count > 64)
		return false;
	for (uint32_t i = 0; i < list->count; i++) {
		if (!strcmp(list->items[i].name, name))
			return true;
	}
	return false;
}

bool target_add(struct unit *unit, struct target_list *list, const struct target *target)
{
	struct target *items;

	if (has_target(list, target->name))
		return true;
	if (list->count >= unit->options->max_probes) {
		diag_report(&unit->diags, DIAG_too_many_probes, target->span,
			    unit->options->max_probes);
		return false;
	}
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 8;
		items = arena_array(unit->arena, list->capacity, sizeof(*items));
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
	}
	list->items[list->count++] = *target;
	return true;
}

static bool require_parts(struct unit *unit, const struct attach_point *point, uint32_t least,
			  uint32_t most)
{
	if (point->n_parts >= least && point->n_parts <= most)
		return true;
	if (least == most)
		diag_report(&unit->diags, DIAG_probe_arguments, point->span, point->type->name,
			    least);
	else
		diag_report(&unit->diags, DIAG_probe_arguments_range, point->span,
			    point->type->name, least, most);
	return false;
}

static bool alone(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	if (!require_parts(unit, point, 0, 0))
		return false;
	return target_add(unit, out,
			  &(struct target){.type = point->type,
					   .name = point->type->name,
					   .first = "",
					   .second = "",
					   .span = point->span});
}

const char *tracepoint_list(struct unit *unit, struct span span, const char **end)
{
	const struct world_ops *world = unit->options->world;
	struct world_answer answer;
	int error = world->ask(world->self, WORLD_TRACEPOINT_LIST, "", &answer);

	if (!error) {
		*end = answer.data + answer.size;
		return answer.data;
	}
	if (error == -EACCES || error == -EPERM)
		diag_report(&unit->diags, DIAG_tracepoints_denied, span);
	else
		diag_report(&unit->diags, DIAG_tracepoints_unavailable, span, strerror(-error));
	return NULL;
}

static struct target tracepoint_target(struct unit *unit, const struct attach_point *point,
				       const char *category, const char *name)
{
	return (struct target){
		.type = point->type,
		.name = arena_printf(unit->arena, "tracepoint:%s:%s", category, name),
		.first = category,
		.second = name,
		.span = point->span,
	};
}

/* After a ':' a '/' is part of the attach point: interval:s:1/pred/. */
static void hint_predicate(struct unit *unit, struct diag *diag, const char *part)
{
	if (strchr(part, '/'))
		diag_hint(&unit->diags, diag, DIAG_blank_before_predicate);
}

/* Say that nothing matches, and which tracepoint may have been meant. True: that is no error. */
static bool report_no_match(struct unit *unit, const struct attach_point *point, bool pattern)
{
	const char *list, *end, *line_end;
	const char *name = arena_printf(unit->arena, "%s:%s", point->parts[0], point->parts[1]);
	struct text_near near;
	struct diag *diag;

	if (unit->options->missing_probes_ok) {
		if (unit_setting(unit, SETTING_missing_probes) == SETTING_MISSING_WARN)
			diag_report(&unit->diags, DIAG_missing_match, point->span, "tracepoint", name);
		return true;
	}
	diag = diag_report(&unit->diags, DIAG_no_matches, point->span, "tracepoint", name);
	hint_predicate(unit, diag, point->parts[1]);
	list = diag && !pattern ? tracepoint_list(unit, point->span, &end) : NULL;
	if (!list)
		return false;
	text_near_start(&near, name);
	for (; list < end; list = line_end + 1) {
		line_end = memchr(list, '\n', (size_t)(end - list));
		if (!line_end)
			line_end = end;
		text_near_try(&near, list, (size_t)(line_end - list));
	}
	if (near.best)
		diag_hint(
			&unit->diags, diag, DIAG_did_you_mean,
			arena_printf(unit->arena, "tracepoint:%.*s", (int)near.length, near.best));
	return false;
}

static bool match_events(struct unit *unit, const struct attach_point *point,
			 struct target_list *out)
{
	const char *line, *end, *line_end, *colon;
	bool any = false;

	line = tracepoint_list(unit, point->span, &end);
	if (!line)
		return false;
	for (; line < end; line = line_end + 1) {
		line_end = memchr(line, '\n', (size_t)(end - line));
		if (!line_end)
			line_end = end;
		colon = memchr(line, ':', (size_t)(line_end - line));
		if (!colon || !text_match(point->parts[0], line, (size_t)(colon - line)) ||
		    !text_match(point->parts[1], colon + 1, (size_t)(line_end - colon - 1)))
			continue;
		struct target target = tracepoint_target(
			unit, point, arena_text(unit->arena, line, (size_t)(colon - line)),
			arena_text(unit->arena, colon + 1, (size_t)(line_end - colon - 1)));

		any = true;
		if (!target_add(unit, out, &target))
			return false;
	}
	return any || report_no_match(unit, point, true);
}

static bool event(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	const struct world_ops *world = unit->options->world;
	struct world_answer answer;
	struct target target;
	int error;

	if (!require_parts(unit, point, 2, 2))
		return false;
	if (text_is_pattern(point->parts[0]) || text_is_pattern(point->parts[1]))
		return match_events(unit, point, out);
	target = tracepoint_target(unit, point, point->parts[0], point->parts[1]);
	error = world->ask(world->self, WORLD_TRACEPOINT_FORMAT,
			   arena_printf(unit->arena, "%s:%s", target.first, target.second),
			   &answer);
	if (!error)
		return target_add(unit, out, &target);
	if (error == -ENOENT)
		return report_no_match(unit, point, false);
	if (error == -EACCES || error == -EPERM)
		diag_report(&unit->diags, DIAG_tracepoints_denied, point->span);
	else
		diag_report(&unit->diags, DIAG_tracepoints_unavailable, point->span,
			    strerror(-error));
	return false;
}

static bool period_unit(const char *unit, uint64_t *ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"hz", 0}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!strcmp(units[i].name, unit)) {
			*ns = units[i].ns;
			return true;
		}
	}
	return false;
}

/* interval:UNIT:N, interval:DURATION */
static bool period(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	const char *number = point->n_parts ? point->parts[point->n_parts - 1] : "";
	struct target target = {
		.type = point->type, .first = "ns", .second = "", .span = point->span};
	uint64_t ns = 1;

	if (!require_parts(unit, point, 1, 2))
		return false;
	if (point->n_parts == 2 && !period_unit(point->parts[0], &ns)) {
		diag_report(&unit->diags, DIAG_period_unit, point->span, point->parts[0],
			    point->type->name);
		return false;
	}
	if (!literal_parse(number, strlen(number), &target.number)) {
		hint_predicate(unit,
			       diag_report(&unit->diags, DIAG_period_number, point->span, number,
					   point->type->name),
			       number);
		return false;
	}
	if (!target.number) {
		diag_report(&unit->diags, DIAG_period_zero, point->span, point->type->name);
		return false;
	}
	if (!ns)
		target.first = "hz";
	else if (__builtin_mul_overflow(target.number, ns, &target.number)) {
		diag_report(&unit->diags, DIAG_period_number, point->span, number,
			    point->type->name);
		return false;
	}
	target.name = point->n_parts == 1
			      ? arena_printf(unit->arena, "%s:%s", point->type->name, number)
			      : arena_printf(unit->arena, "%s:%s:%s", point->type->name,
					     point->parts[0], number);
	return target_add(unit, out, &target);
}
