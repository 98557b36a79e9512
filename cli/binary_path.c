// SPDX-License-Identifier: Apache-2.0
#include "cli/binary_path.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lang/text.h"

#define CACHE	     "/etc/ld.so.cache"
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct search {
	int pid;
	char root[40]; /* the folder that the process takes for /; "": ours */
	FILE *out;
	unsigned found;
};

/* Whether paths of the process mean other files than ours. */
static bool is_elsewhere(int pid)
{
	static const char *const links[] = {"ns/mnt", "root"};
	struct stat theirs, ours;
	char path[64];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, links[i]);
		if (stat(path, &theirs) || stat(i ? "/" : "/proc/self/ns/mnt", &ours))
			continue;
		if (theirs.st_dev != ours.st_dev || theirs.st_ino != ours.st_ino)
			return true;
	}
	return false;
}

static bool is_elf(const char *path)
{
	char magic[SELFMAG] = "";
	struct stat stat;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is = fd >= 0 && !fstat(fd, &stat) && S_ISREG(stat.st_mode) &&
		  read(fd, magic, SELFMAG) == SELFMAG && !memcmp(magic, ELFMAG, SELFMAG);

	if (fd >= 0)
		close(fd);
	return is;
}

/* A path of the process's; `sure`: it is wanted whatever it is, so that what is wrong is said. */
static bool add(struct search *search, const char *path, bool sure)
{
	char full[PATH_MAX];
	struct stat stat_of;

	if (snprintf(full, sizeof(full), "%s%s", search->root, path) >= (int)sizeof(full) ||
	    strpbrk(path, "\n\t"))
		return false;
	if (stat(full, &stat_of) || !S_ISREG(stat_of.st_mode) || (!sure && !is_elf(full)))
		return false;
	fprintf(search->out, "%s\t%s\n", full, path);
	search->found++;
	return true;
}

/* All files that match a path with wildcards. */
static int add_matches(struct search *search, const char *pattern)
{
	char full[PATH_MAX];
	glob_t found;

	if (snprintf(full, sizeof(full), "%s%s", search->root, pattern) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	if (glob(full, GLOB_NOSORT, NULL, &found))
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++)
		add(search, found.gl_pathv[i] + strlen(search->root), false);
	globfree(&found);
	return 0;
}

/* In each folder of PATH; the first that has it, or all matches of a pattern. */
static void search_path(struct search *search, const char *name)
{
	const char *path = getenv("PATH"), *end;
	char full[PATH_MAX];

	if (!path || !*path)
		path = DEFAULT_PATH;
	for (; path; path = *end ? end + 1 : NULL) {
		end = strchrnul(path, ':');
		if (end == path || *path != '/' ||
		    snprintf(full, sizeof(full), "%.*s/%s", (int)(end - path), path, name) >=
			    (int)sizeof(full))
			continue;
		if (text_is_pattern(name))
			add_matches(search, full);
		else if (add(search, full, true))
			return;
	}
}

/* "libc" is libc.so.6, "libc.so" too; "libc.so.6" only itself. */
static bool is_library(const char *file, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(file, name, length) != 0)
		return false;
	file += length;
	return !*file || !strncmp(file, ".so", 3) ||
	       (*file == '.' && length > 3 && !strcmp(name + length - 3, ".so"));
}

/* /etc/ld.so.cache as glibc has written it since 2.2 (elf/cache.c there). */
struct cache_head {
	char magic[20]; /* "glibc-ld.so.cache1.1" */
	uint32_t n_libraries, strings_size;
	uint8_t flags, padding[3];
	uint32_t extension, unused[3];
};

struct cache_row {
	int32_t flags;
	uint32_t name, path; /* from the head on */
	uint32_t os;
	uint64_t hardware;
};

#ifdef __aarch64__
#define CACHE_FLAGS 0x0a03
#define TRIPLET	    "aarch64-linux-gnu"
#else
#define TRIPLET	    "x86_64-linux-gnu"
#define CACHE_FLAGS 0x0303
#endif

static void search_cache_rows(struct search *search, const char *bytes, size_t size,
			      const char *name)
{
	static const char magic[] = "glibc-ld.so.cache1.1";
	const struct cache_row *rows;
	struct cache_head head;
	const char *at = memmem(bytes, size, magic, sizeof(magic) - 1);

	if (!at || (size -= (size_t)(at - bytes)) < sizeof(head))
		return;
	memcpy(&head, at, sizeof(head));
	if (head.n_libraries > (size - sizeof(head)) / sizeof(*rows))
		return;
	for (uint32_t i = 0; i < head.n_libraries; i++) {
		struct cache_row row;

		memcpy(&row, at + sizeof(head) + i * sizeof(row), sizeof(row));
		if (row.flags != CACHE_FLAGS || row.name >= size || row.path >= size)
			continue;
		/* The file ends with a string; a copy of it has a NUL behind it. */
		if (is_library(at + row.name, name) && add(search, at + row.path, true))
			return;
	}
}

static void search_cache(struct search *search, const char *name)
{
	char path[PATH_MAX], *bytes = NULL;
	struct stat stat;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s" CACHE, search->root);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	if (!fstat(fd, &stat) && S_ISREG(stat.st_mode) && stat.st_size < 64 << 20)
		bytes = malloc((size_t)stat.st_size + 1);
	n = bytes ? read(fd, bytes, (size_t)stat.st_size) : 0;
	if (n > 0) {
		bytes[n] = '\0';
		search_cache_rows(search, bytes, (size_t)n, name);
	}
	free(bytes);
	close(fd);
}

/* Where the loader looks without a cache. */
static void search_folders(struct search *search, const char *name)
{
	static const char *const folders[] = {"/lib64",	  "/usr/lib64",	   "/lib",
					      "/usr/lib", "/lib/" TRIPLET, "/usr/lib/" TRIPLET};
	char path[PATH_MAX];
	glob_t found;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !search->found; i++) {
		snprintf(path, sizeof(path), "%s%s/%s*", search->root, folders[i], name);
		if (glob(path, 0, NULL, &found))
			continue;
		for (size_t k = 0; k < found.gl_pathc && !search->found; k++)
			if (is_library(strrchr(found.gl_pathv[k], '/') + 1, name))
				add(search, found.gl_pathv[k] + strlen(search->root), false);
		globfree(&found);
	}
}

/*
 * Files that the process has mapped to run: all, or the library of a name. A file that was deleted
 * is still found where it is mapped.
 */
static int search_maps(struct search *search, const char *name)
{
	char path[64], *line = NULL, *last = NULL;
	unsigned before = search->found;
	size_t size = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", search->pid);
	maps = fopen(path, "re");
	if (!maps)
		return errno == ENOENT ? -ESRCH : -errno;
	while (getline(&line, &size, maps) > 0) {
		char *file = strchr(line, '/'), *end, deleted[PATH_MAX];
		char range[40], rights[8];

		if (!file || sscanf(line, "%39s %7s", range, rights) != 2 || rights[2] != 'x')
			continue;
		file[strcspn(file, "\n")] = '\0';
		if ((last && !strcmp(last, file)) ||
		    (name && !is_library(strrchr(file, '/') + 1, name)))
			continue;
		free(last);
		last = strdup(file);
		end = file + strlen(file);
		if (end - file > 10 && !strcmp(end - 10, " (deleted)")) {
			end[-10] = '\0';
			snprintf(deleted, sizeof(deleted), "/proc/%d/map_files/%s", search->pid,
				 range);
			if (!strpbrk(file, "\n\t") && is_elf(deleted)) {
				fprintf(search->out, "%s\t%s\n", deleted, file);
				search->found++;
			}
		} else {
			add(search, file, false);
		}
		if (name && search->found > before)
			break;
	}
	free(last);
	free(line);
	fclose(maps);
	return 0;
}

static int search_name(struct search *search, const char *name)
{
	if (search->pid && !text_is_pattern(name))
		search_maps(search, name);
	if (!search->found && !strncmp(name, "lib", 3) && !text_is_pattern(name))
		search_cache(search, name);
	if (!search->found)
		search_path(search, name);
	if (!search->found && !text_is_pattern(name))
		search_cache(search, name);
	if (!search->found && !text_is_pattern(name))
		search_folders(search, name);
	return 0;
}

/* A path with a slash in it, from our folder on. */
static int search_file(struct search *search, const char *name)
{
	char path[PATH_MAX], folder[PATH_MAX] = "";

	if (*name != '/' && !getcwd(folder, sizeof(folder)))
		return -errno;
	while (!strncmp(name, "./", 2))
		name += 2;
	if (snprintf(path, sizeof(path), "%s%s%s", folder, *name != '/' ? "/" : "", name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	if (text_is_pattern(path) && access(path, F_OK))
		return add_matches(search, path);
	add(search, path, true);
	return 0;
}

int binary_path_find(int pid, const char *name, FILE *out)
{
	struct search search = {.pid = pid, .out = out};
	int err;

	if (pid && is_elsewhere(pid))
		snprintf(search.root, sizeof(search.root), "/proc/%d/root", pid);
	if (!*name || !strcmp(name, "*"))
		err = pid ? search_maps(&search, NULL) : -ESRCH;
	else if (strchr(name, '/'))
		err = search_file(&search, name);
	else
		err = search_name(&search, name);
	return !err && !search.found ? -ENOENT : err;
}
