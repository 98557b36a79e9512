/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds headers: those that belong to a compiler are its own, all others the world looks for. Each
 * file is asked for and kept once, however often it is included.
 */
#include <errno.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/c_reader.h"
#include "lang/source.h"
#include "lang/unit.h"
#include "lang/world.h"

/* The file that is being read, as it was found: what "x.h" is looked for beside. */
static const char *current_path(const struct c_reader *reader)
{
	const struct source *source = &reader->unit->source;
	const struct source_file *file = source->files;

	if (reader->file && reader->file->header)
		return reader->file->header->path;
	if (!reader->file)
		return source->name;
	while (file && reader->file->base < file->begin)
		file = file->next;
	return file ? file->name : source->name;
}

static struct c_header *keep(struct c_reader *reader, const char *path, const char *text,
			     size_t size, bool system)
{
	struct source *source = &reader->unit->source;
	struct c_header *header = arena_alloc(reader->arena, sizeof(*header));

	header->path = path;
	header->system = system;
	header->begin = source_append(source, path, text, (uint32_t)size);
	header->end = header->begin + (uint32_t)size;
	*names_at(&reader->paths, path) = header;
	return header;
}

/* The answer is a line of the path, after "system " if it is one of the system's, and the text. */
static struct c_header *take_answer(struct c_reader *reader, const struct world_answer *answer,
				    int *error)
{
	static const char system[] = "system ";
	const char *end = memchr(answer->data, '\n', answer->size), *path;
	struct c_header *header;
	bool is_system;

	if (!end) {
		*error = -EINVAL;
		return NULL;
	}
	is_system = !strncmp(answer->data, system, strlen(system));
	path = answer->data + (is_system ? strlen(system) : 0);
	path = arena_text(reader->arena, path, (size_t)(end - path));
	header = *names_at(&reader->paths, path);
	if (header)
		return header;
	if (reader->unit->source.size + answer->size > PARSE_MAX_SIZE) {
		*error = -EFBIG;
		return NULL;
	}
	return keep(reader, path, end + 1, answer->size - (size_t)(end + 1 - answer->data),
		    is_system);
}

struct c_header *c_find_header(struct c_reader *reader, char kind, const char *name, int *error)
{
	const struct world_ops *world = reader->unit->options->world;
	const char *own = kind != '+' ? c_own_header(name) : NULL, *from = current_path(reader);
	struct world_answer answer;
	const char *question;
	void **known;

	*error = 0;
	if (kind == '<')
		from = "";
	question = arena_printf(reader->arena, "%c%s\n%s", kind, own ? "" : from, name);
	known = names_at(&reader->found, question);
	if (*known)
		return *known; /* cppcheck-suppress identicalInnerCondition; what is there */
	if (own && kind == '<') {
		*known = keep(reader, arena_printf(reader->arena, "<%s>", name), own, strlen(own),
			      true);
		return *known;
	}
	*error = world ? world->ask(world->self, WORLD_INCLUDE, question, &answer) : -ENOENT;
	if (!*error)
		*known = take_answer(reader, &answer, error);
	else if (*error == -ENOENT && kind == '"' && own)
		return c_find_header(reader, '<', name, error);
	return *known;
}

/* Who has the header; NULL: nobody knows. */
static const char *package_of(const char *name)
{
	static const struct {
		const char *begin, *package;
	} rows[] = {
		{"linux/", "linux-libc-dev, or kernel headers,"},
		{"asm/", "linux-libc-dev, or kernel headers,"},
		{"asm-generic/", "linux-libc-dev, or kernel headers,"},
		{"uapi/", "kernel headers (linux-headers-$(uname -r))"},
		{"net/sock.h", "kernel headers (linux-headers-$(uname -r))"},
		{"net/tcp.h", "kernel headers (linux-headers-$(uname -r))"},
		{"net/inet", "kernel headers (linux-headers-$(uname -r))"},
		{"bcc/", "kernel headers (linux-headers-$(uname -r))"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!strncmp(name, rows[i].begin, strlen(rows[i].begin)))
			return rows[i].package;
	}
	return "libc6-dev";
}

void c_report_header(struct c_reader *reader, char kind, const char *name, int error)
{
	struct diags *diags = &reader->unit->diags;
	struct diag *diag;

	if (error == -EPERM)
		diag_report(diags, DIAG_import_writable, reader->place, name);
	else if (error == -EINVAL)
		diag_report(diags, DIAG_include_kind, reader->place, name);
	else if (error != -ENOENT)
		diag_report(diags, DIAG_include_failed, reader->place, name, strerror(-error));
	else if (kind == 'o' || (kind == '"' && !strchr(name, '/')))
		diag_report(diags, DIAG_include_failed, reader->place, name, strerror(-error));
	else {
		diag = diag_report(diags, DIAG_include_missing, reader->place, name);
		diag_hint(diags, diag, DIAG_include_package, package_of(name));
	}
}
