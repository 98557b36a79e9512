/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script's maps in user space: read from the kernel, reduced over CPUs, decoded and sorted, so
 * that whatever prints them sees finished values in a deterministic order.
 */
#ifndef DUETRACE_RUNTIME_MAPS_H
#define DUETRACE_RUNTIME_MAPS_H

#include "runtime/decode.h"

/* The kernel's bytes of a map. */
struct map_raw {
	uint32_t count;	 /* entries */
	uint32_t cpus;	 /* values an entry has: 1 when not per CPU */
	uint32_t stride; /* bytes from one CPU's value to the next */
	char *keys;	 /* count * key_size of the map */
	char *values;	 /* count * cpus * stride */
};

struct map_entry {
	struct value key; /* not set in a scalar map */
	struct value value;
};

/* A map as it was at one moment. Owns all that its values refer to. */
struct map_snapshot {
	const struct image_map *map;
	const struct image_type *type; /* of the values */
	bool is_set;		       /* a scalar that was assigned; keyed: there are entries */
	uint32_t count;
	struct map_entry *entries; /* sorted as they are printed */
	const char *columns;	   /* text is a table: names of the key's parts; NULL: it is not */
	uint64_t div;		   /* of histogram buckets; other values are divided already */
	struct map_raw raw;
	uint64_t *buckets; /* reduced histograms */
	struct decode_arena arena;
};

/* Read all entries of a kernel map. Returns 0 or -errno. */
int map_raw_read(const struct image_map *map, int fd, uint32_t cpus, struct map_raw *raw);
void map_raw_free(struct map_raw *raw);

/*
 * Reduce, decode and sort `raw`, which becomes the snapshot's. A never-assigned scalar gives one
 * entry, its zero value, with is_set false. Keeps the last `top` entries if top is not 0, divides
 * by `div` if that is not 0. Returns 0 or -ENOMEM; free the snapshot in both cases.
 */
int map_snapshot_make(struct map_snapshot *snapshot, const struct image *image,
		      const struct image_map *map, const struct map_raw *raw, uint64_t top,
		      uint64_t div);
void map_snapshot_free(struct map_snapshot *snapshot);

/* Delete all keys; a scalar becomes unassigned. Returns 0 or -errno. */
/* Make the device and inode of each file in a folder a key. Returns 0, or the last -errno; those that can be are. */
int map_add_files(const struct image_map *map, int fd, uint32_t cpus, const char *folder);
int map_clear(const struct image_map *map, int fd, uint32_t cpus);
/* Set all values to 0 and keep the keys. Returns 0 or -errno. */
int map_zero(const struct image_map *map, int fd, uint32_t cpus);

#endif
