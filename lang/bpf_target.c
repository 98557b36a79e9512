/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See the header. A target's `number` is the program's ID. A program's context is one thing to the
 * program and another to the kernel, which has a table of both as a struct: of two members that
 * follow each other, the first is the program's type and the second its own.
 */
#include "lang/bpf_target.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/form.h"
#include "lang/layout.h"
#include "lang/layout_function.h"
#include "lang/text.h"
#include "lang/type.h"
#include "lang/unit.h"
#include "lang/world.h"

#define SLOT	  8u
#define MAX_SLOTS 16
#define CONTEXTS  "bpf_ctx_convert"

/* One line of WORLD_BPF_FUNCTIONS, cut into its parts. */
struct function {
	const char *id, *name;
	unsigned long type;		   /* enum bpf_prog_type */
	const char *parameters[MAX_SLOTS]; /* "code name type"; the last is the result */
	uint32_t count;
};

bool bpf_target_is_meant(const struct attach_point *point)
{
	return (point->type->id == PROBE_fentry || point->type->id == PROBE_fexit) &&
	       point->n_parts > 1 && !strcmp(point->parts[0], BPF_MODULE);
}

bool bpf_target_is(const struct target *target)
{
	return !strcmp(target->first, BPF_MODULE);
}

/* False: there is no more, or it is not one of ours. */
static bool next_function(struct unit *unit, struct text_lines *lines, struct function *function)
{
	const char *line;
	size_t length;
	char *at, *field, *end;

	if (!text_next_line(lines, &line, &length))
		return false;
	at = arena_text(unit->arena, line, length);
	*function = (struct function){.id = strsep(&at, "\t")};
	function->name = at ? strsep(&at, "\t") : "";
	function->type = strtoul(function->id, &end, 10);
	if (*end == ' ') {
		*end = '\0';
		function->type = strtoul(end + 1, NULL, 10);
	}
	while (at && function->count < MAX_SLOTS) {
		field = strsep(&at, "\t");
		function->parameters[function->count++] = field;
	}
	return true;
}

static int ask(struct unit *unit, const char *id, struct text_lines *lines)
{
	const struct world_ops *world = unit->options->world;
	struct world_answer answer;
	int err = world->ask(world->self, WORLD_BPF_FUNCTIONS, id, &answer);

	*lines = err ? (struct text_lines){"", ""}
		     : (struct text_lines){answer.data, answer.data + answer.size};
	return err;
}

static bool add(struct unit *unit, const struct attach_point *point,
		const struct function *function, struct target_list *out)
{
	return target_add(
		unit, out,
		&(struct target){
			.type = point->type,
			.name = arena_printf(unit->arena, "%s:" BPF_MODULE ":%s:%s",
					     point->type->name, function->id, function->name),
			.first = BPF_MODULE,
			.second = function->name,
			.function = function->name,
			.number = strtoul(function->id, NULL, 10),
			.span = point->span,
		});
}

/* A tracing program cannot be traced by one, so a pattern does not mean it. */
static bool is_meant(const struct target_list *out, const char *id, const char *name,
		     const struct function *function)
{
	bool pattern = text_is_pattern(name);

	return text_match(id, function->id, strlen(function->id)) &&
	       text_match(name, function->name, strlen(function->name)) &&
	       (out->listing || !pattern || function->type != BPF_PROG_TYPE_TRACING);
}

bool bpf_target_read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	const char *name = point->parts[point->n_parts - 1];
	const char *id = point->n_parts > 2 ? point->parts[1] : "*";
	struct text_lines lines;
	struct function function;
	uint32_t before = out->count;
	bool fine;
	int err;

	if (!require_parts(unit, point, 2, 3))
		return false;
	err = ask(unit, text_is_pattern(id) ? "*" : id, &lines);
	if (err && !out->listing) {
		diag_report(&unit->diags,
			    err == -EPERM || err == -EACCES ? DIAG_programs_denied
							    : DIAG_programs_unavailable,
			    point->span, strerror(-err));
		return false;
	}
	while (next_function(unit, &lines, &function))
		if (is_meant(out, id, name, &function) && !add(unit, point, &function, out))
			return false;
	if (out->count > before || out->listing)
		return true;
	report_missing(unit, point,
		       point->n_parts > 2 ? arena_printf(unit->arena, BPF_MODULE ":%s:%s", id, name)
					  : arena_printf(unit->arena, BPF_MODULE ":%s", name),
		       &fine);
	return fine;
}

/* The kernel's type of a program's context; NULL: the program's struct is no context. */
static const struct type *kernel_context(struct unit *unit, const char *name)
{
	const struct type *table = layout_named(unit, FORM_STRUCT, CONTEXTS);

	for (uint32_t i = 0; table && i + 1 < table->count; i += 2) {
		const struct type *type = table->fields[i].type;

		if (type && type->kind == TYPE_STRUCT && !strcmp(type->name, name))
			return table->fields[i + 1].type;
	}
	return NULL;
}

/* NULL: it cannot be read. */
static const struct type *type_of(struct unit *unit, const char *code)
{
	const struct type *type;

	switch (*code) {
	case 'b':
		return type_bool(unit->types);
	case 's':
	case 'u':
		return strchr("1248", code[1])
			       ? type_int(unit->types, (uint32_t)(code[1] - '0'), *code == 's')
			       : NULL;
	case 'p':
		return type_pointer(unit->types, NULL, SPACE_KERNEL);
	case 'c':
		type = kernel_context(unit,
				      arena_text(unit->arena, code + 2, strcspn(code + 2, " ")));
		return type && type->kind == TYPE_STRUCT
			       ? type_pointer(unit->types, type, SPACE_KERNEL)
			       : NULL;
	default:
		return NULL;
	}
}

static bool find(struct unit *unit, const struct target *target, struct function *function)
{
	struct text_lines lines;

	if (ask(unit, arena_printf(unit->arena, "%llu", (unsigned long long)target->number),
		&lines))
		return false;
	while (next_function(unit, &lines, function))
		if (!strcmp(function->name, target->second))
			return true;
	return false;
}

const struct type *bpf_target_context(struct unit *unit, const struct target *target)
{
	struct function function;
	struct type_field *fields;
	uint32_t count = 0, last;

	if (!find(unit, target, &function) || !function.count)
		return NULL;
	last = function.count - 1;
	fields = arena_array(unit->arena, function.count, sizeof(*fields));
	for (uint32_t i = 0; i < function.count; i++) {
		const char *parameter = function.parameters[i], *name = strchr(parameter, ' ');
		const struct type *type = type_of(unit, parameter);

		if (!name || !type || (i == last && target->type->id != PROBE_fexit))
			continue;
		fields[count++] = (struct type_field){
			.name = i == last
					? LAYOUT_RETVAL
					: arena_text(unit->arena, name + 1, strcspn(name + 1, " ")),
			.type = type,
			.offset = i * SLOT,
			.slot = true,
		};
	}
	return type_struct(unit->types, TYPE_CONTEXT, "", fields, count, function.count * SLOT,
			   SLOT);
}

const char *bpf_target_arguments(struct unit *unit, const struct target *target)
{
	struct arena_buffer out = {.arena = unit->arena};
	struct function function = {0};

	if (!find(unit, target, &function))
		return NULL;
	arena_buffer_add(&out, "", 0);
	for (uint32_t i = 0; i < function.count; i++) {
		const char *parameter = function.parameters[i], *name = strchr(parameter, ' ');
		const char *written = name ? strchr(name + 1, ' ') : NULL;
		const struct type *type = type_of(unit, parameter);

		if (!written || !type ||
		    (i + 1 == function.count && target->type->id != PROBE_fexit))
			continue;
		arena_buffer_printf(&out, "    %s %.*s\n",
				    *parameter == 'c' ? type_text(unit->arena, type) : written + 1,
				    (int)(written - name - 1), name + 1);
	}
	return out.text;
}
