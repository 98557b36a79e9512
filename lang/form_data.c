/* SPDX-License-Identifier: Apache-2.0 */
/* provider:EVENT, for the providers of lang/events.def; wildcards in the event. */
#include "image/near.h"
#include "lang/form.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/data_event.h"
#include "lang/text.h"
#include "lang/unit.h"

static bool report_no_event(struct unit *unit, const struct attach_point *point)
{
	const char *name = point->parts[0];
	struct near near;
	struct diag *diag;
	bool fine;

	diag = report_missing(unit, point, name, &fine);
	hint_predicate(unit, diag, name);
	near_start(&near, name);
	for (uint32_t i = 0; i < DATA_EVENTS; i++)
		if (!strcmp(data_events[i].provider, point->type->name))
			near_try(&near, data_events[i].name, strlen(data_events[i].name));
	if (near.best)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean,
			  arena_printf(unit->arena, "%s:%.*s", point->type->name, (int)near.length,
				       near.best));
	return fine;
}

/* What a pattern matches has only the args that all have: its `second` says so. */
static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	bool any = false;

	if (!require_parts(unit, point, 1, 1))
		return false;
	for (uint32_t i = 0; i < DATA_EVENTS; i++) {
		const struct data_event *event = &data_events[i];
		struct target target = {
			.type = point->type,
			.name = arena_printf(unit->arena, "%s:%s", event->provider, event->name),
			.first = event->name,
			.second = text_is_pattern(point->parts[0]) && !out->listing ? point->parts[0] : "",
			.span = point->span,
		};

		if (strcmp(event->provider, point->type->name) ||
		    !text_match(point->parts[0], event->name, strlen(event->name)))
			continue;
		any = true;
		if (!target_add(unit, out, &target))
			return false;
	}
	return any || out->listing || report_no_event(unit, point);
}

const struct form form_data = {
	.read = read,
	.list_parts = 1,
	.context = data_event_context,
	.arguments = data_event_arguments,
};
