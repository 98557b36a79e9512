// SPDX-License-Identifier: Apache-2.0
/*
 * The compiler has no files, so it asks here. It gets headers only: regular files whose name ends in
 * .h, from beside the file that includes them, where not everybody may have put them, and from the
 * folders that are searched.
 */
#include "cli/include_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "cli/import_file.h"

#if defined(__x86_64__)
#define ARCH "x86"
#define MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define ARCH "arm64"
#define MULTIARCH "aarch64-linux-gnu"
#else
#define ARCH "none"
#define MULTIARCH "none"
#endif

static bool is_folder(const char *path)
{
	struct stat info;

	return !stat(path, &info) && S_ISDIR(info.st_mode);
}

static int add(struct include_paths *paths, const char *folder, const char *below)
{
	char **larger = realloc(paths->folders, (paths->count + 1) * sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	paths->folders = larger;
	if (asprintf(&larger[paths->count], "%s%s", folder, below) < 0)
		return -ENOMEM;
	if (below[0] && !is_folder(larger[paths->count]))
		free(larger[paths->count]);
	else
		paths->count++;
	return 0;
}

static const char *kernel_folder(const char *key, const char *release, const char *below,
				 char *buffer)
{
	const char *value = getenv(key);

	if (value && *value)
		return value;
	snprintf(buffer, PATH_MAX, "/lib/modules/%s/%s", release, below);
	return buffer;
}

/* Sources and what was made of them, which distributions keep in two folders. */
static int add_kernel(struct include_paths *paths)
{
	static const struct {
		bool built;
		const char *below;
	} rows[] = {
		{false, "/arch/" ARCH "/include"},
		{true, "/arch/" ARCH "/include/generated"},
		{false, "/include"},
		{true, "/include"},
		{false, "/arch/" ARCH "/include/uapi"},
		{true, "/arch/" ARCH "/include/generated/uapi"},
		{false, "/include/uapi"},
		{true, "/include/generated/uapi"},
	};
	char at_build[PATH_MAX], at_source[PATH_MAX];
	const char *build, *source;
	struct utsname name;
	int error = 0;

	if (uname(&name))
		return -errno;
	build = kernel_folder("BPFTRACE_KERNEL_BUILD", name.release, "build", at_build);
	source = kernel_folder("BPFTRACE_KERNEL_SOURCE", name.release, "source", at_source);
	if (!is_folder(source))
		source = build;
	if (!is_folder(build))
		build = source;
	if (!is_folder(source))
		return 0;
	for (size_t i = 0; !error && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].built || strcmp(build, source) != 0 || strstr(rows[i].below, "generated"))
			error = add(paths, rows[i].built ? build : source, rows[i].below);
	}
	paths->kernel = paths->count > paths->n_own;
	return error;
}

int include_paths_open(struct include_paths *paths, const char *const *own, uint32_t n_own)
{
	int error = 0;

	*paths = (struct include_paths){0};
	for (uint32_t i = 0; !error && i < n_own; i++)
		error = add(paths, own[i], "");
	paths->n_own = paths->count;
	if (!error)
		error = add_kernel(paths);
	if (!error)
		error = add(paths, "/usr/local/include", "");
	if (!error)
		error = add(paths, "/usr/include/", MULTIARCH);
	if (!error)
		error = add(paths, "/usr/include", "");
	return error;
}

void include_paths_close(struct include_paths *paths)
{
	for (uint32_t i = 0; i < paths->count; i++)
		free(paths->folders[i]);
	free(paths->folders);
	*paths = (struct include_paths){0};
}

/* A line with the path in front of the text. */
static int answer(const char *path, bool system, char **data, size_t *size)
{
	const char *kind = system ? "system " : "";
	size_t head = strlen(kind) + strlen(path) + 1;
	char *whole = realloc(*data, *size + head + 1);

	if (!whole) {
		free(*data);
		return -ENOMEM;
	}
	memmove(whole + head, whole, *size + 1);
	memcpy(whole, kind, strlen(kind));
	memcpy(whole + strlen(kind), path, strlen(path));
	whole[head - 1] = '\n';
	*data = whole;
	*size += head;
	return 0;
}

/* "a/./b/../c" stays as it is where a ".." leads above the start. */
static void make_plain(char *path)
{
	char *to = path, *from = path;

	while (*from) {
		size_t part = strcspn(from, "/");

		if (part == 1 && *from == '.' && from[1] == '/') {
			from += 2;
			continue;
		}
		memmove(to, from, part);
		to += part;
		from += part;
		if (*from == '/')
			*to++ = *from++;
		while (to > path && *from == '/')
			from++;
	}
	*to = '\0';
}

static bool is_safe(const char *name)
{
	size_t length = strlen(name);

	return length > 2 && !strcmp(name + length - 2, ".h");
}

static int read_at(const char *folder, size_t folder_length, const char *name, bool trusted,
		   bool system, char **data, size_t *size)
{
	char path[PATH_MAX];
	int error;

	if (snprintf(path, sizeof(path), "%.*s%s%s", (int)folder_length, folder,
		     folder_length ? "/" : "", name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	make_plain(path);
	error = import_file_read_header(path, trusted, data, size);
	return error ? error : answer(path, system, data, size);
}

/* The folder behind that in which `from` was found. */
static uint32_t next_folder(const struct include_paths *paths, const char *from)
{
	for (uint32_t i = 0; i < paths->count; i++) {
		size_t length = strlen(paths->folders[i]);

		/* of folders in each other, the innermost */
		if (!strncmp(from, paths->folders[i], length) && from[length] == '/' &&
		    (i + 1 == paths->count ||
		     strncmp(from, paths->folders[i + 1], strlen(paths->folders[i + 1])) != 0 ||
		     strlen(paths->folders[i + 1]) < length))
			return i + 1;
	}
	return 0;
}

int include_file_read(const struct include_paths *paths, const char *question, char **data,
		      size_t *size)
{
	const char *name = strchr(question, '\n'), *from = question + 1, *slash;
	uint32_t first = 0;
	int error;

	if (!*question) {
		*data = strdup(paths->kernel ? "kernel" : "");
		*size = paths->kernel ? strlen("kernel") : 0;
		return *data ? 0 : -ENOMEM;
	}
	if (!name)
		return -EINVAL;
	name++;
	if (!is_safe(name))
		return -EINVAL;
	if (*name == '/')
		return read_at("", 0, name, false, false, data, size);
	if (*question == '"') {
		slash = memrchr(from, '/', (size_t)(name - 1 - from));
		error = read_at(from, slash ? (size_t)(slash - from) : 0, name,
				next_folder(paths, from) > 0, next_folder(paths, from) > paths->n_own,
				data, size);
		if (error != -ENOENT && error != -ENOTDIR)
			return error;
	} else if (*question == '+') {
		first = next_folder(paths, from);
	}
	for (uint32_t i = first; i < paths->count; i++) {
		error = read_at(paths->folders[i], strlen(paths->folders[i]), name, true,
				i >= paths->n_own, data, size);
		if (error != -ENOENT && error != -ENOTDIR)
			return error;
	}
	return -ENOENT;
}
