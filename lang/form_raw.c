/* SPDX-License-Identifier: Apache-2.0 */
/* rawtracepoint[:module]:event, with wildcards; known by the kernel's BTF. */
#include "lang/form.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/layout_function.h"
#include "lang/text.h"
#include "lang/unit.h"
#include "lang/world.h"

/* Where events are that are not a module's. */
#define KERNEL LAYOUT_KERNEL
/* Every raw tracepoint's first parameter is not the event's. */
#define OWN_PARAMETERS 1

static struct target raw_target(struct unit *unit, const struct attach_point *point,
				const char *module, const char *event)
{
	return (struct target){
		.type = point->type,
		.name = arena_printf(unit->arena, "%s:%s:%s", point->type->name, module, event),
		.first = module,
		.second = event,
		.span = point->span,
	};
}

/* What a module has of them. False: too many. */
static bool add_matches(struct unit *unit, const struct attach_point *point, const char *module,
			const char *event, struct target_list *out)
{
	const char **names;
	struct target target;
	uint32_t count;

	names = layout_raw_tracepoints(unit, module, event, &count);
	for (uint32_t i = 0; i < count; i++) {
		target = raw_target(unit, point, module, names[i]);
		if (!target_add(unit, out, &target))
			return false;
	}
	return true;
}

/* The modules that match, by the list of those that have BTF: one a line. */
static bool read_modules(struct unit *unit, const struct attach_point *point, const char *pattern,
			 const char *event, struct target_list *out)
{
	const struct world_ops *world = unit->options->world;
	struct world_answer answer;
	const char *line, *end;

	if (world->ask(world->self, WORLD_KERNEL_BTF, "*", &answer))
		return true;
	for (line = answer.data; line < answer.data + answer.size; line = end + 1) {
		end = strchrnul(line, '\n');
		if (text_match(pattern, line, (size_t)(end - line)) &&
		    !add_matches(unit, point, arena_text(unit->arena, line, (size_t)(end - line)),
				 event, out))
			return false;
	}
	return true;
}

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	const char *module = point->n_parts > 1 ? point->parts[0] : "*";
	const char *event = point->n_parts ? point->parts[point->n_parts - 1] : "";
	bool pattern = text_is_pattern(event) || out->listing;
	uint32_t before = out->count;
	struct target target;

	if (!require_parts(unit, point, 1, 2))
		return false;
	if (!layout_has_btf(unit) && !pattern) {
		target = raw_target(unit, point, point->n_parts > 1 ? module : KERNEL, event);
		return target_add(unit, out, &target);
	}
	if (text_match(module, KERNEL, strlen(KERNEL)) &&
	    !add_matches(unit, point, KERNEL, event, out))
		return false;
	if ((pattern || out->count == before) && !read_modules(unit, point, module, event, out))
		return false;
	return out->count > before || out->listing ||
	       report_missing_name(unit, point, event, layout_raw_tracepoints);
}

static const struct type *context(struct unit *unit, const struct target *target)
{
	uint32_t proto = layout_raw_tracepoint(unit, target->first, target->second);

	return proto ? layout_arguments(unit, proto, OWN_PARAMETERS, false) : NULL;
}

static const char *arguments(struct unit *unit, const struct target *target)
{
	uint32_t proto = layout_raw_tracepoint(unit, target->first, target->second);

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
