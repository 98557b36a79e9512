/* SPDX-License-Identifier: Apache-2.0 */
/* software:EVENT[:COUNT], hardware:EVENT[:COUNT]; wildcards in the event. */
#include "image/near.h"
#include "lang/form.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/parse.h"
#include "lang/text.h"
#include "lang/unit.h"

struct perf_event {
	const char *type, *name, *alias;
	uint64_t count;
};

static const struct perf_event events[] = {
#define PERF_EVENT(type, name, alias, id, count) {#type, name, alias, count},
#include "lang/perf_events.def"
#undef PERF_EVENT
};

#define EVENTS (sizeof(events) / sizeof(events[0]))

static bool matches(const char *pattern, const char *name)
{
	return *name && text_match(pattern, name, strlen(name));
}

/* "software:cs:": what the user goes on with is the count. */
static bool list_name(struct unit *unit, const struct attach_point *point, const char *name,
		      struct target_list *out)
{
	if (!matches(point->parts[0], name))
		return true;
	return target_add(unit, out,
			  &(struct target){.type = point->type,
					   .name = arena_printf(unit->arena,
								"%s:%s:", point->type->name, name),
					   .first = name,
					   .second = "",
					   .span = point->span});
}

static bool list_events(struct unit *unit, const struct attach_point *point,
			struct target_list *out)
{
	for (size_t i = 0; i < EVENTS; i++) {
		if (strcmp(events[i].type, point->type->name) != 0)
			continue;
		if (!list_name(unit, point, events[i].name, out) ||
		    !list_name(unit, point, events[i].alias, out))
			return false;
	}
	return true;
}

static bool report_unknown(struct unit *unit, const struct attach_point *point)
{
	const char *type = point->type->name, *name = point->parts[0];
	struct near near;
	struct diag *diag;
	bool fine;

	if (text_is_pattern(name)) {
		report_missing(unit, point, name, &fine);
		return fine;
	}
	if (!*name) {
		diag_report(&unit->diags, DIAG_event_name, point->span, type, type);
		return false;
	}
	diag = diag_report(&unit->diags, DIAG_event_unknown, point->span, name, type);
	near_start(&near, name);
	for (size_t i = 0; i < EVENTS; i++) {
		if (strcmp(events[i].type, type) != 0)
			continue;
		near_try(&near, events[i].name, strlen(events[i].name));
		near_try(&near, events[i].alias, strlen(events[i].alias));
	}
	if (near.best)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean,
			  arena_printf(unit->arena, "%s:%s", type, near.best));
	hint_predicate(unit, diag, name);
	return false;
}

/* 0, nothing and "*" stand for the event's own count. */
static bool read_count(struct unit *unit, const struct attach_point *point, uint64_t *count)
{
	const char *text = point->n_parts > 1 ? point->parts[1] : "";

	*count = 0;
	if (!*text || !strcmp(text, "*") || literal_parse(text, strlen(text), count))
		return true;
	hint_predicate(
		unit,
		diag_report(&unit->diags, DIAG_event_count, point->span, text, point->type->name),
		text);
	return false;
}

static bool add_event(struct unit *unit, const struct attach_point *point,
		      const struct perf_event *event, uint64_t count, struct target_list *out)
{
	bool pattern = text_is_pattern(point->parts[0]), counted = point->n_parts > 1;
	struct target target = {
		.type = point->type,
		.name = arena_printf(unit->arena, "%s:%s%s%s", event->type,
				     pattern ? event->name : point->parts[0], counted ? ":" : "",
				     counted ? point->parts[1] : ""),
		.first = event->name,
		.second = "",
		.number = count ? count : event->count,
		.span = point->span,
	};

	return target_add(unit, out, &target);
}

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	uint64_t count;
	bool any = false;

	if (out->listing)
		return list_events(unit, point, out);
	if (!require_parts(unit, point, 1, 2))
		return false;
	if (!read_count(unit, point, &count))
		return false;
	for (size_t i = 0; i < EVENTS; i++) {
		const struct perf_event *event = &events[i];

		if (strcmp(event->type, point->type->name) != 0 ||
		    !(matches(point->parts[0], event->name) ||
		      matches(point->parts[0], event->alias)))
			continue;
		any = true;
		if (!add_event(unit, point, event, count, out))
			return false;
	}
	return any || report_unknown(unit, point);
}

const struct form form_counter = {.read = read, .list_parts = 1};
