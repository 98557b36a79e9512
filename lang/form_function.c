/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of user space: file:function[+offset], file:0xaddress, file:cpp:"ns::f(int)", with
 * wildcards in file and function.
 */
#include "image/near.h"
#include "lang/form.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/binary.h"
#include "lang/parse.h"
#include "lang/text.h"
#include "lang/unit.h"
#include "lang/user_type.h"
#include "lang/world.h"

/* What an attach point says of a file. */
struct wanted {
	const struct attach_point *point;
	const char *file;
	const char *source;   /* of a line, or NULL */
	const char *line;     /* "12" or "12:3" */
	const char *function; /* without its offset */
	uint64_t offset;
	bool cpp;
	struct target_list *out;
};

static bool is_return(const struct attach_point *point)
{
	return point->type->form->returns;
}

static bool add_target(struct unit *unit, const struct wanted *wanted, const struct binary *binary,
		       const struct binary_symbol *symbol, const char *shown)
{
	const struct attach_point *point = wanted->point;
	struct target_site *site = arena_alloc(unit->arena, sizeof(*site));
	struct target target = {
		.type = point->type,
		.name = arena_printf(unit->arena, "%s:%s:%s%s", point->type->name, binary->name,
				     wanted->cpp ? "cpp:" : "", shown),
		.first = binary->path,
		.build_id = binary->build_id,
		.second = symbol->name,
		.function = symbol->cpp ? symbol->cpp : symbol->name,
		.sites = site,
		.n_sites = 1,
		.span = point->span,
	};

	site->address = symbol->address + wanted->offset;
	site->offset = symbol->offset + wanted->offset;
	return target_add(unit, wanted->out, &target);
}

/* Nothing in the file has the name: say so, and what may have been meant. */
static bool report_no_function(struct unit *unit, const struct wanted *wanted,
			       const struct binary *binary)
{
	struct text_lines lines;
	struct binary_symbol symbol;
	struct near near;
	struct diag *diag;
	bool fine;

	diag = report_missing(unit, wanted->point,
			      arena_printf(unit->arena, "%s:%s", binary->name, wanted->function),
			      &fine);
	if (fine || !diag || wanted->cpp || text_is_pattern(wanted->function))
		return fine;
	hint_predicate(unit, diag, wanted->function);
	if (binary_ask(unit, WORLD_FUNCTIONS, binary->path, NULL, &lines)) {
		diag_hint(&unit->diags, diag, DIAG_stripped);
		return false;
	}
	near_start(&near, wanted->function);
	while (binary_next_symbol(unit, &lines, &symbol))
		near_try(&near, symbol.name, strlen(symbol.name));
	if (near.best)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean,
			  arena_printf(unit->arena, "%s:%s:%.*s", wanted->point->type->name,
				       binary->name, (int)near.length, near.best));
	return false;
}

static bool matches(struct unit *unit, const struct wanted *wanted,
		    const struct binary_symbol *symbol)
{
	return wanted->cpp ? binary_match_cpp(unit, wanted->function, symbol->cpp)
			   : text_match(wanted->function, symbol->name, strlen(symbol->name));
}

/* *any: something matched, in this file or another. */
static bool match_functions(struct unit *unit, const struct wanted *wanted,
			    const struct binary *binary, bool many, bool *any)
{
	struct text_lines lines;
	struct binary_symbol symbol;
	int error = binary_ask(unit, wanted->cpp ? WORLD_CPP_FUNCTIONS : WORLD_FUNCTIONS,
			       binary->path, NULL, &lines);

	if (error == -ENODATA || (error && many))
		return true;
	if (error) {
		binary_report(unit, wanted->point, binary->name, error);
		return false;
	}
	while (binary_next_symbol(unit, &lines, &symbol)) {
		if (!matches(unit, wanted, &symbol))
			continue;
		*any = true;
		if (!add_target(unit, wanted, binary, &symbol, symbol.name))
			return false;
	}
	return true;
}

static bool find_function(struct unit *unit, const struct wanted *wanted,
			  const struct binary *binary, bool many, bool *any)
{
	struct text_lines lines;
	struct binary_symbol symbol;
	const char *shown = wanted->function;
	int error = binary_ask(unit, WORLD_FUNCTION, binary->path, wanted->function, &lines);

	if (error == -ENOENT || error == -ENODATA || (error && many))
		return true;
	if (error || !binary_next_symbol(unit, &lines, &symbol)) {
		binary_report(unit, wanted->point, binary->name, error);
		return false;
	}
	*any = true;
	if (wanted->offset && symbol.size && wanted->offset >= symbol.size) {
		diag_report(&unit->diags, DIAG_offset_beyond, wanted->point->span,
			    arena_printf(unit->arena, "%llu", (unsigned long long)wanted->offset),
			    symbol.name,
			    arena_printf(unit->arena, "%llu", (unsigned long long)symbol.size));
		return false;
	}
	if (wanted->offset)
		shown = arena_printf(unit->arena, "%s+%llu", shown,
				     (unsigned long long)wanted->offset);
	return add_target(unit, wanted, binary, &symbol, shown);
}

static bool add_address(struct unit *unit, const struct wanted *wanted, const struct binary *binary)
{
	struct text_lines lines;
	struct binary_symbol symbol;
	struct wanted here = *wanted;
	int error = binary_ask(unit, WORLD_ADDRESS, binary->path, wanted->function, &lines);

	if (error == -ERANGE) {
		diag_report(&unit->diags, DIAG_address_outside, wanted->point->span,
			    wanted->function, binary->name);
		return false;
	}
	if (error || !binary_next_symbol(unit, &lines, &symbol)) {
		binary_report(unit, wanted->point, binary->name, error);
		return false;
	}
	here.offset = 0;
	return add_target(unit, &here, binary, &symbol, wanted->function);
}

/* file@source:line[:column]; a line of an inline function has code in many places. */
static bool find_line(struct unit *unit, const struct wanted *wanted, const struct binary *binary)
{
	const struct attach_point *point = wanted->point;
	const char *where = arena_printf(unit->arena, "%s:%s", wanted->source, wanted->line);
	struct target target = {
		.type = point->type,
		.name = arena_printf(unit->arena, "%s:%s@%s", point->type->name, binary->name,
				     where),
		.first = binary->path,
		.build_id = binary->build_id,
		.span = point->span,
	};
	struct text_lines lines;
	struct binary_symbol symbol;
	int error =
		binary_ask(unit, WORLD_LINE, binary->path,
			   arena_printf(unit->arena, "%s\t%s\t%s", wanted->source, point->parts[1],
					point->n_parts > 2 ? point->parts[2] : "0"),
			   &lines);

	if (error == -ENOMSG)
		diag_report(&unit->diags, DIAG_no_lines, point->span, binary->name);
	else if (error == -ENOENT)
		diag_report(&unit->diags, DIAG_no_source, point->span, binary->name,
			    wanted->source);
	else if (error == -ENODATA)
		diag_report(&unit->diags, DIAG_no_source_line, point->span, binary->name, where);
	else if (error)
		binary_report(unit, point, binary->name, error);
	if (error)
		return false;
	while (binary_next_symbol(unit, &lines, &symbol)) {
		struct target_site site = {.address = symbol.address, .offset = symbol.offset};

		target.second = target.function = symbol.name;
		target_add_site(unit, &target, &site);
	}
	return !target.n_sites || target_add(unit, wanted->out, &target);
}

/* file@source, and a number where a function would be. */
static bool split_line(struct unit *unit, struct wanted *wanted)
{
	const struct attach_point *point = wanted->point;
	const char *at = strrchr(point->parts[0], '@');

	for (uint32_t i = 1; i < point->n_parts; i++)
		if (!*point->parts[i] ||
		    strspn(point->parts[i], "0123456789") != strlen(point->parts[i]))
			return false;
	if (!at || !at[1])
		return false;
	wanted->file = arena_text(unit->arena, point->parts[0], (size_t)(at - point->parts[0]));
	wanted->source = at + 1;
	wanted->line = point->n_parts > 2 ? arena_printf(unit->arena, "%s:%s", point->parts[1],
							 point->parts[2])
					  : point->parts[1];
	return true;
}

static bool read_files(struct unit *unit, const struct wanted *wanted)
{
	const struct attach_point *point = wanted->point;
	bool listing = wanted->out->listing, pattern, any = false, valid = true;
	struct binary_list files;

	if (!binary_find(unit, point, wanted->file, listing, &files))
		return false;
	pattern = wanted->cpp || listing || text_is_pattern(wanted->function);
	for (uint32_t i = 0; i < files.count && valid; i++) {
		bool many = files.count > 1;

		binary_identify(unit, &files.items[i]);

		if (wanted->line)
			any = valid = find_line(unit, wanted, &files.items[i]);
		else if (isdigit((unsigned char)*wanted->function) && !pattern)
			any = valid = add_address(unit, wanted, &files.items[i]);
		else if (pattern)
			valid = match_functions(unit, wanted, &files.items[i], many, &any);
		else
			valid = find_function(unit, wanted, &files.items[i], many, &any);
	}
	if (!valid || any || listing || !files.count)
		return valid;
	return report_no_function(unit, wanted, &files.items[0]);
}

/* "function+offset"; an operator of C++ has a plus of its own. */
static bool split_offset(struct unit *unit, struct wanted *wanted)
{
	const char *plus = strrchr(wanted->function, '+');

	if (!plus || plus == wanted->function ||
	    !literal_parse(plus + 1, strlen(plus + 1), &wanted->offset))
		return true;
	wanted->function =
		arena_text(unit->arena, wanted->function, (size_t)(plus - wanted->function));
	if (is_return(wanted->point)) {
		diag_report(&unit->diags, DIAG_return_offset, wanted->point->span);
		return false;
	}
	if (text_is_pattern(wanted->function)) {
		diag_report(&unit->diags, DIAG_pattern_offset, wanted->point->span);
		return false;
	}
	return true;
}

static bool read(struct unit *unit, const struct attach_point *point, struct target_list *out)
{
	struct wanted wanted = {.point = point, .file = point->parts[0], .out = out};

	if (!require_parts(unit, point, 2, 3))
		return false;
	if (strstr(point->parts[0], "!/")) {
		diag_report(&unit->diags, DIAG_in_archive, point->span, point->parts[0]);
		return false;
	}
	wanted.function = point->parts[point->n_parts - 1];
	if (!*point->parts[0] || !*wanted.function) {
		diag_report(&unit->diags, DIAG_empty_function, point->span, point->type->name);
		return false;
	}
	if (split_line(unit, &wanted)) {
		if (!point->type->form->returns)
			return read_files(unit, &wanted);
		diag_report(&unit->diags, DIAG_return_offset, point->span);
		return false;
	}
	if (point->n_parts == 3) {
		wanted.cpp = true;
		if (strcmp(point->parts[1], "cpp") != 0) {
			diag_report(&unit->diags, DIAG_unknown_language, point->span,
				    point->parts[1]);
			return false;
		}
	}
	return (wanted.cpp || split_offset(unit, &wanted)) && read_files(unit, &wanted);
}

/* What its DWARF says of the function; NULL: nothing. */
static bool ask_parameters(struct unit *unit, const struct target *target,
			   struct world_answer *answer)
{
	struct text_lines lines;

	if (binary_ask(
		    unit, WORLD_PARAMETERS, target->first,
		    arena_printf(unit->arena, "%llx", (unsigned long long)target->sites[0].address),
		    &lines))
		return false;
	*answer = (struct world_answer){lines.at, (size_t)(lines.end - lines.at)};
	return true;
}

static const struct type *context(struct unit *unit, const struct target *target)
{
	struct world_answer answer;

	if (ask_parameters(unit, target, &answer))
		return user_type_context(unit, &answer);
	diag_report(&unit->diags, DIAG_no_dwarf, target->span, target->name);
	return NULL;
}

static const char *arguments(struct unit *unit, const struct target *target)
{
	struct world_answer answer;

	return ask_parameters(unit, target, &answer) ? user_type_list(unit, &answer) : NULL;
}

const struct form form_function = {
	.read = read,
	.list_parts = 2,
	.of_file = true,
	.context = context,
	.arguments = arguments,
	.values = VALUES_REGISTERS,
};

const struct form form_function_return = {
	.read = read,
	.list_parts = 2,
	.of_file = true,
	.values = VALUES_REGISTERS,
	.returns = true,
};
