// SPDX-License-Identifier: Apache-2.0
/* Reads a script or an image: as named, then with .dt, then from the library; - is stdin. */
#include "cli/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/library.h"
#include "runtime/trusted.h"

/* A script is text that somebody wrote, an image some KiB: more is a mistake. */
#define SOURCE_LIMIT (64u << 20)

int source_file_text(struct source_file *source, char *text)
{
	*source = (struct source_file){.name = "stdin", .data = text, .size = strlen(text)};
	return 0;
}

void source_file_free(struct source_file *source)
{
	free(source->owned);
	source->owned = NULL;
	free(source->path);
	source->path = NULL;
}

static int fail(const char *name, const char *why)
{
	fprintf(stderr, "ERROR: %s: %s\n", name, why);
	return 1;
}

static int distrust(const char *name, int fd)
{
	const char *why = trusted_not(fd);

	if (!why)
		return 0;
	fail(name, why);
	fputs("HINT: a script is only as trustworthy as who could have put it there.\n", stderr);
	return 1;
}

static int read_all(struct source_file *source, int fd)
{
	size_t room = 0;

	for (;;) {
		ssize_t n;

		if (source->size + 1 >= room) {
			char *more;

			room = room ? room * 2 : 16384;
			more = realloc(source->owned, room);
			if (!more)
				return fail(source->name, strerror(ENOMEM));
			source->owned = source->data = more;
		}
		n = read(fd, source->owned + source->size, room - source->size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(source->name, strerror(errno));
		if (!n)
			break;
		source->size += (size_t)n;
		if (source->size > SOURCE_LIMIT)
			return fail(source->name, "too large for a script");
	}
	source->data[source->size] = '\0';
	return 0;
}

static int open_script(struct source_file *source, const char *path)
{
	char with_ending[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (snprintf(with_ending, sizeof(with_ending), "%s.dt", path) < (int)sizeof(with_ending))
		fd = open(with_ending, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = library_open(path, &source->path);
	if (fd >= 0)
		source->name = source->path;
	else
		errno = ENOENT;
	return fd;
}

static void report_missing(const char *path, int err)
{
	char *near = err == ENOENT && !strchr(path, '/') ? library_near(path) : NULL;

	fprintf(stderr, "ERROR: failed to open file '%s': %s\n", path, strerror(err));
	if (near)
		fprintf(stderr, "HINT: Did you mean '%s'?\n", near);
	else if (err == ENOENT && strpbrk(path, "{:"))
		fputs("HINT: a program on the command line stands behind -e: duetrace -e 'begin { print(1); }'\n",
		      stderr);
	else if (err == ENOENT && (!strcmp(path, "help") || !strcmp(path, "version") || !strcmp(path, "list")))
		fprintf(stderr, "HINT: Did you mean '--%s'?\n", path);
	else if (err == ENOENT && !strchr(path, '/'))
		fputs("HINT: duetrace --list-scripts lists those that can be run by name; a program on the "
		      "command line stands behind -e.\n", stderr);
	free(near);
}

int source_file_read(struct source_file *source, const char *path)
{
	int fd = STDIN_FILENO, status;

	*source = (struct source_file){.name = path};
	if (!strcmp(path, "-"))
		source->name = "stdin";
	else
		fd = open_script(source, path);
	if (fd < 0) {
		report_missing(path, errno);
		return 1;
	}
	status = fd == STDIN_FILENO ? 0 : distrust(source->name, fd);
	if (!status)
		status = read_all(source, fd);
	if (fd != STDIN_FILENO)
		close(fd);
	if (status)
		source_file_free(source);
	return status;
}
