/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number of events says something of scripts that print or record as they go. One that only fills maps has
 * none however much it sees: it is said instead what Ctrl-C will print. What its probes saw is in the maps.
 */
#include "runtime/person.h"

#include <stdio.h>

#include "runtime/message.h"
#include "runtime/runtime.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/terminal.h"

/* Of a record that somebody sees, unlike one that keeps the books. */
static bool is_output(enum image_event_kind kind)
{
	switch (kind) {
	case IMAGE_EVENT_PRINTF:
	case IMAGE_EVENT_PRINT:
	case IMAGE_EVENT_PRINT_MAP:
	case IMAGE_EVENT_PRINT_AT:
	case IMAGE_EVENT_FILES:
	case IMAGE_EVENT_TIME:
	case IMAGE_EVENT_CAT:
	case IMAGE_EVENT_SYSTEM:
	case IMAGE_EVENT_JOIN:
	case IMAGE_EVENT_ERRORF:
	case IMAGE_EVENT_WARNF:
	case IMAGE_EVENT_RECORD:
		return true;
	case IMAGE_EVENT_CLEAR:
	case IMAGE_EVENT_ZERO:
	case IMAGE_EVENT_EXIT:
	case IMAGE_EVENT_RUNTIME_ERROR:
	case IMAGE_EVENT_UNWATCH:
	case IMAGE_EVENT_STACK_SEEN:
	case IMAGE_EVENT_KINDS:
		return false;
	}
	return false;
}

static bool has_output(const struct image *image)
{
	for (uint32_t i = 0; i < image->n_events; i++)
		if (is_output(image->events[i].kind))
			return true;
	return false;
}

/* How many maps the end prints; *name is that of one of them. */
static uint32_t count_maps(const struct session *session, const char **name)
{
	const struct image *image = session->image;
	uint32_t n = 0;

	if (!settings_print_maps(image, session->options))
		return 0;
	for (uint32_t i = 0; i < image->n_maps; i++) {
		if (image->maps[i].flags & IMAGE_MAP_NO_PRINT)
			continue;
		*name = image_string(image, image->maps[i].name);
		n++;
	}
	return n;
}

void person_status(const struct session *session)
{
	uint32_t probes = session->image->n_probes - session->attacher.n_missing;
	char events[48] = "", maps[160] = "";
	const char *name = "";
	uint32_t n_maps = count_maps(session, &name);
	char text[sizeof(events) + sizeof(maps) + 64];

	if (has_output(session->image) || !n_maps)
		snprintf(events, sizeof(events), ", %llu event%s",
			 (unsigned long long)session->events.n_handled,
			 session->events.n_handled == 1 ? "" : "s");
	if (n_maps == 1)
		snprintf(maps, sizeof(maps), " and print %s", name);
	else if (n_maps)
		snprintf(maps, sizeof(maps), " and print %u maps", n_maps);
	snprintf(text, sizeof(text), "attached %u probe%s%s, Ctrl-C to stop%s", probes,
		 probes == 1 ? "" : "s", events, maps);
	status_show(text);
}

void person_summary(const struct session *session, const struct sink_totals *totals)
{
	double seconds = (double)(clock_boot_now() - session->clock.boot) / 1e9;
	char events[48] = "", stored[48] = "";
	const char *name;

	if (totals->produced || has_output(session->image) || !count_maps(session, &name))
		snprintf(events, sizeof(events), "%llu event%s, ", (unsigned long long)totals->produced,
			 totals->produced == 1 ? "" : "s");
	if (session->options->database)
		snprintf(stored, sizeof(stored), "%llu stored, ", (unsigned long long)totals->stored);
	message_note("%s%s%llu lost, %.1f s", events, stored, (unsigned long long)totals->lost, seconds);
}
