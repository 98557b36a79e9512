/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A software event that never happens, on each CPU, brings along what perf(1) follows programs by:
 * PERF_RECORD_MMAP2, COMM (a program was executed: nothing of the old one is mapped any more), FORK
 * (the child has what the parent has) and EXIT. Each CPU has a buffer of its own and a process may
 * move, so the records are put in order by their time before they mean anything.
 *
 * Records that did not fit into a buffer are no error: what they told is not known.
 */
#include "runtime/symbols/mapped.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGES	    64 /* of a CPU's buffer: some thousand records */
#define PAGE_BYTES  4096
#define MAX_ENDED   1024
#define MAX_REGIONS 4096 /* of a process */
#define BUCKETS	    1024
#define MAX_PATH    4096

/* One path is in the regions of a process and in those of all that it forked. */
struct path {
	uint32_t references;
	char text[];
};

struct program {
	struct program *chain; /* of its bucket */
	struct program *next;  /* that ended after it */
	uint32_t tgid;
	bool ended;
	uint64_t version;
	struct mapped_region *regions; /* by address */
	uint32_t n, capacity;
};

struct told {
	uint64_t time;
	uint32_t type, tgid, parent;
	struct mapped_region region;
};

struct mapped {
	struct perf_buffer *buffer;
	int map;
	struct told *told; /* not in order yet */
	uint32_t n_told, told_capacity;
	struct program *buckets[BUCKETS];
	struct program *first_ended, *last_ended;
	uint32_t n_ended;
	uint64_t version;
};

/* The layouts are the kernel's: see perf_event.h at enum perf_event_type. */
struct record_mmap2 {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t address, length, page_offset;
	uint32_t major, minor;
	uint64_t inode, generation;
	uint32_t protection, flags;
	char name[];
};

/* FORK and EXIT. */
struct record_task {
	struct perf_event_header header;
	uint32_t pid, parent, tid, parent_tid;
	uint64_t time;
};

struct record_comm {
	struct perf_event_header header;
	uint32_t pid, tid;
	char name[];
};

static struct path *path_of(const char *text)
{
	return (struct path *)(void *)(text - offsetof(struct path, text));
}

static const char *path_new(const char *text, size_t length)
{
	struct path *path = malloc(sizeof(*path) + length + 1);

	if (!path)
		return NULL;
	path->references = 1;
	memcpy(path->text, text, length);
	path->text[length] = '\0';
	/* cppcheck-suppress memleak; path_of() leads back from the text */
	return path->text;
}

static void path_put(const char *text)
{
	if (text && !--path_of(text)->references)
		free(path_of(text));
}

static struct program *find(const struct mapped *mapped, uint32_t tgid)
{
	struct program *program = mapped->buckets[tgid % BUCKETS];

	while (program && program->tgid != tgid)
		program = program->chain;
	return program;
}

static void forget_regions(struct program *program)
{
	for (uint32_t i = 0; i < program->n; i++)
		path_put(program->regions[i].path);
	program->n = 0;
}

static void program_free(struct program *program)
{
	forget_regions(program);
	free(program->regions);
	free(program);
}

static void drop(struct mapped *mapped, struct program *program)
{
	struct program **at = &mapped->buckets[program->tgid % BUCKETS];

	while (*at != program)
		at = &(*at)->chain;
	*at = program->chain;
	program_free(program);
}

static void drop_first_ended(struct mapped *mapped)
{
	struct program *program = mapped->first_ended;

	mapped->first_ended = program->next;
	if (!program->next)
		mapped->last_ended = NULL;
	mapped->n_ended--;
	drop(mapped, program);
}

static void end(struct mapped *mapped, struct program *program)
{
	program->ended = true;
	program->next = NULL;
	if (mapped->last_ended)
		mapped->last_ended->next = program;
	else
		mapped->first_ended = program;
	mapped->last_ended = program;
	if (++mapped->n_ended > MAX_ENDED)
		drop_first_ended(mapped);
}

/* Its number may be another's by now. */
static void unlink_ended(struct mapped *mapped, struct program *program)
{
	struct program **at = &mapped->first_ended, *before = NULL;

	while (*at != program) {
		before = *at;
		at = &(*at)->next;
	}
	*at = program->next;
	if (mapped->last_ended == program)
		mapped->last_ended = before;
	mapped->n_ended--;
	program->ended = false;
}

/* The program of a process, with nothing mapped if it is new; NULL: no memory. */
static struct program *start(struct mapped *mapped, uint32_t tgid, bool fresh)
{
	struct program *program = find(mapped, tgid);

	if (program && program->ended) {
		unlink_ended(mapped, program);
		fresh = true;
	}
	if (!program) {
		program = calloc(1, sizeof(*program));
		if (!program)
			return NULL;
		program->tgid = tgid;
		program->chain = mapped->buckets[tgid % BUCKETS];
		mapped->buckets[tgid % BUCKETS] = program;
	}
	if (fresh)
		forget_regions(program);
	program->version = ++mapped->version;
	return program;
}

static bool make_room(struct program *program, uint32_t n)
{
	struct mapped_region *more;
	uint32_t capacity = program->capacity ? program->capacity : 8;

	while (capacity < n)
		capacity *= 2;
	if (capacity == program->capacity)
		return true;
	more = realloc(program->regions, capacity * sizeof(*more));
	if (!more)
		return false;
	program->regions = more;
	program->capacity = capacity;
	return true;
}

/* Where it lies over others, these are not mapped any more. Takes over the path. */
static void add_region(struct program *program, const struct mapped_region *region)
{
	uint32_t at = 0, kept = 0;

	for (uint32_t i = 0; i < program->n; i++) {
		const struct mapped_region *old = &program->regions[i];

		if (old->start < region->end && region->start < old->end) {
			path_put(old->path);
			continue;
		}
		at += old->start < region->start;
		program->regions[kept++] = *old;
	}
	program->n = kept;
	if (kept == MAX_REGIONS || !make_room(program, kept + 1)) {
		path_put(region->path);
		return;
	}
	memmove(&program->regions[at + 1], &program->regions[at], (kept - at) * sizeof(*region));
	program->regions[at] = *region;
	program->n++;
}

static void fork_regions(struct mapped *mapped, const struct told *told)
{
	const struct program *parent = find(mapped, told->parent);
	struct program *child = start(mapped, told->tgid, true);

	if (!child || !parent || !make_room(child, parent->n))
		return;
	for (uint32_t i = 0; i < parent->n; i++) {
		child->regions[i] = parent->regions[i];
		path_of(child->regions[i].path)->references++;
	}
	child->n = parent->n;
}

static void apply(struct mapped *mapped, struct told *told)
{
	struct program *program;

	switch (told->type) {
	case PERF_RECORD_FORK:
		fork_regions(mapped, told);
		break;
	case PERF_RECORD_COMM:
		start(mapped, told->tgid, true);
		break;
	case PERF_RECORD_MMAP2:
		program = start(mapped, told->tgid, false);
		if (program)
			add_region(program, &told->region);
		else
			path_put(told->region.path);
		break;
	case PERF_RECORD_EXIT:
		program = find(mapped, told->tgid);
		if (program && !program->ended)
			end(mapped, program);
		break;
	}
}

static struct told *tell(struct mapped *mapped, const struct perf_event_header *header,
			 uint32_t tgid)
{
	struct told *told;

	if (mapped->n_told == mapped->told_capacity) {
		uint32_t capacity = mapped->told_capacity ? mapped->told_capacity * 2 : 256;

		told = realloc(mapped->told, capacity * sizeof(*told));
		if (!told)
			return NULL;
		mapped->told = told;
		mapped->told_capacity = capacity;
	}
	told = &mapped->told[mapped->n_told++];
	*told = (struct told){.type = header->type, .tgid = tgid};
	/* sample_id_all: the time is what every record ends with. */
	memcpy(&told->time, (const char *)header + header->size - sizeof(told->time),
	       sizeof(told->time));
	return told;
}

static void tell_mapping(struct mapped *mapped, const struct record_mmap2 *record)
{
	size_t room = record->header.size - sizeof(*record) - sizeof(uint64_t), length;
	const char *name = record->name;
	struct told *told;

	if (record->header.size < sizeof(*record) + sizeof(uint64_t))
		return;
	length = strnlen(name, room < MAX_PATH ? room : MAX_PATH);
	/* Memory without a file has a name that is no path. */
	if (name[0] != '/' || !strncmp(name, "//", 2))
		length = 0;
	told = tell(mapped, &record->header, record->pid);
	if (!told)
		return;
	told->region = (struct mapped_region){
		.start = record->address,
		.end = record->address + record->length,
		.offset = record->page_offset,
		.inode = length ? record->inode : 0,
		.path = path_new(name, length),
	};
	if (!told->region.path)
		mapped->n_told--;
}

static enum bpf_perf_event_ret take(void *self, int cpu, struct perf_event_header *header)
{
	struct mapped *mapped = self;
	const struct record_task *task = (const struct record_task *)header;
	const struct record_comm *comm = (const struct record_comm *)header;
	struct told *told;

	(void)cpu;
	switch (header->type) {
	case PERF_RECORD_MMAP2:
		tell_mapping(mapped, (const struct record_mmap2 *)header);
		break;
	case PERF_RECORD_COMM:
		if (header->misc & PERF_RECORD_MISC_COMM_EXEC)
			tell(mapped, header, comm->pid);
		break;
	case PERF_RECORD_FORK:
		/* Not a thread. */
		if (task->pid != task->parent) {
			told = tell(mapped, header, task->pid);
			if (told)
				told->parent = task->parent;
		}
		break;
	case PERF_RECORD_EXIT:
		if (task->pid == task->tid)
			tell(mapped, header, task->pid);
		break;
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static int by_time(const void *a, const void *b)
{
	const struct told *left = a, *right = b;

	return left->time < right->time ? -1 : left->time > right->time;
}

void mapped_drain(struct mapped *mapped)
{
	perf_buffer__consume(mapped->buffer);
	if (mapped->n_told)
		qsort(mapped->told, mapped->n_told, sizeof(*mapped->told), by_time);
	for (uint32_t i = 0; i < mapped->n_told; i++)
		apply(mapped, &mapped->told[i]);
	mapped->n_told = 0;
}

int mapped_open(struct mapped **out)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC_RAW,
		.watermark = 1,
		.wakeup_watermark = PAGES * PAGE_BYTES / 2,
	};
	struct mapped *mapped = calloc(1, sizeof(*mapped));
	int err;

	if (!mapped)
		return -ENOMEM;
	mapped->map = bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "duetrace_mapped",
				     sizeof(uint32_t), sizeof(uint32_t),
				     (uint32_t)libbpf_num_possible_cpus(), NULL);
	err = mapped->map < 0 ? mapped->map : 0;
	if (!err) {
		mapped->buffer =
			perf_buffer__new_raw(mapped->map, PAGES, &attr, take, mapped, NULL);
		err = mapped->buffer ? 0 : -errno;
	}
	if (err) {
		mapped_close(mapped);
		return err;
	}
	*out = mapped;
	return 0;
}

void mapped_close(struct mapped *mapped)
{
	struct program *program, *next;

	if (!mapped)
		return;
	perf_buffer__free(mapped->buffer);
	if (mapped->map >= 0)
		close(mapped->map);
	for (uint32_t i = 0; i < BUCKETS; i++)
		for (program = mapped->buckets[i]; program; program = next) {
			next = program->chain;
			program_free(program);
		}
	free(mapped->told);
	free(mapped);
}

int mapped_fd(const struct mapped *mapped)
{
	return perf_buffer__epoll_fd(mapped->buffer);
}

uint32_t mapped_regions(const struct mapped *mapped, uint32_t tgid,
			const struct mapped_region **regions, uint64_t *version)
{
	const struct program *program = find(mapped, tgid);

	if (!program)
		return 0;
	*regions = program->regions;
	*version = program->version;
	return program->n;
}
