/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The open /proc/PID/maps belongs to an address space, not to a number: once the process has
 * executed another program or ended, nothing comes out of it any more. That costs one small read to
 * find out. What was known stays until there is something else to read.
 *
 * A process can make us read its mappings again and again with addresses that are nowhere; so
 * reading again may only take a tenth of the time.
 */
#include "runtime/symbols/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/buffer.h"
#include "runtime/clock.h"
#include "runtime/symbols/debug_file.h"
#include "runtime/symbols/mapped.h"
#include "runtime/symbols/object.h"
#include "runtime/symbols/perf_map.h"

#define MAX_VDSO (64u * 1024)
#define MAX_MAPS (64u << 20)
/* The read takes microseconds; to execute a program and come to a probe takes longer than this. */
#define CHECK_NS    100000
#define BUDGET_NS   50000000
#define BUDGET_PART 10

struct mapping {
	uint64_t start, end, offset;
	uint64_t inode;	       /* 0: not known, or no file */
	struct object *object; /* once tried; NULL if it has no symbols */
	bool tried;
	char *path; /* "" if there is no file */
};

struct process {
	uint32_t tgid;
	int fd;			  /* of its maps; -1: parked, or gone */
	struct mapping *mappings; /* executable ones, as they were when they were read */
	uint32_t n;
	size_t bytes;
	struct perf_map *made;
	char made_path[64];
	off_t made_size;
	uint64_t checked; /* boot ns */
	int64_t budget;	  /* ns that may be spent on reading again */
	uint64_t counted; /* when it was last added to */
	uint64_t told;	  /* version of what the kernel told, if that is what is known; else 0 */
};

struct process *process_new(uint32_t tgid)
{
	struct process *process = calloc(1, sizeof(*process));

	if (process) {
		process->tgid = tgid;
		process->fd = -1;
		process->budget = BUDGET_NS;
		process->counted = clock_boot_now();
	}
	return process;
}

static void forget(struct process *process)
{
	for (uint32_t i = 0; i < process->n; i++) {
		objects_put(process->mappings[i].object);
		free(process->mappings[i].path);
	}
	free(process->mappings);
	process->mappings = NULL;
	process->n = 0;
	process->bytes = 0;
	perf_map_free(process->made);
	process->made = NULL;
	process->made_size = 0;
}

void process_free(struct process *process)
{
	if (!process)
		return;
	process_park(process);
	forget(process);
	free(process);
}

uint32_t process_tgid(const struct process *process)
{
	return process->tgid;
}

void process_park(struct process *process)
{
	if (process->fd >= 0)
		close(process->fd);
	process->fd = -1;
}

bool process_is_parked(const struct process *process)
{
	return process->fd < 0;
}

size_t process_memory(const struct process *process)
{
	return sizeof(*process) + process->bytes + perf_map_memory(process->made);
}

static bool read_all(int fd, struct buffer *text)
{
	ssize_t n = 1;

	while (n > 0 && text->length < MAX_MAPS && buffer_reserve(text, 65536)) {
		n = pread(fd, text->data + text->length, 65536, (off_t)text->length);
		text->length += n > 0 ? (size_t)n : 0;
	}
	buffer_add_byte(text, '\0');
	return n == 0 && text->length > 1 && !text->failed;
}

/* "start-end perms offset dev inode path"; the path is behind blanks, to the end of the line. */
static bool parse(const char *line, struct mapping *mapping, const char **path)
{
	char permissions[5];
	int at = 0;
	unsigned long start, end, offset;

	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
	if (sscanf(line, "%lx-%lx %4s %lx %*x:%*x %*u%n", &start, &end, permissions, &offset, &at) <
		    4 ||
	    !at || permissions[2] != 'x')
		return false;
	*mapping = (struct mapping){.start = start, .end = end, .offset = offset};
	*path = line + at + strspn(line + at, " ");
	return true;
}

/* A mapping that was there before keeps the file it had. */
static void inherit(struct mapping *mapping, struct mapping *old, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (old[i].start != mapping->start || old[i].end != mapping->end ||
		    old[i].offset != mapping->offset || strcmp(old[i].path, mapping->path) != 0)
			continue;
		mapping->object = old[i].object;
		mapping->tried = old[i].tried;
		old[i].object = NULL;
		return;
	}
}

/* Takes over the path. Without memory it is left out. */
static void add_mapping(struct process *process, uint32_t *capacity, const struct mapping *mapping)
{
	if (process->n == *capacity) {
		uint32_t more = *capacity ? *capacity * 2 : 16;
		struct mapping *room = realloc(process->mappings, more * sizeof(*room));

		if (room) {
			process->mappings = room;
			*capacity = more;
		}
	}
	if (!mapping->path || process->n == *capacity) {
		free(mapping->path);
		return;
	}
	process->bytes += sizeof(*mapping) + strlen(mapping->path) + 1;
	process->mappings[process->n++] = *mapping;
}

static void take_mappings(struct process *process, char *text, bool same)
{
	struct process before = *process;
	struct mapping one;
	const char *path;
	char *save = NULL;
	uint32_t capacity = 0;

	process->mappings = NULL;
	process->n = 0;
	process->bytes = 0;
	process->made = NULL;
	process->told = 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!parse(line, &one, &path))
			continue;
		one.path = strdup(path);
		if (same && one.path)
			inherit(&one, before.mappings, before.n);
		add_mapping(process, &capacity, &one);
	}
	if (same) {
		process->made = before.made;
		before.made = NULL;
	} else {
		process->made_size = 0;
	}
	forget(&before);
}

static struct mapping *mapping_of(struct process *process, uint64_t address)
{
	uint32_t low = 0, high = process->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (process->mappings[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < process->mappings[low - 1].end ? &process->mappings[low - 1] : NULL;
}

/* The file itself, whatever is at its path now. */
static int open_mapped(const struct process *process, const struct mapping *mapping, int root)
{
	char path[96];
	struct stat stat_;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/map_files/%lx-%lx", process->tgid,
		 (unsigned long)mapping->start, (unsigned long)mapping->end);
	/* To open a device might do something. */
	if (stat(path, &stat_) == 0) {
		if (!S_ISREG(stat_.st_mode))
			return -EINVAL;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd >= 0)
			return fd;
	}
	if (root >= 0)
		return debug_file_open_below(root, mapping->path);
	/* The process is gone, and with it the proof that this is the file: it must be the inode.
	 */
	if (!mapping->inode || stat(mapping->path, &stat_) || !S_ISREG(stat_.st_mode) ||
	    stat_.st_ino != mapping->inode)
		return -ENOENT;
	return open(mapping->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static int open_root(const struct process *process)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/root", process->tgid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool is_other_root(int root)
{
	struct stat ours, theirs;

	return stat("/", &ours) || fstat(root, &theirs) || ours.st_dev != theirs.st_dev ||
	       ours.st_ino != theirs.st_ino;
}

/* Code that the kernel lends: there is no file. */
static struct object *read_vdso(const struct process *process, struct objects *objects,
				const struct mapping *mapping)
{
	size_t size = (size_t)(mapping->end - mapping->start);
	struct object *object = NULL;
	char path[64], *bytes;
	int fd;

	if (size > MAX_VDSO)
		return NULL;
	snprintf(path, sizeof(path), "/proc/%u/mem", process->tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	bytes = malloc(size);
	if (fd >= 0 && bytes && pread(fd, bytes, size, (off_t)mapping->start) == (ssize_t)size)
		object = objects_get_bytes(objects, bytes, size);
	free(bytes);
	if (fd >= 0)
		close(fd);
	return object;
}

/*
 * All files at once, before any is read: the process may end in the meantime, and nothing can be
 * opened any more then.
 */
static void open_objects(struct process *process, struct objects *objects)
{
	int root = open_root(process);
	bool other = root >= 0 && is_other_root(root);

	for (uint32_t i = 0; i < process->n; i++) {
		struct mapping *mapping = &process->mappings[i];
		int fd;

		if (mapping->tried)
			continue;
		mapping->tried = true;
		if (!strcmp(mapping->path, "[vdso]")) {
			mapping->object = read_vdso(process, objects, mapping);
		} else if (mapping->path[0] == '/') {
			fd = open_mapped(process, mapping, root);
			if (fd >= 0)
				mapping->object = objects_get(objects, fd, other ? root : AT_FDCWD,
							      mapping->path);
		}
	}
	if (root >= 0)
		close(root);
}

/* Returns false if nothing is there to be read: what is known stays. */
static bool read_mappings(struct process *process, struct objects *objects, bool same)
{
	struct buffer text = {0};
	bool done = read_all(process->fd, &text);

	if (done) {
		take_mappings(process, text.data, same);
		open_objects(process, objects);
	}
	buffer_free(&text);
	return done;
}

static void reopen(struct process *process, struct objects *objects)
{
	char path[64];

	process_park(process);
	snprintf(path, sizeof(path), "/proc/%u/maps", process->tgid);
	process->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (process->fd >= 0 && !read_mappings(process, objects, false))
		process_park(process);
}

/* Nothing is there to be read any more: what is newer than what is known? */
static void take_told(struct process *process, struct objects *objects, struct mapped *mapped)
{
	const struct mapped_region *regions;
	uint64_t version = 0;
	uint32_t n, capacity = 0;

	mapped_drain(mapped);
	n = mapped_regions(mapped, process->tgid, &regions, &version);
	if (!n || version == process->told)
		return;
	forget(process);
	for (uint32_t i = 0; i < n; i++) {
		struct mapping one = {.start = regions[i].start,
				      .end = regions[i].end,
				      .offset = regions[i].offset,
				      .inode = regions[i].inode,
				      .path = strdup(regions[i].path)};

		add_mapping(process, &capacity, &one);
	}
	process->told = version;
	open_objects(process, objects);
}

void process_check(struct process *process, struct objects *objects, struct mapped *mapped)
{
	uint64_t now = clock_boot_now();
	char byte;

	if (now - process->checked < CHECK_NS)
		return;
	process->checked = now;
	if (process->fd < 0 || pread(process->fd, &byte, 1, 0) != 1)
		reopen(process, objects);
	if (process->fd < 0 && mapped)
		take_told(process, objects, mapped);
}

/* Whether reading once more is within what may be spent; say afterwards what it took. */
static bool may_read(struct process *process)
{
	uint64_t now = clock_boot_now();

	process->budget += (int64_t)((now - process->counted) / BUDGET_PART);
	if (process->budget > BUDGET_NS)
		process->budget = BUDGET_NS;
	process->counted = now;
	return process->budget > 0;
}

static void read_again(struct process *process, struct objects *objects)
{
	uint64_t start = clock_boot_now();

	if (process->fd < 0 || !may_read(process))
		return;
	read_mappings(process, objects, true);
	process->budget -= (int64_t)(clock_boot_now() - start);
}

/* The number that the process has for itself, which its files are named by. */
static uint32_t inner_pid(const struct process *process)
{
	char path[64], line[256];
	unsigned int pid = process->tgid;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%u/status", process->tgid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		char *last = strrchr(line, '\t');

		if (!strncmp(line, "NSpid:", 6) && last) {
			pid = (unsigned int)strtoul(last, NULL, 10);
			break;
		}
	}
	if (status)
		fclose(status);
	return pid;
}

/* What a runtime says of the code it made; read again when there is more. */
static void read_made(struct process *process)
{
	uint64_t start = clock_boot_now();
	int root, fd = -1;
	struct stat stat;

	if (process->fd < 0 || !may_read(process))
		return;
	snprintf(process->made_path, sizeof(process->made_path), "/tmp/perf-%u.map",
		 inner_pid(process));
	root = open_root(process);
	if (root >= 0) {
		fd = debug_file_open_below(root, process->made_path);
		close(root);
	}
	if (fd >= 0) {
		if (!fstat(fd, &stat) && stat.st_size != process->made_size) {
			perf_map_free(process->made);
			process->made = perf_map_read(fd);
			process->made_size = stat.st_size;
		}
		close(fd);
	}
	process->budget -= (int64_t)(clock_boot_now() - start);
}

static bool find_made(struct process *process, uint64_t address, struct process_symbol *symbol)
{
	uint64_t start;

	for (int round = 0; round < 2; round++) {
		symbol->name = process->made ? perf_map_at(process->made, address, &start) : NULL;
		if (symbol->name) {
			symbol->offset = address - start;
			symbol->object = process->made_path;
			return true;
		}
		if (!round)
			read_made(process);
	}
	return false;
}

/* The position in its mapping's file; of what is in none, in what was copied. */
static uint64_t offset_in(const struct mapping *mapping, uint64_t address)
{
	return address - mapping->start + (mapping->path[0] == '/' ? mapping->offset : 0);
}

void process_find(struct process *process, struct objects *objects, uint64_t address, bool raw,
		  struct process_symbol *symbol)
{
	struct mapping *mapping = mapping_of(process, address);

	*symbol = (struct process_symbol){0};
	if (!mapping) {
		read_again(process, objects);
		mapping = mapping_of(process, address);
	}
	if (!mapping)
		return;
	if (mapping->object)
		symbol->name = object_at(objects, mapping->object, offset_in(mapping, address), raw,
					 &symbol->offset);
	if (mapping->path[0])
		symbol->object = mapping->path;
	if (!symbol->name && !mapping->object)
		find_made(process, address, symbol);
}

uint32_t process_places(struct process *process, struct objects *objects, uint64_t address,
			struct source_place places[LINES_MAX])
{
	struct mapping *mapping = mapping_of(process, address);

	if (!mapping || !mapping->object)
		return 0;
	return object_places(objects, mapping->object, offset_in(mapping, address), places);
}

void process_read_all(struct process *process, struct objects *objects)
{
	for (uint32_t i = 0; i < process->n; i++)
		if (process->mappings[i].object)
			object_read(objects, process->mappings[i].object);
}
