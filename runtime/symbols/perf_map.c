/* SPDX-License-Identifier: Apache-2.0 */
/* A runtime appends to its file; where lines overlap, the later one is the code that is there. */
#include "runtime/symbols/perf_map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES (32u << 20)

struct row {
	uint64_t start, size;
	uint32_t name, line;
};

struct perf_map {
	char *text; /* the file, names end in a NUL */
	size_t size;
	struct row *rows;
	uint32_t n;
};

static char *read_all(int fd, size_t *size)
{
	size_t capacity = 65536, have = 0;
	char *text = malloc(capacity + 1);
	ssize_t n = 1;

	while (text && (n = pread(fd, text + have, capacity - have, (off_t)have)) > 0) {
		have += (size_t)n;
		if (have < capacity)
			continue;
		if (capacity >= MAX_BYTES)
			break;
		char *more = realloc(text, capacity * 2 + 1);
		if (!more)
			break;
		text = more;
		capacity *= 2;
	}
	if (text)
		text[have] = '\0';
	*size = have;
	return text;
}

static bool parse(struct perf_map *map, char *line, struct row *row)
{
	char *at = line, *size;

	row->start = strtoull(line, &at, 16);
	if (at == line || *at != ' ')
		return false;
	size = at + 1;
	row->size = strtoull(size, &at, 16);
	if (at == size || *at != ' ' || !at[1] || row->start + row->size < row->start)
		return false;
	row->name = (uint32_t)(at + 1 - map->text);
	return row->size > 0;
}

static int compare(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return left->line < right->line ? -1 : 1;
}

struct perf_map *perf_map_read(int fd)
{
	struct perf_map *map = calloc(1, sizeof(*map));
	uint32_t lines = 0, line = 0;
	char *save = NULL;

	if (!map)
		return NULL;
	map->text = read_all(fd, &map->size);
	for (size_t i = 0; map->text && i < map->size; i++)
		lines += map->text[i] == '\n';
	map->rows = calloc(lines + 1, sizeof(*map->rows));
	if (!map->text || !map->rows) {
		perf_map_free(map);
		return NULL;
	}
	for (char *at = strtok_r(map->text, "\n", &save); at && line <= lines;
	     at = strtok_r(NULL, "\n", &save)) {
		map->rows[map->n].line = line++;
		map->n += parse(map, at, &map->rows[map->n]);
	}
	qsort(map->rows, map->n, sizeof(*map->rows), compare);
	return map;
}

void perf_map_free(struct perf_map *map)
{
	if (!map)
		return;
	free(map->text);
	free(map->rows);
	free(map);
}

const char *perf_map_at(const struct perf_map *map, uint64_t address, uint64_t *start)
{
	uint32_t low = 0, high = map->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (map->rows[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - map->rows[low - 1].start >= map->rows[low - 1].size)
		return NULL;
	*start = map->rows[low - 1].start;
	return map->text + map->rows[low - 1].name;
}

size_t perf_map_memory(const struct perf_map *map)
{
	return map ? sizeof(*map) + map->size + map->n * sizeof(*map->rows) : 0;
}
