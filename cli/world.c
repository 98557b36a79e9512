// SPDX-License-Identifier: Apache-2.0
/* Answers the language's questions from tracefs and sysfs; opens each only when it is asked for. */
#include "cli/world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/binaries.h"
#include "cli/clang.h"
#include "cli/import_file.h"
#include "cli/include_file.h"
#include "runtime/kernel_call.h"
#include "runtime/kernel_id.h"
#include "runtime/program_list.h"
#include "runtime/symbols/kallsyms.h"
#include "cli/world_functions.h"
#include "runtime/tracefs.h"

struct kept {
	struct kept *next;
	char *data;
};

struct world {
	int tracefs; /* -errno: could not be opened; NOT_TRIED */
	struct kept *kept;
	const char *const *folders; /* of -I */
	uint32_t n_folders;
	bool looked; /* for the folders of headers */
	struct include_paths includes;
	struct world_answer btf; /* mapped; data NULL: not */
	struct binaries *binaries;
	char *call; /* what WORLD_KERNEL_CALL asked last, and its answer */
	int call_result;
};

#define NOT_TRIED (-100000)
#define BTF_FOLDER "/sys/kernel/btf/"
#define BTF_PATH   BTF_FOLDER "vmlinux"

struct world *world_open(int pid, const char *const *folders, uint32_t n_folders)
{
	struct world *world = calloc(1, sizeof(*world));

	if (!world)
		return NULL;
	world->tracefs = NOT_TRIED;
	world->folders = folders;
	world->n_folders = n_folders;
	world->binaries = binaries_open(pid);
	if (world->binaries)
		return world;
	free(world);
	return NULL;
}

void world_forget(void *self)
{
	struct world *world = self;

	for (struct kept *kept = world->kept, *next; kept; kept = next) {
		next = kept->next;
		free(kept->data);
		free(kept);
	}
	world->kept = NULL;
}

void world_close(struct world *world)
{
	if (!world)
		return;
	world_forget(world);
	if (world->tracefs >= 0)
		close(world->tracefs);
	include_paths_close(&world->includes);
	if (world->btf.data)
		munmap((void *)world->btf.data, world->btf.size);
	binaries_close(world->binaries);
	free(world->call);
	free(world);
}

static int keep(struct world *world, char *data, size_t size, struct world_answer *answer)
{
	struct kept *kept = malloc(sizeof(*kept));

	if (!kept) {
		free(data);
		return -ENOMEM;
	}
	*kept = (struct kept){world->kept, data};
	world->kept = kept;
	*answer = (struct world_answer){data, size};
	return 0;
}

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The kernel lists tracepoints in the order of its linker; lists for users are sorted. */
static int sort_lines(char **data, size_t size)
{
	size_t n = 0, i = 0;
	char **lines, *sorted, *to, *save = NULL;

	for (size_t k = 0; k < size; k++)
		n += (*data)[k] == '\n';
	lines = calloc(n + 1, sizeof(*lines));
	sorted = malloc(size + 2);
	if (!lines || !sorted) {
		free(lines);
		free(sorted);
		return -ENOMEM;
	}
	for (char *line = strtok_r(*data, "\n", &save); line && i <= n; line = strtok_r(NULL, "\n", &save))
		lines[i++] = line;
	qsort(lines, i, sizeof(*lines), by_line);
	to = sorted;
	for (size_t k = 0; k < i; k++) {
		to = stpcpy(to, lines[k]);
		*to++ = '\n';
	}
	*to = '\0';
	free(lines);
	free(*data);
	*data = sorted;
	return (int)(to - sorted);
}

static int read_below(struct world *world, int dir, const char *path, bool sort,
		      struct world_answer *answer)
{
	unsigned long size;
	char *data;
	int result = tracefs_read(dir, path, &data, &size);

	if (result)
		return result;
	if (sort) {
		result = sort_lines(&data, size);
		if (result < 0) {
			free(data);
			return result;
		}
		size = (unsigned long)result;
	}
	return keep(world, data, size, answer);
}

/* "category:event" to events/category/event/format; nothing else may be reached by a name. */
static int format_path(const char *name, char *path, size_t size)
{
	const char *colon = strchr(name, ':');
	int length;

	if (!colon || colon == name || !colon[1] || strchr(name, '/') || strstr(name, "..") ||
	    strchr(colon + 1, ':'))
		return -ENOENT;
	length = snprintf(path, size, "events/%.*s/%s/format", (int)(colon - name), name, colon + 1);
	return length < 0 || (size_t)length >= size ? -ENOENT : 0;
}

static int tracefs(struct world *world)
{
	if (world->tracefs == NOT_TRIED)
		world->tracefs = tracefs_open();
	return world->tracefs;
}

/* The ID of a cgroup is all that its file handle holds. */
static int cgroup_id(struct world *world, const char *path, struct world_answer *answer)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} at = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
	char *text, unified[PATH_MAX];
	struct statfs fs;
	uint64_t id = 0;
	int mount;

	if (statfs(path, &fs))
		return -errno;
	/* Beside hierarchies of version 1, systemd mounts that of version 2 one level deeper. */
	if (fs.f_type == TMPFS_MAGIC &&
	    snprintf(unified, sizeof(unified), "%s/unified", path) < (int)sizeof(unified) &&
	    !statfs(unified, &fs))
		path = unified;
	if (fs.f_type != CGROUP2_SUPER_MAGIC && fs.f_type != CGROUP_SUPER_MAGIC)
		return -EINVAL;
	if (name_to_handle_at(AT_FDCWD, path, &at.handle, &mount, AT_SYMLINK_FOLLOW))
		return -errno;
	memcpy(&id, at.handle.f_handle, sizeof(id));
	if (asprintf(&text, "%llu", (unsigned long long)id) < 0)
		return -ENOMEM;
	return keep(world, text, strlen(text), answer);
}

static int kernel_symbol(struct world *world, const char *name, struct world_answer *answer)
{
	uint64_t address;
	int err = kallsyms_find(name, &address);
	unsigned long size;
	char *text, *boot;

	if (err)
		return err;
	err = tracefs_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &boot, &size);
	if (err)
		return err;
	err = asprintf(&text, "%llx %.*s", (unsigned long long)address, (int)strcspn(boot, "\n"), boot);
	free(boot);
	return err < 0 ? -ENOMEM : keep(world, text, strlen(text), answer);
}

/* Since Linux 6.16, sysfs lets the BTF be mapped; it has 5 MB, of which few are ever looked at. */
struct world_answer world_map_btf(struct world *world)
{
	int fd = open(BTF_PATH, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	void *data;

	if (fd < 0)
		return world->btf;
	if (!world->btf.data && !fstat(fd, &stat) && stat.st_size > 0) {
		data = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data != MAP_FAILED)
			world->btf = (struct world_answer){data, (size_t)stat.st_size};
	}
	close(fd);
	return world->btf;
}

/* The BTF of modules stands beside the kernel's. */
static int list_modules(struct world *world, struct world_answer *answer)
{
	DIR *folder = opendir(BTF_FOLDER);
	char *text = NULL;
	size_t size = 0;
	FILE *out = folder ? open_memstream(&text, &size) : NULL;
	const struct dirent *entry;

	while (out && (entry = readdir(folder)))
		if (*entry->d_name != '.' && strcmp(entry->d_name, "vmlinux") != 0)
			fprintf(out, "%s\n", entry->d_name);
	if (folder)
		closedir(folder);
	if (!out || fclose(out))
		return -ENOENT;
	return keep(world, text, size, answer);
}

static int include(struct world *world, const char *question, struct world_answer *answer)
{
	char *data;
	size_t size;
	int error = 0;

	if (!world->looked)
		error = include_paths_open(&world->includes, world->folders, world->n_folders);
	world->looked = true;
	if (!error)
		error = include_file_read(&world->includes, question, &data, &size);
	return error ? error : keep(world, data, size, answer);
}

/* Types are found in rounds, and each asks again. */
static int kernel_call(struct world *world, const char *name)
{
	char *copy = strdup(name), *colon = copy ? strchr(copy, ':') : NULL;
	int result = copy ? -EINVAL : -ENOMEM;

	if (colon && world->call && !strcmp(world->call, name)) {
		result = world->call_result;
	} else if (colon) {
		*colon = '\0';
		result = kernel_call_try(copy, colon + 1);
		*colon = ':';
		free(world->call);
		world->call = strdup(copy);
		world->call_result = result;
	}
	free(copy);
	return result;
}

static int compile_bpf(struct world *world, const char *path, struct world_answer *answer)
{
	char *source, *data;
	size_t size, data_size;
	int err = import_file_read_bpf(path, &source, &size);

	if (err)
		return err;
	err = clang_compile(path, source, size, &data, &data_size);
	free(source);
	return err ? err : keep(world, data, data_size, answer);
}

int world_ask(void *self, enum world_question question, const char *name,
	      struct world_answer *answer)
{
	struct world *world = self;
	char path[256], *text;
	int result;

	switch (question) {
	case WORLD_TRACEPOINT_FORMAT:
		result = format_path(name, path, sizeof(path));
		if (result)
			return result;
		result = tracefs(world);
		return result < 0 ? result : read_below(world, result, path, false, answer);
	case WORLD_TRACEPOINT_LIST:
		result = tracefs(world);
		return result < 0 ? result
				  : read_below(world, result, "available_events", true, answer);
	case WORLD_KERNEL_BTF:
		if (!strcmp(name, "*"))
			return list_modules(world, answer);
		if (strchr(name, '/') || strlen(name) > 64 || !strcmp(name, ".."))
			return -EINVAL;
		snprintf(path, sizeof(path), BTF_FOLDER "%s", *name ? name : "vmlinux");
		return read_below(world, AT_FDCWD, path, false, answer);
	case WORLD_KERNEL_ID:
		result = kernel_id(path, sizeof(path));
		return result ? result : keep(world, strdup(path), strlen(path), answer);
	case WORLD_KERNEL_FUNCTIONS:
		result = world_functions(tracefs(world), name, &text);
		return result ? result : keep(world, text, strlen(text), answer);
	case WORLD_BPF_FUNCTIONS:
		result = program_list(name, &text);
		return result ? result : keep(world, text, strlen(text), answer);
	case WORLD_CGROUP_ID:
		return cgroup_id(world, name, answer);
	case WORLD_BINARY:
	case WORLD_FUNCTIONS:
	case WORLD_CPP_FUNCTIONS:
	case WORLD_FUNCTION:
	case WORLD_SYMBOL:
	case WORLD_ADDRESS:
	case WORLD_BUILD_ID:
	case WORLD_PARAMETERS:
	case WORLD_LINE:
	case WORLD_MARKERS: {
		char *data;
		size_t size;

		result = binaries_ask(world->binaries, question, name, &data, &size);
		return result ? result : keep(world, data, size, answer);
	}
	case WORLD_KERNEL_CALL:
		result = kernel_call(world, name);
		return result ? result : keep(world, strdup(""), 0, answer);
	case WORLD_KERNEL_SYMBOL:
		return kernel_symbol(world, name, answer);
	case WORLD_IMPORT:
	case WORLD_PATTERNS: {
		char *data;
		size_t size;

		result = question == WORLD_IMPORT ? import_file_read(name, &data, &size)
						  : import_file_read_list(name, &data, &size);
		return result ? result : keep(world, data, size, answer);
	}
	case WORLD_BPF:
		return compile_bpf(world, name, answer);
	case WORLD_INCLUDE:
		return include(world, name, answer);
	case WORLD_QUESTIONS:
		break;
	}
	return -EINVAL;
}
