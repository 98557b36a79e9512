/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and changes maps in the kernel. Batches of entries where the kernel has them (5.6 for hash,
 * 5.13 for per-CPU arrays), else one key at a time.
 */
#include "runtime/maps.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BATCH	 1024
#define ENOTSUPP 524 /* the kernel's own, which it should not but does show */

static uint32_t kernel_stride(const struct image_map *map)
{
	return map->flags & IMAGE_MAP_PERCPU ? (map->value_size + 7) & ~7u : map->value_size;
}

static uint32_t kernel_key_size(const struct image_map *map)
{
	return map->flags & IMAGE_MAP_SCALAR ? sizeof(uint32_t) : map->key_size;
}

void map_raw_free(struct map_raw *raw)
{
	free(raw->keys);
	free(raw->values);
	memset(raw, 0, sizeof(*raw));
}

static int reserve(struct map_raw *raw, uint32_t *capacity, uint32_t more, size_t key_size)
{
	size_t value_size = (size_t)raw->cpus * raw->stride, wanted = *capacity ? *capacity : more;
	char *keys, *values;

	if (*capacity - raw->count >= more)
		return 0;
	while (wanted - raw->count < more)
		wanted *= 2;
	keys = realloc(raw->keys, wanted * key_size);
	if (!keys)
		return -ENOMEM;
	raw->keys = keys;
	values = realloc(raw->values, wanted * value_size);
	if (!values)
		return -ENOMEM;
	raw->values = values;
	*capacity = (uint32_t)wanted;
	return 0;
}

static int read_scalar(const struct image_map *map, int fd, struct map_raw *raw)
{
	uint32_t capacity = 0, key = 0;
	int err = reserve(raw, &capacity, 1, kernel_key_size(map));

	if (err)
		return err;
	memcpy(raw->keys, &key, sizeof(key));
	if (bpf_map_lookup_elem(fd, &key, raw->values))
		return -errno;
	raw->count = 1;
	return 0;
}

/* -ENOTSUP when the kernel has no batches for this kind of map. */
static int read_batches(const struct image_map *map, int fd, struct map_raw *raw)
{
	size_t key_size = kernel_key_size(map), value_size = (size_t)raw->cpus * raw->stride;
	uint32_t capacity = 0, batch = BATCH, n;
	/* The kernel's cursor: a bucket number for a hash, a key for others. */
	char *cursor = calloc(1, key_size < 8 ? 8 : key_size);
	bool first = true;
	int err = cursor ? 0 : -ENOMEM;

	while (!err) {
		err = reserve(raw, &capacity, batch, key_size);
		if (err)
			break;
		n = batch;
		err = bpf_map_lookup_batch(fd, first ? NULL : cursor, cursor,
					   raw->keys + raw->count * key_size,
					   raw->values + raw->count * value_size, &n, NULL)
			      ? -errno
			      : 0;
		/* One bucket holds more than fits: nothing was taken, try with more room. */
		if (err == -ENOSPC && batch < 1u << 24) {
			batch *= 2;
			err = 0;
			continue;
		}
		if (err && err != -ENOENT)
			break;
		raw->count += n;
		first = false;
	}
	free(cursor);
	if (first && (err == -EINVAL || err == -ENOTSUPP))
		err = -ENOTSUP;
	return err == -ENOENT ? 0 : err;
}

static int read_keys(const struct image_map *map, int fd, struct map_raw *raw)
{
	size_t key_size = kernel_key_size(map), value_size = (size_t)raw->cpus * raw->stride;
	uint32_t capacity = 0;
	const char *last = NULL;
	int err;

	raw->count = 0;
	for (;;) {
		err = reserve(raw, &capacity, 1, key_size);
		if (err)
			return err;
		if (raw->count)
			last = raw->keys + (raw->count - 1) * key_size;
		if (bpf_map_get_next_key(fd, last, raw->keys + raw->count * key_size))
			return errno == ENOENT ? 0 : -errno;
		/* Deleted since: its place is used for the next. */
		if (bpf_map_lookup_elem(fd, raw->keys + raw->count * key_size,
					raw->values + raw->count * value_size) == 0)
			raw->count++;
		else if (errno != ENOENT)
			return -errno;
	}
}

int map_raw_read(const struct image_map *map, int fd, uint32_t cpus, struct map_raw *raw)
{
	int err;

	memset(raw, 0, sizeof(*raw));
	raw->cpus = map->flags & IMAGE_MAP_PERCPU ? cpus : 1;
	raw->stride = kernel_stride(map);
	if (map->flags & IMAGE_MAP_SCALAR)
		err = read_scalar(map, fd, raw);
	else
		err = read_batches(map, fd, raw);
	if (err == -ENOTSUP)
		err = read_keys(map, fd, raw);
	if (err)
		map_raw_free(raw);
	return err;
}

static int write_zero(const struct image_map *map, int fd, const struct map_raw *raw, uint32_t i,
		      bool keep_set)
{
	size_t value_size = (size_t)raw->cpus * raw->stride;
	char *value = raw->values + i * value_size;

	for (uint32_t cpu = 0; cpu < raw->cpus; cpu++) {
		char *one = value + (size_t)cpu * raw->stride;
		/* The word in front of a scalar says that it was assigned. */
		size_t keep = map->flags & IMAGE_MAP_SCALAR && keep_set ? 8 : 0;

		memset(one + keep, 0, raw->stride - keep);
	}
	if (bpf_map_update_elem(fd, raw->keys + i * kernel_key_size(map), value, BPF_EXIST))
		return errno == ENOENT ? 0 : -errno;
	return 0;
}

static int zero_all(const struct image_map *map, int fd, uint32_t cpus, bool keep_set)
{
	struct map_raw raw;
	int err = map_raw_read(map, fd, cpus, &raw);

	if (err)
		return err;
	for (uint32_t i = 0; !err && i < raw.count; i++)
		err = write_zero(map, fd, &raw, i, keep_set);
	map_raw_free(&raw);
	return err;
}

int map_zero(const struct image_map *map, int fd, uint32_t cpus)
{
	return zero_all(map, fd, cpus, true);
}

int map_clear(const struct image_map *map, int fd, uint32_t cpus)
{
	struct map_raw raw;
	int err;

	if (map->flags & IMAGE_MAP_SCALAR)
		return zero_all(map, fd, cpus, false);
	err = map_raw_read(map, fd, cpus, &raw);
	if (err)
		return err;
	for (uint32_t i = 0; i < raw.count; i++)
		if (bpf_map_delete_elem(fd, raw.keys + (size_t)i * map->key_size) &&
		    errno != ENOENT)
			err = -errno;
	map_raw_free(&raw);
	return err;
}
