/* SPDX-License-Identifier: Apache-2.0 */
/* A probe type that stands alone: begin, end. */
#include "lang/form.h"


static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	if (out->listing)
		return true;
	if (!require_parts(unit, point, 0, 0))
		return false;
	return target_add(unit, out,
			  &(struct target){.type = point->type,
					   .name = point->type->name,
					   .first = "",
					   .second = "",
					   .span = point->span});
}

const struct form form_alone = {.read = read};
