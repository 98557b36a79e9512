/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports. The world gives the file's text; it goes behind the script's, where a parser of its own
 * reads it into the same program. Paths are made plain text by text, so that a file that is
 * imported by two ways is read once, and files that import each other end.
 */
#include "lang/import.h"

#include <errno.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/bpf_file.h"
#include "lang/c.h"
#include "lang/lexer.h"
#include "lang/parse.h"
#include "lang/source.h"
#include "lang/unit.h"
#include "lang/world.h"

#include "lang/parser.tab.h"

#define MAX_DEPTH 16

static void import_full(struct parse *parse, struct span span, const char *path);

static const char *file_of(const struct source *source, struct span span)
{
	const struct source_file *file = source->files;

	while (file && span.begin < file->begin)
		file = file->next;
	return file ? file->name : source->name;
}

/* "a/./b/../c" is "a/c"; a leading ".." stays. */
static const char *plain(struct arena *arena, const char *path)
{
	char *out = arena_alloc(arena, strlen(path) + 2);
	size_t length = 0, floor = 0;

	if (*path == '/')
		out[length++] = '/';
	floor = length;
	while (*path) {
		size_t part = strcspn(path, "/");
		const char *next = path + part + (path[part] == '/');

		if (part == 2 && !strncmp(path, "..", 2) && length > floor) {
			while (length > floor && out[--length] != '/')
				;
		} else if (part && !(part == 1 && *path == '.')) {
			if (length && out[length - 1] != '/')
				out[length++] = '/';
			memcpy(out + length, path, part);
			length += part;
			if (part == 2 && !strncmp(path, "..", 2))
				floor = length;
		}
		path = next;
	}
	out[length] = '\0';
	return out;
}

static bool is_known(const struct source *source, const char *path)
{
	const struct source_file *file = source->files;

	while (file && strcmp(file->name, path))
		file = file->next;
	return file || !strcmp(source->name, path);
}

static bool ends_in(const char *path, const char *ending)
{
	size_t length = strlen(path), n = strlen(ending);

	return length > n && !strcmp(path + length - n, ending);
}

static void read_file(struct parse *outer, const char *path, const struct world_answer *answer)
{
	struct unit *unit = outer->unit;
	struct config_entry **config = &unit->program.config;
	struct parse parse = {.unit = unit, .arena = unit->arena, .imports = outer->imports + 1};
	struct span span;

	while (*config)
		config = &(*config)->next;
	span.begin = source_append(&unit->source, path, answer->data, (uint32_t)answer->size);
	span.end = unit->source.size;
	parse.last_probe = outer->last_probe;
	if (ends_in(path, ".h")) {
		c_read_header(outer, path, span);
		return;
	}
	parse_open_scanner_at(&parse, span);
	parser_parse(&parse);
	lexer_lex_destroy(parse.scanner);
	c_finish(&parse);
	outer->last_probe = parse.last_probe;
	if (*config)
		diag_report(&unit->diags, DIAG_import_config, (*config)->span);
	*config = NULL;
}

/* All that can be imported of a folder. */
static void read_folder(struct parse *parse, struct span span, const char *path,
			const struct world_answer *answer)
{
	const char *name = answer->data, *end = answer->data + answer->size, *line_end;

	for (; name < end; name = line_end + 1) {
		line_end = memchr(name, '\n', (size_t)(end - name));
		if (!line_end)
			return;
		import_full(
			parse, span,
			arena_printf(parse->arena, "%s/%.*s", path, (int)(line_end - name), name));
	}
}

static void report(struct parse *parse, struct span span, const char *path, int error)
{
	struct diags *diags = &parse->unit->diags;

	if (error == -EPERM)
		diag_report(diags, DIAG_import_writable, span, path);
	else if (error == -EINVAL)
		diag_report(diags, DIAG_import_kind, span, path);
	else if (error)
		diag_report(diags, DIAG_import_failed, span, path, strerror(-error));
}

static void import_full(struct parse *parse, struct span span, const char *path)
{
	const struct world_ops *world = parse->unit->options->world;
	struct world_answer answer;
	int error;

	if (is_known(&parse->unit->source, path))
		return;
	if (ends_in(path, ".bpf.c")) {
		error = bpf_file_import(parse, span, path);
		report(parse, span, path, error);
		return;
	}
	error = world->ask(world->self, WORLD_IMPORT, path, &answer);
	if (error == -EISDIR) {
		const char *folder = arena_printf(parse->arena, "%s/", path);

		error = world->ask(world->self, WORLD_IMPORT, folder, &answer);
		if (!error)
			read_folder(parse, span, path, &answer);
	} else if (!error && answer.size + parse->unit->source.size > PARSE_MAX_SIZE) {
		error = -EFBIG;
	} else if (!error) {
		read_file(parse, path, &answer);
	}
	report(parse, span, path, error);
}

const char *import_beside(struct parse *parse, struct span span, const char *path)
{
	const char *from = file_of(&parse->unit->source, span), *slash = strrchr(from, '/');

	if (*path != '/' && slash)
		path = arena_printf(parse->arena, "%.*s/%s", (int)(slash - from), from, path);
	return plain(parse->arena, path);
}

void import_path(struct parse *parse, struct span span, const char *path)
{
	if (parse->imports >= MAX_DEPTH) {
		diag_report(&parse->unit->diags, DIAG_import_depth, span);
		return;
	}
	import_full(parse, span, import_beside(parse, span, path));
}
