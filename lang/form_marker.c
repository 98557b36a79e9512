/* SPDX-License-Identifier: Apache-2.0 */
/*
 * USDT probes: file:provider:name or file:name, with wildcards in all. One probe may stand at many
 * places of a file; its arguments are found elsewhere at each.
 */
#include "image/near.h"
#include "lang/form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/binary.h"
#include "lang/text.h"
#include "lang/unit.h"
#include "lang/usdt_argument.h"

/* One line of the world's answer. */
struct marker {
	struct target_site site;
	const char *provider, *name;
};

/* The probes of one file that match. */
struct found {
	struct target *items;
	uint32_t count, capacity;
};

static bool next_marker(struct unit *unit, struct text_lines *lines, struct marker *marker)
{
	char *at, *save = NULL;
	const char *line;
	size_t length;

	if (!text_next_line(lines, &line, &length))
		return false;
	at = arena_text(unit->arena, line, length);
	*marker = (struct marker){0};
	marker->site.offset = strtoull(at, &at, 16);
	marker->site.semaphore = strtoull(at, &at, 16);
	marker->site.address = strtoull(at, &at, 16);
	marker->provider = strtok_r(at, "\t", &save);
	marker->name = strtok_r(NULL, "\t", &save);
	marker->site.arguments = save;
	return marker->name;
}

static void add_marker(struct unit *unit, const struct attach_point *point,
		       const struct binary *binary, const struct marker *marker,
		       struct found *found)
{
	const char *second = arena_printf(unit->arena, "%s:%s", marker->provider, marker->name);
	struct target *target = NULL, *items;

	for (uint32_t i = 0; i < found->count && !target; i++)
		if (!strcmp(found->items[i].second, second))
			target = &found->items[i];
	if (!target && found->count == found->capacity) {
		found->capacity = found->capacity ? found->capacity * 2 : 8;
		items = arena_array(unit->arena, found->capacity, sizeof(*items));
		if (found->count)
			memcpy(items, found->items, found->count * sizeof(*items));
		found->items = items;
	}
	if (!target) {
		target = &found->items[found->count++];
		*target = (struct target){
			.type = point->type,
			.name = arena_printf(unit->arena, "usdt:%s:%s", binary->name, second),
			.first = binary->path,
			.build_id = binary->build_id,
			.second = second,
			.span = point->span,
		};
	}
	target_add_site(unit, target, &marker->site);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct target *)a)->name, ((const struct target *)b)->name);
}

static bool read_file(struct unit *unit, const struct attach_point *point,
		      const struct binary *binary, bool many, struct target_list *out, bool *any)
{
	const char *provider = point->n_parts > 2 ? point->parts[1] : "*";
	const char *name = point->parts[point->n_parts - 1];
	struct found found = {0};
	struct text_lines lines;
	struct marker marker;
	int error = binary_ask(unit, WORLD_MARKERS, binary->path, NULL, &lines);

	if (error == -ENODATA || (error && many))
		return true;
	if (error) {
		binary_report(unit, point, binary->name, error);
		return false;
	}
	if (!*provider)
		provider = "*";
	while (next_marker(unit, &lines, &marker))
		if (text_match(provider, marker.provider, strlen(marker.provider)) &&
		    text_match(name, marker.name, strlen(marker.name)))
			add_marker(unit, point, binary, &marker, &found);
	if (found.count)
		qsort(found.items, found.count, sizeof(*found.items), by_name);
	for (uint32_t i = 0; i < found.count; i++) {
		*any = true;
		if (!target_add(unit, out, &found.items[i]))
			return false;
	}
	return true;
}

/* None is there: say so, and what may have been meant. */
static bool report_no_marker(struct unit *unit, const struct attach_point *point,
			     const struct binary *binary)
{
	const char *name =
		arena_printf(unit->arena, "%s%s%s", point->parts[1], point->n_parts > 2 ? ":" : "",
			     point->n_parts > 2 ? point->parts[2] : "");
	struct text_lines lines;
	struct marker marker;
	struct near near;
	struct diag *diag;
	bool fine;

	diag = report_missing(unit, point, arena_printf(unit->arena, "%s:%s", binary->name, name),
			      &fine);
	if (fine || !diag)
		return fine;
	hint_predicate(unit, diag, name);
	if (text_is_pattern(name))
		return false;
	if (binary_ask(unit, WORLD_MARKERS, binary->path, NULL, &lines)) {
		diag_hint(&unit->diags, diag, DIAG_no_markers);
		return false;
	}
	near_start(&near, name);
	while (next_marker(unit, &lines, &marker)) {
		const char *full = point->n_parts > 2 ? arena_printf(unit->arena, "%s:%s",
								     marker.provider, marker.name)
						      : marker.name;

		near_try(&near, full, strlen(full));
	}
	if (near.best)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean,
			  arena_printf(unit->arena, "usdt:%s:%.*s", binary->name, (int)near.length,
				       near.best));
	return false;
}

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	struct binary_list files;
	bool any = false;

	if (!require_parts(unit, point, 2, 3))
		return false;
	if (!*point->parts[point->n_parts - 1]) {
		diag_report(&unit->diags, DIAG_empty_marker, point->span);
		return false;
	}
	if (!binary_find(unit, point, *point->parts[0] ? point->parts[0] : "*", out->listing,
			 &files))
		return false;
	for (uint32_t i = 0; i < files.count; i++) {
		binary_identify(unit, &files.items[i]);
		if (!read_file(unit, point, &files.items[i], files.count > 1, out, &any))
			return false;
	}
	if (any || out->listing || !files.count)
		return true;
	return report_no_marker(unit, point, &files.items[0]);
}

const struct form form_marker = {
	.read = read,
	.list_parts = 3,
	.of_file = true,
	.values = VALUES_MARKER,
};
