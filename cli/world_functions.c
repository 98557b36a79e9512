// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel's functions: those that its function tracer knows, or, where it has none, the symbols
 * of its text, of which some cannot be traced.
 */
#include "cli/world_functions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lang/text.h"

/* What is being looked for, and what was found. */
struct search {
	char module[128], name[256];
	char **found;
	size_t count, capacity;
};

static int add(struct search *search, const char *module, size_t module_length, const char *name,
	       size_t length)
{
	char **larger, *text;

	if (search->count == search->capacity) {
		search->capacity = search->capacity ? search->capacity * 2 : 256;
		larger = realloc(search->found, search->capacity * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		search->found = larger;
	}
	if (asprintf(&text, "%.*s%s%.*s", (int)module_length, module, module_length ? ":" : "",
		     (int)length, name) < 0)
		return -ENOMEM;
	search->found[search->count++] = text;
	return 0;
}

/* The rest of a line behind a name: "\t[module]" or nothing. */
static int consider(struct search *search, const char *name, size_t length, const char *rest)
{
	const char *open = strchr(rest, '['), *close = open ? strchr(open, ']') : NULL;
	const char *module = close ? open + 1 : "";
	size_t module_length = close ? (size_t)(close - module) : 0;
	bool kernel = !module_length;

	/* Placeholders of functions that were thrown away after booting, and of BPF's own. */
	if (!strncmp(name, "__ftrace_invalid_address___", 27) ||
	    (!kernel && !strncmp(module, "bpf]", 4)))
		return 0;
	if (*search->module ? !text_match(search->module, kernel ? "vmlinux" : module,
					  kernel ? strlen("vmlinux") : module_length)
			    : !kernel)
		return 0;
	if (!text_match(search->name, name, length))
		return 0;
	return add(search, module, module_length, name, length);
}

/* "name" or "name [module]" */
static int from_tracer(struct search *search, char *line)
{
	size_t length = strcspn(line, " \t");

	return consider(search, line, length, line + length);
}

/* "address type name" or "address type name\t[module]" */
static int from_symbols(struct search *search, char *line)
{
	char *type = strchr(line, ' '), *name;
	size_t length;

	if (!type || !strchr("tTwW", type[1]) || type[2] != ' ')
		return 0;
	name = type + 3;
	length = strcspn(name, " \t");
	/* Not functions: padding, and parts of functions. */
	if (!strncmp(name, "__pfx_", 6) || !strncmp(name, "__cfi_", 6) ||
	    memmem(name, length, ".cold", 5))
		return 0;
	return consider(search, name, length, name + length);
}

static int read_lines(struct search *search, int fd, int (*each)(struct search *search, char *line))
{
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!file)
		return -errno;
	while (!err && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		err = each(search, line);
	}
	free(line);
	fclose(file);
	return err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once: static functions may share a name. */
static int join(struct search *search, char **text)
{
	size_t size = 1;
	char *to;

	if (search->count)
		qsort(search->found, search->count, sizeof(*search->found), by_name);
	for (size_t i = 0; i < search->count; i++)
		size += strlen(search->found[i]) + 1;
	*text = to = malloc(size);
	if (!to)
		return -ENOMEM;
	for (size_t i = 0; i < search->count; i++) {
		if (i && !strcmp(search->found[i], search->found[i - 1]))
			continue;
		to = stpcpy(to, search->found[i]);
		*to++ = '\n';
	}
	*to = '\0';
	return 0;
}

static int read_name(struct search *search, const char *name)
{
	const char *colon = strchr(name, ':');

	if (!colon || (size_t)(colon - name) >= sizeof(search->module) ||
	    strlen(colon + 1) >= sizeof(search->name))
		return -EINVAL;
	memcpy(search->module, name, (size_t)(colon - name));
	strcpy(search->name, colon + 1);
	return 0;
}

int world_functions(int tracefs, const char *name, char **text)
{
	struct search search = {0};
	int err = read_name(&search, name), fd = -1;

	if (err)
		return err;
	if (tracefs >= 0)
		fd = openat(tracefs, "available_filter_functions", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		err = read_lines(&search, fd, from_tracer);
	else
		err = read_lines(&search, open("/proc/kallsyms", O_RDONLY | O_CLOEXEC),
				 from_symbols);
	if (!err)
		err = join(&search, text);
	for (size_t i = 0; i < search.count; i++)
		free(search.found[i]);
	free(search.found);
	return err;
}
