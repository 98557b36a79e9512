/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compilation: owns the arena that everything of it lives in, runs the stages, and answers for
 * them. The functions of lang.h.
 */
#include "lang/unit.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/check.h"
#include "lang/config.h"
#include "lang/expand.h"
#include "lang/fold.h"
#include "lang/macro.h"
#include "lang/parse.h"
#include "lang/proto.h"
#include "lang/script_options.h"
#include "lang/type.h"

struct unit *unit_new(const struct unit_options *options)
{
	struct arena *arena = arena_new();
	struct unit *unit = arena_alloc(arena, sizeof(*unit));

	unit->own = *options;
	unit->options = &unit->own;
	if (options->settings)
		memcpy(unit->settings, options->settings, sizeof(unit->settings));
	config_apply(unit);
	unit->arena = arena;
	unit->types = types_new(arena);
	unit->builtins = builtins_new(arena);
	source_init(&unit->source, arena, options->name, options->text, options->size);
	diags_init(&unit->diags, arena, &unit->source, options->warnings, options->color);
	return unit;
}

void unit_free(struct unit *unit)
{
	if (unit)
		arena_free(unit->arena);
}

bool unit_parse(struct unit *unit)
{
	parse_unit(unit);
	return !unit->diags.n_errors;
}

bool unit_expand(struct unit *unit)
{
	macro_unit(unit);
	config_unit(unit);
	script_options_unit(unit);
	if (!unit->diags.n_errors)
		expand_unit(unit);
	return !unit->diags.n_errors;
}

bool unit_check(struct unit *unit)
{
	fold_unit(unit);
	check_unit(unit);
	return !unit->diags.n_errors;
}

struct program *unit_program(struct unit *unit)
{
	return &unit->program;
}

struct arena *unit_arena(struct unit *unit)
{
	return unit->arena;
}

struct types *unit_types(struct unit *unit)
{
	return unit->types;
}

const struct unit_options *unit_options(const struct unit *unit)
{
	return unit->options;
}

uint64_t unit_setting(const struct unit *unit, uint32_t setting)
{
	const char *text = unit->settings[setting];
	uint64_t value;

	setting_read((enum setting)setting, text ? text : setting_rows[setting].standard, &value);
	return value;
}

const char *unit_setting_text(const struct unit *unit, uint32_t setting)
{
	return unit->settings[setting];
}

const char *unit_diagnostics(struct unit *unit)
{
	return diags_print(&unit->diags);
}

const char *unit_script_help(struct unit *unit)
{
	return script_options_help(unit);
}

void unit_error(struct unit *unit, struct span span, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_text(&unit->diags, span, arena_vprintf(unit->arena, format, args));
	va_end(args);
}

void unit_locate(const struct unit *unit, uint32_t byte, uint32_t *line, uint32_t *column)
{
	struct source source = unit->source;

	source_locate(&source, byte, line, column);
	source_place(&source, *line, line);
}

const char *unit_place(const struct unit *unit, struct span span)
{
	return diags_place(&unit->diags, span);
}

const char *unit_list_program(struct unit *unit, bool arguments)
{
	return expand_list_program(unit, arguments);
}

const char *unit_list_probes(struct unit *unit, const char *pattern, bool arguments)
{
	return expand_list(unit, pattern, arguments);
}

const char *unit_param(const struct unit *unit, uint32_t number)
{
	if (!number || number > unit->options->n_params)
		return NULL;
	return unit->options->params[number - 1];
}

struct parameter *unit_parameter(struct unit *unit, uint32_t number, struct span span)
{
	struct program *program = &unit->program;
	struct parameter *larger;

	for (uint32_t i = 0; i < program->n_parameters; i++) {
		if (program->parameters[i].number == number)
			return &program->parameters[i];
	}
	/* one at a time: scripts have a handful */
	larger = arena_array(unit->arena, program->n_parameters + 1, sizeof(*larger));
	if (program->n_parameters)
		memcpy(larger, program->parameters, program->n_parameters * sizeof(*larger));
	larger[program->n_parameters] = (struct parameter){.number = number, .span = span};
	program->parameters = larger;
	return &larger[program->n_parameters++];
}
