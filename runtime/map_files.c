/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files(): a map's keys become the devices and inodes of the files of a folder. Links are not followed:
 * a file's other names have its inode.
 */
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "image/image.h"
#include "runtime/maps.h"

/* How many folders are open at a time. */
#define OPEN_FOLDERS 32

/* nftw() has no argument for its caller. */
static struct {
	int fd;
	char *value; /* of all CPUs */
	int err;
} walk;

static int add(const char *path, const struct stat *info, int kind, struct FTW *at)
{
	uint64_t key[] = {info->st_dev, info->st_ino};

	(void)path;
	(void)at;
	if (kind == FTW_NS || kind == FTW_DNR)
		walk.err = -EACCES;
	if (kind == FTW_F && bpf_map_update_elem(walk.fd, key, walk.value, BPF_ANY))
		walk.err = -errno;
	return walk.err == -E2BIG ? walk.err : 0;
}

int map_add_files(const struct image_map *map, int fd, uint32_t cpus, const char *folder)
{
	uint32_t slots = cpus ? cpus : 1;
	uint64_t one = 1;

	walk.fd = fd;
	walk.err = 0;
	walk.value = calloc(slots, map->value_size);
	if (!walk.value)
		return -ENOMEM;
	memcpy(walk.value, &one, sizeof(one));
	if (nftw(folder, add, OPEN_FOLDERS, FTW_PHYS) < 0 && !walk.err)
		walk.err = -errno;
	free(walk.value);
	return walk.err;
}
