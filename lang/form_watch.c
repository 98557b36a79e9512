/* SPDX-License-Identifier: Apache-2.0 */
/* watchpoint:ADDRESS:LENGTH:MODE */
#include "lang/form.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/parse.h"
#include "lang/unit.h"

/* What debug registers can do: none stops at reads alone. */
static bool has_mode(const char *mode)
{
	static const char *const modes[] = {"w", "rw", "wr", "x"};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i], mode))
			return true;
	return false;
}

static bool check_mode(struct unit *unit, const struct attach_point *point)
{
	const char *mode = point->parts[2];
	struct diag *diag;

	if (!*mode || mode[strspn(mode, "rwx")]) {
		diag = diag_report(&unit->diags, DIAG_watch_mode, point->span);
		hint_predicate(unit, diag, mode);
		return false;
	}
	for (const char *c = mode; *c; c++) {
		if (strchr(c + 1, *c)) {
			diag_report(&unit->diags, DIAG_watch_mode_twice, point->span);
			return false;
		}
	}
	if (!has_mode(mode)) {
		diag_report(&unit->diags, DIAG_watch_mode_none, point->span, mode);
		return false;
	}
	return true;
}

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	struct target target = {.type = point->type, .second = "", .span = point->span};
	uint64_t length = 0;

	if (out->listing)
		return true;
	if (!require_parts(unit, point, 3, 3))
		return false;
	if (!literal_parse(point->parts[0], strlen(point->parts[0]), &target.number)) {
		diag_report(&unit->diags, DIAG_watch_address, point->span, point->parts[0]);
		return false;
	}
	if (!target.number) {
		diag_report(&unit->diags, DIAG_watch_zero, point->span);
		return false;
	}
	if (!literal_parse(point->parts[1], strlen(point->parts[1]), &length) || length > 8 ||
	    __builtin_popcountll(length) != 1) {
		diag_report(&unit->diags, DIAG_watch_length, point->span);
		return false;
	}
	if (!check_mode(unit, point))
		return false;
	target.first = arena_printf(unit->arena, "%u:%s", (unsigned int)length, point->parts[2]);
	target.name = arena_printf(unit->arena, "watchpoint:%s:%s:%s", point->parts[0],
				   point->parts[1], point->parts[2]);
	return target_add(unit, out, &target);
}

const struct form form_watch = {.read = read};
