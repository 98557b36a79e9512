/* SPDX-License-Identifier: Apache-2.0 */
/* rawtracepoint[:module]:event, with wildcards; known by the kernel's BTF. */
#include "lang/form.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/layout_function.h"
#include "lang/text.h"
#include "lang/unit.h"

/* Where events are that are not a module's. */
#define KERNEL "vmlinux"
/* Every raw tracepoint's first parameter is not the event's. */
#define OWN_PARAMETERS 1

static struct target raw_target(struct unit *unit, const struct attach_point *point,
				const char *event)
{
	return (struct target){
		.type = point->type,
		.name = arena_printf(unit->arena, "%s:" KERNEL ":%s", point->type->name, event),
		.first = KERNEL,
		.second = event,
		.span = point->span,
	};
}

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	const char *module = point->n_parts > 1 ? point->parts[0] : KERNEL;
	const char *event = point->n_parts ? point->parts[point->n_parts - 1] : "";
	const char **names;
	struct target target;
	uint32_t count;

	if (!require_parts(unit, point, 1, 2))
		return false;
	if (!layout_has_btf(unit) && !text_is_pattern(event)) {
		target = raw_target(unit, point, event);
		return target_add(unit, out, &target);
	}
	names = layout_raw_tracepoints(unit, event, &count);
	if (!text_match(module, KERNEL, strlen(KERNEL)))
		count = 0;
	for (uint32_t i = 0; i < count; i++) {
		target = raw_target(unit, point, names[i]);
		if (!target_add(unit, out, &target))
			return false;
	}
	return count || out->listing || report_missing_name(unit, point, event, layout_raw_tracepoints);
}

static const struct type *context(struct unit *unit, const struct target *target)
{
	uint32_t proto = layout_raw_tracepoint(unit, target->second);

	return proto ? layout_arguments(unit, proto, OWN_PARAMETERS, false) : NULL;
}

static const char *arguments(struct unit *unit, const struct target *target)
{
	uint32_t proto = layout_raw_tracepoint(unit, target->second);

	return proto ? layout_arguments_text(unit, proto, OWN_PARAMETERS, false) : NULL;
}

static bool own_act(const struct target *target)
{
	return !strcmp(target->second, "sys_enter") || !strcmp(target->second, "sys_exit");
}

const struct form form_raw = {
	.own_act = own_act,
	.read = read,
	.list_parts = 1,
	.context = context,
	.arguments = arguments,
	.values = VALUES_SLOTS,
	.separate = true,
	.typed_section = "tp_btf",
};
