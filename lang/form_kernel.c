/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the kernel: kprobe[:module]:fn[+offset], kprobe:0xaddress, kretprobe[:module]:fn,
 * fentry[:module]:fn, fexit[:module]:fn; those of BPF programs are bpf_target.c's. A name without a
 * wildcard that the BTF has is taken as it is: the kernel's list of functions that can be traced
 * takes it 30 ms to write.
 */
#include "lang/form.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/bpf_target.h"
#include "lang/layout_function.h"
#include "lang/parse.h"
#include "lang/text.h"
#include "lang/unit.h"
#include "lang/world.h"

#define KERNEL LAYOUT_KERNEL

/* Functions are written "fn" or, of a module, "module:fn". */
static bool ask_functions(struct unit *unit, const char *module, const char *pattern,
			  struct world_answer *answer)
{
	const struct world_ops *world = unit->options->world;

	return !world->ask(world->self, WORLD_KERNEL_FUNCTIONS,
			   arena_printf(unit->arena, "%s:%s", module, pattern), answer);
}

static bool is_typed(const struct attach_point *point)
{
	return point->type->id == PROBE_fentry || point->type->id == PROBE_fexit;
}

/* `module` is "" if it is not said: kprobes keep it so, a function with BTF is the kernel's. */
static bool add(struct unit *unit, const struct attach_point *point, const char *module,
		const char *name, uint64_t offset, struct target_list *out)
{
	struct target target = {
		.type = point->type,
		.first = *module || !is_typed(point) ? module : KERNEL,
		.second = name,
		.function = name,
		.number = offset,
		.span = point->span,
	};
	const char *full =
		offset ? arena_printf(unit->arena, "%s+%llu", name, (unsigned long long)offset)
		       : name;

	target.name = *target.first ? arena_printf(unit->arena, "%s:%s:%s", point->type->name,
						   target.first, full)
				    : arena_printf(unit->arena, "%s:%s", point->type->name, full);
	return target_add(unit, out, &target);
}

/* Is a name among sorted ones? What is asked is sorted too: *at only goes on. */
static bool among(const char **names, uint32_t count, uint32_t *at, const char *name)
{
	while (*at < count && strcmp(names[*at], name) < 0)
		++*at;
	return *at < count && !strcmp(names[*at], name);
}

/* What the kernel says can be traced. Those with types must be in its BTF, or the module's.
 */
static bool add_listed(struct unit *unit, const struct attach_point *point, const char *module,
		       const char *pattern, const struct world_answer *answer,
		       struct target_list *out)
{
	struct text_lines lines = {answer->data, answer->data + answer->size};
	const char *line, *colon, *name, *of, **typed = NULL, *typed_of = NULL;
	uint32_t n_typed = 0, at = 0;
	size_t length;

	while (text_next_line(&lines, &line, &length)) {
		colon = memchr(line, ':', length);
		name = arena_text(unit->arena, colon ? colon + 1 : line,
				  colon ? (size_t)(line + length - colon - 1) : length);
		of = colon ? arena_text(unit->arena, line, (size_t)(colon - line)) : "";
		/* One module's stand together. */
		if (is_typed(point) && (!typed_of || strcmp(typed_of, of) != 0)) {
			typed = layout_functions(unit, of, pattern, &n_typed);
			typed_of = of;
			at = 0;
		}
		if (is_typed(point) && !among(typed, n_typed, &at, name))
			continue;
		if (*module && !colon)
			of = KERNEL;
		if (!add(unit, point, of, name, 0, out))
			return false;
	}
	return true;
}

static bool match_functions(struct unit *unit, const struct attach_point *point, const char *module,
			    const char *pattern, struct target_list *out)
{
	uint32_t before = out->count, count;
	struct world_answer answer;
	const char **names;

	if (ask_functions(unit, module, pattern, &answer)) {
		if (!add_listed(unit, point, module, pattern, &answer, out))
			return false;
	} else {
		names = layout_functions(unit, module, pattern, &count);
		for (uint32_t i = 0; i < count; i++)
			if (!add(unit, point, module, names[i], 0, out))
				return false;
	}
	return out->count > before || out->listing ||
	       report_missing_name(unit, point, pattern, layout_functions);
}

/* "fn+0x10": cut the offset off. False: reported. */
static bool read_offset(struct unit *unit, const struct attach_point *point, const char **name,
			uint64_t *offset)
{
	const char *plus = strchr(*name, '+');

	*offset = 0;
	if (!plus)
		return true;
	if (point->type->id != PROBE_kprobe) {
		diag_report(&unit->diags, DIAG_no_offset, point->span, point->type->name);
		return false;
	}
	if (plus == *name || !literal_parse(plus + 1, strlen(plus + 1), offset)) {
		diag_report(&unit->diags, DIAG_bad_offset, point->span, plus + 1);
		return false;
	}
	*name = arena_text(unit->arena, *name, (size_t)(plus - *name));
	return true;
}

static bool read_address(struct unit *unit, const struct attach_point *point, const char *text,
			 struct target_list *out)
{
	struct target target = {
		.type = point->type, .first = "", .second = "", .span = point->span};

	if (!literal_parse(text, strlen(text), &target.number)) {
		diag_report(&unit->diags, DIAG_bad_offset, point->span, text);
		return false;
	}
	if (!unit->options->unsafe) {
		diag_report(&unit->diags, DIAG_unsafe_address, point->span);
		return false;
	}
	target.name = arena_printf(unit->arena, "%s:%s", point->type->name, text);
	return target_add(unit, out, &target);
}

/* Whether there is such a function: first where it is quick to find. */
static bool is_function(struct unit *unit, const char *module, const char *name)
{
	struct world_answer answer;

	if ((!*module || !strcmp(module, KERNEL)) && layout_function(unit, module, name))
		return true;
	return ask_functions(unit, *module ? module : "*", name, &answer) ? answer.size > 0
									  : !layout_has_btf(unit);
}

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	const char *module = point->n_parts > 1 ? point->parts[0] : "";
	const char *name = point->n_parts ? point->parts[point->n_parts - 1] : "";
	uint64_t offset;

	if (bpf_target_is_meant(point))
		return bpf_target_read(unit, point, out);
	if (!require_parts(unit, point, 1, 2))
		return false;
	if (point->type->id == PROBE_kprobe && point->n_parts == 1 && *name >= '0' && *name <= '9')
		return read_address(unit, point, name, out);
	if (!read_offset(unit, point, &name, &offset))
		return false;
	/* Types are where the function is: look which module has it. */
	if (is_typed(point) && !*module && layout_has_btf(unit) &&
	    !layout_function(unit, "", name) && !text_is_pattern(name))
		return match_functions(unit, point, "*", name, out);
	if (text_is_pattern(name) || text_is_pattern(module) || out->listing)
		return match_functions(unit, point, module, name, out);
	if (!is_function(unit, module, name))
		return out->listing ||
		       report_missing_name(
			       unit, point,
			       *module ? arena_printf(unit->arena, "%s:%s", module, name) : name,
			       layout_functions);
	return add(unit, point, module, name, offset, out);
}

static const struct type *entry_context(struct unit *unit, const struct target *target)
{
	uint32_t proto;

	if (bpf_target_is(target))
		return bpf_target_context(unit, target);
	proto = layout_function(unit, target->first, target->second);
	return proto ? layout_arguments(unit, proto, 0, target->type->id == PROBE_fexit) : NULL;
}

static const char *arguments(struct unit *unit, const struct target *target)
{
	uint32_t proto;

	if (bpf_target_is(target))
		return bpf_target_arguments(unit, target);
	proto = layout_function(unit, target->first, target->second);
	return proto ? layout_arguments_text(unit, proto, 0, target->type->id == PROBE_fexit)
		     : NULL;
}

/*
 * What the tracer does calls functions of the kernel, and to report that would make it do more.
 * What interrupts it is not reported either.
 */
static bool own_act(const struct target *target)
{
	(void)target;
	return true;
}

const struct form form_kprobe = {
	.read = read,
	.list_parts = 1,
	.values = VALUES_REGISTERS,
	.own_act = own_act,
};
const struct form form_kretprobe = {
	.read = read,
	.list_parts = 1,
	.values = VALUES_REGISTERS,
	.returns = true,
	.own_act = own_act,
};
const struct form form_fentry = {
	.read = read,
	.list_parts = 1,
	.context = entry_context,
	.arguments = arguments,
	.values = VALUES_SLOTS,
	.separate = true,
	.own_act = own_act,
};
const struct form form_fexit = {
	.read = read,
	.list_parts = 1,
	.context = entry_context,
	.arguments = arguments,
	.values = VALUES_SLOTS,
	.returns = true,
	.separate = true,
	.own_act = own_act,
};
