// SPDX-License-Identifier: Apache-2.0
/*
 * The compiler runs without privileges and asks here, so what it can have is kept narrow: scripts
 * and headers, by their ending, that nobody could have put there who may not.
 */
#include "cli/import_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/trusted.h"

#define IMPORT_LIMIT (64u << 20)

static bool ends_in(const char *name, const char *ending)
{
	size_t length = strlen(name), n = strlen(ending);

	return length > n && !strcmp(name + length - n, ending);
}

/* What a path ends in says little if it is a link: "x.h" could be anything that root may read. */
static bool is_really(int fd, bool (*fits)(const char *name))
{
	char link[32], path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0)
		return false;
	path[length] = '\0';
	return fits(path);
}

static bool is_list(const char *name)
{
	return ends_in(name, ".list");
}

static bool is_bpf(const char *name)
{
	return ends_in(name, ".bpf.c");
}

static bool can_be_imported(const char *name)
{
	static const char *const endings[] = {".dt", ".bt", ".h"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (ends_in(name, endings[i]))
			return true;
	return false;
}

static int read_all(int fd, size_t expected, char **data, size_t *size)
{
	char *bytes = malloc(expected + 1);
	size_t at = 0;
	ssize_t n;

	if (!bytes)
		return -ENOMEM;
	while (at < expected && (n = read(fd, bytes + at, expected - at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int error = -errno;

			free(bytes);
			return error;
		}
		at += (size_t)n;
	}
	bytes[at] = '\0';
	*data = bytes;
	*size = at;
	return 0;
}

static int read_file(const char *path, bool (*fits)(const char *name), bool trusted, char **data, size_t *size)
{
	struct stat info;
	int error, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &info))
		error = -errno;
	else if (S_ISDIR(info.st_mode))
		error = -EISDIR;
	else if (!S_ISREG(info.st_mode) || !fits(path) || !is_really(fd, fits))
		error = -EINVAL;
	else if (info.st_size > IMPORT_LIMIT)
		error = -EFBIG;
	else if (trusted)
		error = 0;
	else
		error = trusted_not(fd) ? -EPERM : 0;
	if (!error)
		error = read_all(fd, (size_t)info.st_size, data, size);
	close(fd);
	return error;
}

static int is_wanted(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && can_be_imported(entry->d_name);
}

static int read_folder(const char *path, char **data, size_t *size)
{
	struct dirent **entries;
	struct stat info;
	FILE *out;
	int n;

	if (stat(path, &info))
		return -errno;
	if (trusted_not_folder(&info))
		return -EPERM;
	n = scandir(path, &entries, is_wanted, alphasort);
	if (n < 0)
		return -errno;
	out = open_memstream(data, size);
	for (int i = 0; i < n; i++) {
		if (out)
			fprintf(out, "%s\n", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return !out || fclose(out) ? -ENOMEM : 0;
}

int import_file_read(const char *path, char **data, size_t *size)
{
	size_t length = strlen(path);

	if (length && path[length - 1] == '/')
		return read_folder(path, data, size);
	return read_file(path, can_be_imported, false, data, size);
}

int import_file_read_header(const char *path, bool trusted, char **data, size_t *size)
{
	return read_file(path, can_be_imported, trusted, data, size);
}

int import_file_read_list(const char *path, char **data, size_t *size)
{
	return read_file(path, is_list, false, data, size);
}

int import_file_read_bpf(const char *path, char **data, size_t *size)
{
	return read_file(path, is_bpf, false, data, size);
}
