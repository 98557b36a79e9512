// SPDX-License-Identifier: Apache-2.0
/* The folders of scripts, and what is in them. */
#include "cli/library.h"
#include "image/near.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#ifndef DUETRACE_LIBRARY
#define DUETRACE_LIBRARY "/usr/share/duetrace/scripts"
#endif
#define ENDING	".dt"
#define BESIDE	"/scripts"
/* From the folder over that of the program, wherever it was installed. */
#define BELOW	"/share/duetrace/scripts"
/* Of a script, where its first comment is. */
#define HEAD 4096

typedef bool (*folder_visitor)(void *self, const char *folder);

static bool visit_path(folder_visitor visit, void *self)
{
	const char *at = getenv("DUETRACE_PATH");
	char folder[PATH_MAX];

	for (; at && *at; at += strspn(at, ":")) {
		size_t length = strcspn(at, ":");

		if (length && length < sizeof(folder)) {
			memcpy(folder, at, length);
			folder[length] = '\0';
			if (visit(self, folder))
				return true;
		}
		at += length;
	}
	return false;
}

/* All folders in order, until one of them is it. */
static bool visit_folders(folder_visitor visit, void *self)
{
	static const char *const places[] = {BESIDE, BELOW};
	char folder[PATH_MAX + sizeof(BELOW)];
	ssize_t length;
	char *slash;

	if (visit_path(visit, self))
		return true;
	length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	folder[length > 0 ? length : 0] = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		slash = strrchr(folder, '/');
		if (!slash)
			break;
		strcpy(slash, places[i]);
		if (visit(self, folder))
			return true;
		*slash = '\0';
	}
	return visit(self, DUETRACE_LIBRARY);
}

struct search {
	const char *name;
	char *path;
	int fd;
};

static bool try_file(struct search *search, const char *folder, const char *ending)
{
	struct stat file;

	if (asprintf(&search->path, "%s/%s%s", folder, search->name, ending) < 0) {
		search->path = NULL;
		return false;
	}
	search->fd = open(search->path, O_RDONLY | O_CLOEXEC);
	if (search->fd >= 0 && !fstat(search->fd, &file) && !S_ISDIR(file.st_mode))
		return true;
	if (search->fd >= 0)
		close(search->fd);
	search->fd = -1;
	free(search->path);
	search->path = NULL;
	return false;
}

static bool search_folder(void *self, const char *folder)
{
	return try_file(self, folder, "") || try_file(self, folder, ENDING);
}

int library_open(const char *name, char **path)
{
	struct search search = {.name = name, .fd = -1};

	*path = NULL;
	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return -1;
	if (visit_folders(search_folder, &search))
		*path = search.path;
	return search.fd;
}

/* A name near to one that is not there, owned, or NULL. */
struct near_script {
	struct near near;
	char best[256];
};

static bool near_folder(void *self, const char *folder)
{
	struct near_script *near = self;
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (length <= strlen(ENDING) || strcmp(entry->d_name + length - strlen(ENDING), ENDING))
			continue;
		near->near.best = NULL;
		near_try(&near->near, entry->d_name, length - strlen(ENDING));
		if (near->near.best)
			snprintf(near->best, sizeof(near->best), "%.*s", (int)(length - strlen(ENDING)),
				 entry->d_name);
	}
	if (dir)
		closedir(dir);
	return false;
}

char *library_near(const char *name)
{
	struct near_script near = {0};

	near_start(&near.near, name);
	visit_folders(near_folder, &near);
	return *near.best ? strdup(near.best) : NULL;
}

struct script {
	char *name;
	char *question;
	size_t folder; /* an earlier one's wins */
};

struct listing {
	struct script *scripts;
	size_t n, folders;
	bool failed;
};

/* The first words of the script's first comment, without its licence and the word "Question:". */
static char *find_question(char *text)
{
	static const char word[] = "Question:";
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		char *end;

		if (!strncmp(line, "#!", 2) || strstr(line, "SPDX-License-Identifier"))
			continue;
		while (isspace((unsigned char)*line) || *line == '*' || *line == '/')
			line++;
		if (!strncmp(line, word, strlen(word)))
			line += strlen(word);
		line += strspn(line, " \t");
		end = strstr(line, "*/");
		if (end)
			*end = '\0';
		if (!*line)
			continue;
		for (char *c = line; *c; c++)
			if (iscntrl((unsigned char)*c))
				*c = ' ';
		return strdup(line);
	}
	return strdup("");
}

static char *read_question(int folder, const char *name)
{
	char text[HEAD + 1];
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return strdup("");
	length = read(fd, text, HEAD);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return find_question(text);
}

static void add_script(struct listing *list, int folder, const char *name)
{
	struct script *more = realloc(list->scripts, (list->n + 1) * sizeof(*more));

	if (!more) {
		list->failed = true;
		return;
	}
	list->scripts = more;
	more += list->n++;
	*more = (struct script){strndup(name, strlen(name) - strlen(ENDING)),
				read_question(folder, name), list->folders};
	list->failed |= !more->name || !more->question;
}

static bool list_folder(void *self, const char *folder)
{
	struct listing *list = self;
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (length > strlen(ENDING) && *entry->d_name != '.' &&
		    !strcmp(entry->d_name + length - strlen(ENDING), ENDING))
			add_script(list, dirfd(dir), entry->d_name);
	}
	if (dir)
		closedir(dir);
	list->folders++;
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct script *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : (left->folder > right->folder) - (left->folder < right->folder);
}

static void print(const struct listing *list, FILE *out)
{
	size_t width = 0;

	for (size_t i = 0; i < list->n; i++)
		if (strlen(list->scripts[i].name) > width)
			width = strlen(list->scripts[i].name);
	for (size_t i = 0; i < list->n; i++) {
		const struct script *script = &list->scripts[i];

		if (i && !strcmp(script[-1].name, script->name))
			continue;
		if (*script->question)
			fprintf(out, "%-*s  %s\n", (int)width, script->name, script->question);
		else
			fprintf(out, "%s\n", script->name);
	}
}

int library_list(FILE *out)
{
	struct listing list = {0};

	visit_folders(list_folder, &list);
	if (!list.failed) {
		if (list.n)
			qsort(list.scripts, list.n, sizeof(*list.scripts), compare);
		print(&list, out);
	}
	for (size_t i = 0; i < list.n; i++) {
		free(list.scripts[i].name);
		free(list.scripts[i].question);
	}
	free(list.scripts);
	if (list.failed)
		fprintf(stderr, "ERROR: %s\n", strerror(ENOMEM));
	return list.failed;
}
