/* SPDX-License-Identifier: Apache-2.0 */
/* test:NAME and bench:NAME: what --test and --bench run themselves. */
#include "lang/form.h"

#include "lang/arena.h"
#include "lang/unit.h"

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	if (out->listing)
		return true;
	if (!require_parts(unit, point, 1, 1))
		return false;
	return target_add(unit, out,
			  &(struct target){.type = point->type,
					   .name = arena_printf(unit->arena, "%s:%s",
								point->type->name, point->parts[0]),
					   .first = point->parts[0],
					   .second = "",
					   .span = point->span});
}

const struct form form_named = {.read = read};
