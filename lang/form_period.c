/* SPDX-License-Identifier: Apache-2.0 */
/* interval:UNIT:N, interval:DURATION, and profile's like it. */
#include "lang/form.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/parse.h"
#include "lang/text.h"
#include "lang/unit.h"

/* Nobody wants a period below this: it is a number of seconds whose unit was forgotten. */
#define SHORT_NS 1000

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

/* "profile:hz:": what the user goes on with is the number. */
static bool list_units(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	static const char *const units[] = {"hz", "ms", "s", "us"};
	struct target target = {
		.type = point->type, .first = "", .second = "", .span = point->span};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!text_match(point->parts[0], units[i], strlen(units[i])))
			continue;
		target.name = arena_printf(unit->arena, "%s:%s:", point->type->name, units[i]);
		if (!target_add(unit, out, &target))
			return false;
	}
	return true;
}

/* interval:UNIT:N, interval:DURATION */
static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	const char *number = point->n_parts ? point->parts[point->n_parts - 1] : "";
	struct target target = {
		.type = point->type, .first = "ns", .second = "", .span = point->span};
	struct diag *diag;
	uint64_t ns = 1;

	if (out->listing)
		return list_units(unit, point, out);
	if (!require_parts(unit, point, 1, 2))
		return false;
	if (point->n_parts == 2 && !period_unit(point->parts[0], &ns)) {
		diag_report(&unit->diags, DIAG_period_unit, point->span, point->parts[0],
			    point->type->name);
		return false;
	}
	if (!literal_parse(number, strlen(number), &target.number)) {
		diag = diag_report(&unit->diags, DIAG_period_number, point->span, number, point->type->name);
		hint_predicate(unit, diag, number);
		if (strchr(number, '.'))
			diag_hint(&unit->diags, diag, DIAG_hint_fraction);
		return false;
	}
	/* An option that is 0 leaves the block out. */
	if (!target.number && point->optional)
		return true;
	if (!target.number) {
		diag_report(&unit->diags, DIAG_period_zero, point->span, point->type->name);
		return false;
	}
	if (point->n_parts == 1 && number[strspn(number, "0123456789")] == '\0' && target.number < SHORT_NS)
		diag_hint(&unit->diags,
			  diag_report(&unit->diags, DIAG_period_short, point->span, point->type->name, number),
			  DIAG_hint_period, point->type->name, number, point->type->name, number);
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

const struct form form_period = {.read = read, .list_parts = 1};
