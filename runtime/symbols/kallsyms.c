/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A symbol takes 12 bytes and its name. Half of the kernel's are the __pfx_ of the other half,
 * which no stack ever stands in: they are left out.
 */
#include "runtime/symbols/kallsyms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KALLSYMS "/proc/kallsyms"
#define CHUNK	 (64u * 1024)

struct row {
	uint64_t address;
	uint32_t name;
	uint32_t rank; /* smaller is better: position in the file, global ones first */
};

struct kallsyms {
	uint64_t *addresses; /* sorted */
	uint32_t *names;
	uint32_t n;
	char *text;
};

/* One line: "address type name [module]"; the name ends in a NUL. */
struct line {
	uint64_t address;
	char type;
	char *name;
};

typedef bool (*line_handler)(void *context, const struct line *line);

static bool parse(char *text, struct line *line)
{
	char *at = text, *end;

	line->address = strtoull(text, &at, 16);
	if (at == text || *at != ' ' || !at[1] || at[2] != ' ')
		return false;
	line->type = at[1];
	line->name = at + 3;
	end = line->name + strcspn(line->name, "\t\n");
	if (end == line->name)
		return false;
	*end = '\0';
	return true;
}

/* Give every line to the handler until it returns false. */
static int each_line(line_handler handler, void *context)
{
	int fd = open(KALLSYMS, O_RDONLY | O_CLOEXEC);
	char *chunk = malloc(CHUNK + 1);
	size_t have = 0;
	int err = fd < 0 ? -errno : chunk ? 0 : -ENOMEM;
	bool more = true;

	while (!err && more) {
		ssize_t n = read(fd, chunk + have, CHUNK - have);
		char *at = chunk, *end;
		struct line line;

		if (n <= 0) {
			err = n < 0 ? -errno : 0;
			break;
		}
		have += (size_t)n;
		chunk[have] = '\0';
		for (; more && (end = memchr(at, '\n', (size_t)(chunk + have - at)));
		     at = end + 1) {
			*end = '\0';
			if (parse(at, &line))
				more = handler(context, &line);
		}
		have = (size_t)(chunk + have - at);
		/* A line that fills the chunk is none of the kernel's. */
		if (have == CHUNK)
			have = 0;
		memmove(chunk, at, have);
	}
	free(chunk);
	if (fd >= 0)
		close(fd);
	return err;
}

struct reading {
	struct row *rows;
	uint32_t n, capacity;
	char *text;
	size_t size, text_capacity;
	bool hidden, failed;
};

static bool grow(void **memory, size_t need, size_t size)
{
	void *more = realloc(*memory, need * size);

	if (more)
		*memory = more;
	return more;
}

static bool take(void *context, const struct line *line)
{
	struct reading *r = context;
	size_t length = strlen(line->name) + 1;
	bool global = line->type == 'T';

	if (!strchr("TtWw", line->type) || !strncmp(line->name, "__pfx_", 6))
		return true;
	if (!line->address) {
		r->hidden = true;
		return false;
	}
	if (r->n == r->capacity) {
		r->capacity = r->capacity ? r->capacity * 2 : 65536;
		r->failed = !grow((void **)&r->rows, r->capacity, sizeof(*r->rows));
	}
	if (!r->failed && r->size + length > r->text_capacity) {
		r->text_capacity = r->text_capacity ? r->text_capacity * 2 : 1u << 20;
		r->failed = !grow((void **)&r->text, r->text_capacity, 1);
	}
	if (r->failed || r->size > UINT32_MAX - length)
		return false;
	memcpy(r->text + r->size, line->name, length);
	r->rows[r->n] =
		(struct row){line->address, (uint32_t)r->size, r->n + (global ? 0 : 1u << 31)};
	r->size += length;
	r->n++;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return (left->rank > right->rank) - (left->rank < right->rank);
}

/* Of several names for an address only the first is kept. */
static int settle(struct kallsyms *symbols, struct reading *r)
{
	char *text;

	qsort(r->rows, r->n, sizeof(*r->rows), compare);
	symbols->addresses = malloc((r->n + 1) * sizeof(uint64_t));
	symbols->names = malloc((r->n + 1) * sizeof(uint32_t));
	if (!symbols->addresses || !symbols->names)
		return -ENOMEM;
	for (uint32_t i = 0; i < r->n; i++) {
		if (i && r->rows[i].address == r->rows[i - 1].address)
			continue;
		symbols->addresses[symbols->n] = r->rows[i].address;
		symbols->names[symbols->n++] = r->rows[i].name;
	}
	text = realloc(r->text, r->size + 1);
	symbols->text = text ? text : r->text;
	r->text = NULL;
	return 0;
}

int kallsyms_open(struct kallsyms **out)
{
	struct kallsyms *symbols = calloc(1, sizeof(*symbols));
	struct reading reading = {0};
	int err = symbols ? each_line(take, &reading) : -ENOMEM;

	if (!err)
		err = reading.failed ? -ENOMEM : reading.hidden ? -EPERM : reading.n ? 0 : -ENOENT;
	if (!err)
		err = settle(symbols, &reading);
	free(reading.rows);
	free(reading.text);
	if (err) {
		kallsyms_close(symbols);
		return err;
	}
	*out = symbols;
	return 0;
}

void kallsyms_close(struct kallsyms *symbols)
{
	if (!symbols)
		return;
	free(symbols->addresses);
	free(symbols->names);
	free(symbols->text);
	free(symbols);
}

const char *kallsyms_at(const struct kallsyms *symbols, uint64_t address, uint64_t *start)
{
	uint32_t low = 0, high = symbols->n;

	/* User space is the lower half on every machine. */
	if (address < 1ULL << 63)
		return NULL;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (symbols->addresses[middle] <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	*start = symbols->addresses[low - 1];
	return symbols->text + symbols->names[low - 1];
}

struct search {
	const char *name;
	uint64_t address;
	bool found;
};

static bool match(void *context, const struct line *line)
{
	struct search *search = context;

	if (strcmp(line->name, search->name) != 0)
		return true;
	search->address = line->address;
	search->found = true;
	return false;
}

/* A per-CPU variable may well be at 0, but not every function is. */
static bool is_shown(void *context, const struct line *line)
{
	bool *shown = context;

	*shown |= line->address && strchr("Tt", line->type);
	return !*shown;
}

int kallsyms_find(const char *name, uint64_t *address)
{
	struct search search = {.name = name};
	bool shown = false;
	int err = each_line(match, &search);

	if (err)
		return err;
	if (!search.found)
		return -ENOENT;
	if (!search.address) {
		err = each_line(is_shown, &shown);
		if (err || !shown)
			return err ? err : -EPERM;
	}
	*address = search.address;
	return 0;
}
