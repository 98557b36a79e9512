/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the language's stages for the golden tests: `stage WORLD tokens|ast|types|err|ir|image
 * FILE [PARAM...]`. The kernel that the script sees is the folder WORLD: tracepoints.list, and
 * tracepoint/CATEGORY:EVENT with the text of each format file, import/FILE, binary/NAME/ with what is
 * in the file /bin/NAME, and kernel.btf. Exit status: 0, or 1 when there were errors, 2 for wrong usage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lang/lang.h"
#include "lang/text.h"
#include "lang/world.h"
#include "tests/stage_compile.h"

#define MAX_FILES 4096

struct folder {
	const char *path;
	char *files[MAX_FILES]; /* what was read, to be freed */
	size_t n_files;
};

static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	size_t capacity = 1 << 16, got;
	char *data;

	if (!file)
		return NULL;
	data = malloc(capacity);
	*size = 0;
	while (data && (got = fread(data + *size, 1, capacity - *size - 1, file)) > 0) {
		*size += got;
		if (*size + 1 == capacity)
			data = realloc(data, capacity *= 2);
	}
	fclose(file);
	if (data)
		data[*size] = '\0';
	return data;
}

static int keep(struct folder *folder, const char *path, struct world_answer *answer)
{
	char *data = folder->n_files < MAX_FILES ? read_file(path, &answer->size) : NULL;

	if (!data)
		return -ENOENT;
	folder->files[folder->n_files++] = data;
	answer->data = data;
	return 0;
}

/* The line that ends with a blank and the name. */
static int find_line(const char *name, struct world_answer *answer)
{
	const char *end;

	for (const char *line = answer->data; *line; line = end + 1) {
		end = strchr(line, '\n');
		if ((size_t)(end - line) < strlen(name) + 1 || end[-(long)strlen(name) - 1] != ' ' ||
		    strncmp(end - strlen(name), name, strlen(name)) != 0)
			continue;
		*answer = (struct world_answer){line, (size_t)(end - line)};
		return 0;
	}
	return -ENOENT;
}

/* A question about a file, or something in it. */
static int ask_binary(struct folder *folder, enum world_question question, const char *name,
		      struct world_answer *answer)
{
	static const char *const files[WORLD_QUESTIONS] = {
		[WORLD_BINARY] = "README",	 [WORLD_FUNCTIONS] = "functions",
		[WORLD_CPP_FUNCTIONS] = "cpp",	 [WORLD_FUNCTION] = "functions",
		[WORLD_SYMBOL] = "objects",	 [WORLD_ADDRESS] = "functions",
		[WORLD_MARKERS] = "markers",	 [WORLD_PARAMETERS] = "parameters",
		[WORLD_LINE] = "lines",		 [WORLD_BUILD_ID] = "id",
	};
	const char *tab = strchr(name, '\t'), *base;
	char file[512], path[4096];
	int err;

	snprintf(file, sizeof(file), "%.*s", tab ? (int)(tab - name) : 500, name);
	base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	if (!strcmp(base, "*"))
		return -ESRCH;
	if (question != WORLD_BINARY && !strcmp(base, "text"))
		return -ENOEXEC;
	if (question != WORLD_BINARY && !strcmp(base, "old"))
		return -ENOTSUP;
	if (question == WORLD_ADDRESS && !strcmp(tab + 1, "0x10"))
		return -ERANGE;
	if (question == WORLD_LINE && strcmp(base, "prog"))
		return -ENOMSG;
	if (question == WORLD_LINE)
		return strncmp(tab + 1, "prog.c", 6) ? -ENOENT : -ENODATA;
	if (question == WORLD_PARAMETERS && strcmp(tab + 1, "1160"))
		return -ENODATA;
	snprintf(path, sizeof(path), "%s/binary/%s/%s", folder->path, base, files[question]);
	err = keep(folder, path, answer);
	if (question == WORLD_BINARY && !err) {
		snprintf(path, sizeof(path), "%s\t%s\n", file, file);
		free(folder->files[--folder->n_files]);
		folder->files[folder->n_files++] = strdup(path);
		*answer = (struct world_answer){folder->files[folder->n_files - 1], strlen(path)};
	}
	if (err && question != WORLD_BINARY)
		return question == WORLD_SYMBOL ? -ENOENT : -ENODATA;
	if (err || !tab || question == WORLD_PARAMETERS)
		return err;
	return find_line(question == WORLD_ADDRESS ? "main" : tab + 1, answer);
}

/* import/NAME is beside the script; include/NAME, with a - for each /, is the system's. */
static int include(struct folder *folder, const char *question, struct world_answer *answer)
{
	static const char *const heads[] = {"", "system "};
	static const char *const below[] = {"import", "include"};
	const char *name = strchr(question, '\n');
	char path[4096], *data, *whole;
	size_t size, length;

	if (!name++)
		return -ENOENT;
	if (strstr(name, "writable"))
		return -EPERM;
	if (strstr(name, "broken"))
		return -EIO;
	if (!strstr(name, ".h"))
		return -EINVAL;
	for (int i = *question == '"' ? 0 : 1; i < 2; i++) {
		length = (size_t)snprintf(path, sizeof(path), "%s/%s/", folder->path, below[i]);
		snprintf(path + length, sizeof(path) - length, "%s", name);
		for (char *at = path + length; *at; at++)
			*at = *at == '/' ? '-' : *at;
		data = read_file(path, &size);
		if (!data || folder->n_files == MAX_FILES)
			continue;
		whole = malloc(size + strlen(name) + 16);
		length = (size_t)sprintf(whole, "%s%s\n", heads[i], name);
		memcpy(whole + length, data, size + 1);
		free(data);
		folder->files[folder->n_files++] = whole;
		*answer = (struct world_answer){whole, length + size};
		return 0;
	}
	return -ENOENT;
}

/* "module:pattern" */
static int ask_functions(struct folder *folder, const char *name, struct world_answer *answer)
{
	const char *pattern = strchr(name, ':') + 1, *line, *end, *next;
	char path[4096], *to;
	int err;

	snprintf(path, sizeof(path), "%s/functions.list", folder->path);
	err = keep(folder, path, answer);
	if (err)
		return err;
	line = answer->data;
	end = line + answer->size;
	to = folder->files[folder->n_files - 1];
	for (; line < end; line = next) {
		size_t length = strcspn(line, "\n");

		next = line + length + 1;
		if (text_match(pattern, line, length)) {
			memmove(to, line, length + 1);
			to += length + 1;
		}
	}
	answer->size = (size_t)(to - answer->data);
	*to = '\0';
	return 0;
}

static int ask(void *self, enum world_question question, const char *name,
	       struct world_answer *answer)
{
	struct folder *folder = self;
	char path[4096];

	if (question == WORLD_KERNEL_ID)
		return -ENOENT;
	if (question == WORLD_INCLUDE)
		return include(folder, name, answer);
	if (question == WORLD_BPF)
		snprintf(path, sizeof(path), "%s/bpf/%s", folder->path, name);
	else if (question == WORLD_IMPORT)
		snprintf(path, sizeof(path), "%s/import/%s", folder->path, name);
	else if (question == WORLD_KERNEL_FUNCTIONS)
		return ask_functions(folder, name, answer);
	else if (question == WORLD_KERNEL_BTF)
		snprintf(path, sizeof(path), *name ? "%s/btf/%s" : "%s/kernel.btf", folder->path, name);
	else if (question == WORLD_BPF_FUNCTIONS)
		snprintf(path, sizeof(path), "%s/programs", folder->path);
	else if (question == WORLD_TRACEPOINT_LIST)
		snprintf(path, sizeof(path), "%s/tracepoints.list", folder->path);
	else
		snprintf(path, sizeof(path), "%s/tracepoint/%s", folder->path, name);
	if (strstr(name, "denied"))
		return -EACCES;
	if (strstr(name, "broken"))
		return -EIO;
	if (strstr(name, "writable"))
		return -EPERM;
	if (question >= WORLD_BINARY && question <= WORLD_MARKERS)
		return ask_binary(folder, question, name, answer);
	if (question == WORLD_IMPORT && !strchr(name, '.'))
		return -EINVAL;
	if (question == WORLD_BPF && access(path, R_OK))
		return -ENOPKG;
	return strchr(name, '/') ? -ENOENT : keep(folder, path, answer);
}

static int print_stage(struct unit *unit, const char *stage)
{
	bool valid = true;

	if (!strcmp(stage, "tokens")) {
		fputs(unit_emit_tokens(unit), stdout);
	} else if (!strcmp(stage, "ast")) {
		valid = unit_parse(unit);
		if (valid)
			fputs(unit_emit_ast(unit), stdout);
	} else {
		valid = unit_parse(unit) && unit_expand(unit) && unit_check(unit);
		if (valid && !strcmp(stage, "types"))
			fputs(unit_emit_types(unit), stdout);
	}
	fputs(unit_diagnostics(unit), stdout);
	return !valid;
}

/* As the command line has it: --name=value is an option of the script's own. */
static void sort_words(struct unit_options *options, int n, char **words)
{
	static const char *params[MAX_FILES], *named[MAX_FILES];

	for (int i = 0; i < n && i < MAX_FILES; i++) {
		if (!strncmp(words[i], "--", 2) && words[i][2])
			named[options->n_named++] = words[i] + 2;
		else
			params[options->n_params++] = words[i];
	}
	options->params = params;
	options->named = named;
}

int main(int argc, char **argv)
{
	static struct folder folder;
	const struct world_ops world = {.ask = ask, .self = &folder};
	struct unit_options options = {
		.name = "stdin",
		.world = &world,
		.max_strlen = 1024,
		.max_probes = 64,
		.warnings = true,
	};
	struct unit *unit;
	char *text;
	int status;

	if (argc < 4) {
		fprintf(stderr, "usage: stage WORLD tokens|ast|types|err|ir|image FILE [PARAM...]\n");
		return 2;
	}
	folder.path = argv[1];
	text = read_file(argv[3], &options.size);
	if (!text) {
		fprintf(stderr, "stage: %s: %s\n", argv[3], strerror(errno));
		return 2;
	}
	options.text = text;
	/* A comment in front says what the command line would. */
	options.unsafe = !strncmp(text, "// unsafe\n", strlen("// unsafe\n"));
	sort_words(&options, argc - 4, argv + 4);
	if (!strcmp(argv[2], "ir") || !strcmp(argv[2], "image")) {
		status = stage_compile(&options, argv[2]);
	} else {
		unit = unit_new(&options);
		status = print_stage(unit, argv[2]);
		unit_free(unit);
	}
	free(text);
	while (folder.n_files)
		free(folder.files[--folder.n_files]);
	return status;
}
