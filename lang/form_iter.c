/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iter:task, iter:task_file, iter:task_vma; with a third part, a pin: iter:task:list. The pin is the
 * target's `second`, as a whole path.
 */
#include "image/near.h"
#include "lang/form.h"

#include <limits.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/layout_function.h"
#include "lang/text.h"
#include "lang/type.h"
#include "lang/unit.h"

/* What can be walked without a target of its own. */
static const char *const kinds[] = {"task", "task_file", "task_vma"};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* What a pin that is no whole path is in. */
#define PINS "/sys/fs/bpf"

static bool add(struct unit *unit, const struct attach_point *point, const char *kind, const char *pin,
		struct target_list *out)
{
	return target_add(
		unit, out,
		&(struct target){
			.type = point->type,
			.name = arena_printf(unit->arena, "%s:%s%s%s", point->type->name, kind,
					     *pin ? ":" : "", *pin ? point->parts[1] : ""),
			.first = kind,
			.second = pin,
			.span = point->span,
		});
}

/* The path of the file that the iterator becomes; "" without, NULL: reported. */
static const char *read_pin(struct unit *unit, const struct attach_point *point)
{
	const char *given = point->n_parts > 1 ? point->parts[1] : NULL, *path;
	size_t length;

	if (!given)
		return "";
	path = *given == '/' ? given : arena_printf(unit->arena, "%s/%s", PINS, given);
	length = strlen(path);
	if (*given && path[length - 1] != '/' && length < PATH_MAX)
		return path;
	diag_report(&unit->diags, DIAG_pin_path, point->span, given);
	return NULL;
}

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	const char *wanted = point->n_parts ? point->parts[0] : "";
	struct near near;
	struct diag *diag;
	const char *pin;
	bool any = false, fine;

	if (!require_parts(unit, point, 1, 2))
		return false;
	pin = out->listing ? "" : read_pin(unit, point);
	if (!pin)
		return false;
	for (size_t i = 0; i < KINDS; i++) {
		if (!(out->listing ? text_match(wanted, kinds[i], strlen(kinds[i]))
				   : !strcmp(wanted, kinds[i])))
			continue;
		any = true;
		if (!add(unit, point, kinds[i], pin, out))
			return false;
	}
	if (any || out->listing)
		return true;
	diag = report_missing(unit, point, wanted, &fine);
	if (fine)
		return true;
	near_start(&near, wanted);
	for (size_t i = 0; i < KINDS; i++)
		near_try(&near, kinds[i], strlen(kinds[i]));
	if (diag && near.best)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean,
			  arena_printf(unit->arena, "%s:%s", point->type->name, near.best));
	return false;
}

static const struct type *context(struct unit *unit, const struct target *target)
{
	return layout_iterator(unit, target->first);
}

static const char *arguments(struct unit *unit, const struct target *target)
{
	const struct type *type = layout_iterator(unit, target->first);
	struct arena_buffer out = {.arena = unit->arena};

	for (uint32_t i = 0; type && i < type->count; i++)
		arena_buffer_printf(&out, "    %s %s\n",
				    type_text(unit->arena, type->fields[i].type),
				    type->fields[i].name);
	return out.text;
}

const struct form form_iter = {
	.read = read,
	.list_parts = 1,
	.context = context,
	.arguments = arguments,
	.separate = true,
	.alone = true,
};
