/* SPDX-License-Identifier: Apache-2.0 */
/* tracepoint:category:event, with wildcards in both parts. */
#include "image/near.h"
#include "lang/form.h"

#include <errno.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/layout.h"
#include "lang/text.h"
#include "lang/tracepoint_format.h"
#include "lang/type.h"
#include "lang/unit.h"
#include "lang/world.h"

/* Ask the world for the list of tracepoints; NULL: reported. */
static const char *tracepoint_list(struct unit *unit, struct span span, const char **end)
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

const char *tracepoint_meant(struct unit *unit, const char *text)
{
	const struct world_ops *world = unit->options->world;
	const char *colon = strrchr(text, ':'), *name = colon ? colon + 1 : text, *line, *event;
	const char *call = arena_printf(unit->arena, "sys_enter_%s", name);
	struct world_answer answer;
	struct text_lines lines;
	size_t length;

	if (!*name || world->ask(world->self, WORLD_TRACEPOINT_LIST, "", &answer))
		return NULL;
	lines = (struct text_lines){answer.data, answer.data + answer.size};
	while (text_next_line(&lines, &line, &length)) {
		line = arena_text(unit->arena, line, length);
		event = strchr(line, ':');
		if (event && (!strcmp(event + 1, name) || !strcmp(event + 1, call)))
			return arena_printf(unit->arena, "tracepoint:%s", line);
	}
	return NULL;
}

/* Say that nothing matches, and which tracepoint may have been meant. True: that is no error. */
static bool report_no_match(struct unit *unit, const struct attach_point *point, bool pattern)
{
	const char *list, *end, *line_end;
	const char *name = arena_printf(unit->arena, "%s:%s", point->parts[0], point->parts[1]);
	const char *meant;
	struct near near;
	struct diag *diag;
	bool fine;

	diag = report_missing(unit, point, name, &fine);
	if (fine)
		return true;
	hint_predicate(unit, diag, point->parts[1]);
	list = diag && !pattern ? tracepoint_list(unit, point->span, &end) : NULL;
	if (!list)
		return false;
	near_start(&near, name);
	for (; list < end; list = line_end + 1) {
		line_end = memchr(list, '\n', (size_t)(end - list));
		if (!line_end)
			line_end = end;
		near_try(&near, list, (size_t)(line_end - list));
	}
	meant = tracepoint_meant(unit, name);
	if (meant)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean, meant);
	else if (near.best)
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
	return any || out->listing || report_no_match(unit, point, true);
}

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	const struct world_ops *world = unit->options->world;
	struct world_answer answer;
	struct target target;
	int error;

	if (out->listing && point->n_parts != 2)
		return true;
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
		return out->listing || report_no_match(unit, point, false);
	if (error == -EACCES || error == -EPERM)
		diag_report(&unit->diags, DIAG_tracepoints_denied, point->span);
	else
		diag_report(&unit->diags, DIAG_tracepoints_unavailable, point->span,
			    strerror(-error));
	return false;
}

/* The format of a target's record; false: there is none. */
static bool ask_format(struct unit *unit, const struct target *target, struct world_answer *answer)
{
	const struct world_ops *world = unit->options->world;

	return !world->ask(world->self, WORLD_TRACEPOINT_FORMAT,
			   arena_printf(unit->arena, "%s:%s", target->first, target->second), answer);
}

/* With the enumerators that the kernel's BTF has of an enum; without, it is a number. */
static const struct type *with_enums(struct unit *unit, const struct type *context)
{
	struct type_field *fields = NULL;

	for (uint32_t i = 0; i < context->count; i++) {
		const struct type *type = context->fields[i].type, *known;

		if (type->kind != TYPE_ENUM)
			continue;
		if (!fields)
			fields = arena_copy(unit->arena, context->fields,
					    context->count * sizeof(*fields));
		known = layout_named(unit, FORM_ENUM, type->name);
		fields[i].type = known && known->size == type->size
					 ? known
					 : type_int(unit->types, type->size, type->is_signed);
	}
	return fields ? type_struct(unit->types, TYPE_CONTEXT, "", fields, context->count,
				    context->size, context->align)
		      : context;
}

static const struct type *context(struct unit *unit, const struct target *target)
{
	struct world_answer answer;

	if (ask_format(unit, target, &answer))
		return with_enums(unit, tracepoint_context(unit->types, unit->arena,
							   unit->options->max_strlen, target->first,
							   answer.data, answer.size));
	diag_report(&unit->diags, DIAG_no_format, target->span, target->name);
	return NULL;
}

static const char *arguments(struct unit *unit, const struct target *target)
{
	struct world_answer answer;

	if (!ask_format(unit, target, &answer))
		return NULL;
	return tracepoint_arguments(unit->arena, answer.data, answer.size);
}

static bool own_act(const struct target *target)
{
	return !strcmp(target->first, "syscalls") || !strcmp(target->first, "raw_syscalls");
}

const struct form form_event = {
	.own_act = own_act,
	.read = read,
	.list_parts = 2,
	.context = context,
	.arguments = arguments,
};
