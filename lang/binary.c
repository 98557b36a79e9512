/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/binary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/form.h"
#include "lang/text.h"
#include "lang/unit.h"

int binary_ask(struct unit *unit, enum world_question question, const char *path, const char *what,
	       struct text_lines *lines)
{
	const struct world_ops *world = unit->options->world;
	struct world_answer answer;
	const char *name = what ? arena_printf(unit->arena, "%s\t%s", path, what) : path;
	int error = world->ask(world->self, question, name, &answer);

	if (!error)
		*lines = (struct text_lines){answer.data, answer.data + answer.size};
	return error;
}

void binary_identify(struct unit *unit, struct binary *binary)
{
	struct text_lines lines;

	binary->build_id = "";
	if (!binary_ask(unit, WORLD_BUILD_ID, binary->path, NULL, &lines))
		binary->build_id =
			arena_text(unit->arena, lines.at, (size_t)(lines.end - lines.at));
}

bool binary_next_symbol(struct unit *unit, struct text_lines *lines, struct binary_symbol *symbol)
{
	const char *line;
	char *at, *tab;
	size_t length;

	if (!text_next_line(lines, &line, &length))
		return false;
	at = arena_text(unit->arena, line, length);
	symbol->address = strtoull(at, &at, 16);
	symbol->size = strtoull(at, &at, 16);
	symbol->offset = strtoull(at, &at, 16);
	symbol->name = *at ? at + 1 : at;
	tab = strchr(at, '\t');
	symbol->cpp = tab ? tab + 1 : NULL;
	if (tab)
		*tab = '\0';
	return true;
}

void binary_report(struct unit *unit, const struct attach_point *point, const char *path, int error)
{
	struct diags *diags = &unit->diags;

	switch (-error) {
	case ENOENT:
	case ENOTDIR:
		diag_report(diags, DIAG_no_binary, point->span, point->type->name, path);
		break;
	case EACCES:
	case EPERM:
		diag_report(diags, DIAG_binary_denied, point->span, path);
		break;
	case ENOEXEC:
		diag_report(diags, DIAG_not_elf, point->span, path);
		break;
	case ENOTSUP:
		diag_report(diags, DIAG_other_machine, point->span, path);
		break;
	case ESRCH:
		diag_report(diags, DIAG_needs_process, point->span, point->type->name, path);
		break;
	default:
		diag_report(diags, DIAG_binary_unreadable, point->span, path, strerror(-error));
	}
}

/* No file of the name: whether that is fine. */
static bool report_no_file(struct unit *unit, const struct attach_point *point, const char *text,
			   int error)
{
	bool fine;

	if (unit->options->missing_probes_ok)
		report_missing(unit, point, text, &fine);
	else
		binary_report(unit, point, text, error);
	return unit->options->missing_probes_ok;
}

bool binary_find(struct unit *unit, const struct attach_point *point, const char *text,
		 bool listing, struct binary_list *out)
{
	struct text_lines lines;
	const char *line, *tab;
	size_t length;
	uint32_t capacity = 0;
	int error = binary_ask(unit, WORLD_BINARY, text, NULL, &lines);

	*out = (struct binary_list){0};
	if (listing && (error == -ESRCH || (error == -ENOENT && text_is_pattern(text))))
		return true;
	if (error == -ENOENT)
		return report_no_file(unit, point, text, error);
	if (error) {
		binary_report(unit, point, text, error);
		return false;
	}
	while (text_next_line(&lines, &line, &length)) {
		if (out->count == capacity) {
			struct binary *items;

			capacity = capacity ? capacity * 2 : 4;
			items = arena_array(unit->arena, capacity, sizeof(*items));
			if (out->count)
				memcpy(items, out->items, out->count * sizeof(*items));
			out->items = items;
		}
		tab = memchr(line, '\t', length);
		if (!tab)
			continue;
		out->items[out->count++] = (struct binary){
			.path = arena_text(unit->arena, line, (size_t)(tab - line)),
			.name = arena_text(unit->arena, tab + 1, (size_t)(line + length - tab - 1)),
		};
	}
	return true;
}

void target_add_site(struct unit *unit, struct target *target, const struct target_site *site)
{
	struct target_site *sites;

	/* A power of two is full. */
	if (!(target->n_sites & (target->n_sites - 1))) {
		sites = arena_array(unit->arena, target->n_sites ? target->n_sites * 2 : 1,
				    sizeof(*sites));
		if (target->n_sites)
			memcpy(sites, target->sites, target->n_sites * sizeof(*sites));
		target->sites = sites;
	}
	target->sites[target->n_sites++] = *site;
}

static char *without_blanks(struct unit *unit, const char *text)
{
	char *copy = arena_text(unit->arena, text, strlen(text)), *to = copy;

	for (const char *from = copy; *from; from++)
		if (*from != ' ')
			*to++ = *from;
	*to = '\0';
	return copy;
}

/* Where the parameters of a C++ name begin: its last group of parentheses; else its end. */
static size_t name_length(const char *name)
{
	size_t length = strlen(name), at = length;
	unsigned depth = 0;

	if (at > 5 && !strcmp(name + at - 5, "const"))
		at -= 5;
	if (!at || name[at - 1] != ')')
		return length;
	while (at--) {
		if (name[at] == ')')
			depth++;
		else if (name[at] == '(' && --depth == 0)
			return at;
	}
	return length;
}

bool binary_match_cpp(struct unit *unit, const char *pattern, const char *name)
{
	const char *wanted = without_blanks(unit, pattern), *have = without_blanks(unit, name);

	return text_match(wanted, have, strlen(have)) ||
	       text_match(wanted, have, name_length(have));
}
