/* SPDX-License-Identifier: Apache-2.0 */
/* self:signal:SIGUSR1: the tracer itself gets a signal. */
#include "lang/form.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/text.h"
#include "lang/unit.h"

/* Those that mean nothing else to the tracer. */
static const char *const signals[] = {"SIGUSR1"};

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static bool add(struct unit *unit, const struct attach_point *point, const char *name,
		struct target_list *out)
{
	return target_add(
		unit, out,
		&(struct target){.type = point->type,
				 .name = arena_printf(unit->arena, "self:signal:%s", name),
				 .first = name,
				 .second = "",
				 .span = point->span});
}

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	if (!out->listing && !require_parts(unit, point, 2, 2))
		return false;
	if (!out->listing && strcmp(point->parts[0], "signal") != 0) {
		diag_report(&unit->diags, DIAG_self_trigger, point->span, point->parts[0]);
		return false;
	}
	for (size_t i = 0; i < SIGNALS; i++) {
		if (!out->listing && !strcmp(point->parts[1], signals[i]))
			return add(unit, point, signals[i], out);
		if (out->listing && text_match(point->parts[0], "signal", strlen("signal")) &&
		    text_match(point->parts[1], signals[i], strlen(signals[i])) &&
		    !add(unit, point, signals[i], out))
			return false;
	}
	if (out->listing)
		return true;
	hint_predicate(unit,
		       diag_report(&unit->diags, DIAG_self_signal, point->span, point->parts[1]),
		       point->parts[1]);
	return false;
}

const struct form form_signal = {.read = read, .list_parts = 2};
