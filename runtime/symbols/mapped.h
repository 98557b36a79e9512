/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What processes map to execute, as the kernel tells it when they do: /proc has nothing of a process
 * that ended before it was looked at. Followed are all processes from the start on, and of those
 * that have ended the last ones are remembered. What was mapped before is not known.
 */
#ifndef DUETRACE_RUNTIME_MAPPED_H
#define DUETRACE_RUNTIME_MAPPED_H

#include <stdint.h>

struct mapped;

struct mapped_region {
	uint64_t start, end; /* addresses, the end is one behind */
	uint64_t offset;     /* bytes into the file */
	uint64_t inode;      /* of the file; 0: none */
	const char *path;    /* as the process saw it; "" if there is no file */
};

/* Returns 0 or -errno: without CAP_PERFMON it is -EACCES or -EPERM. */
int mapped_open(struct mapped **mapped);
void mapped_close(struct mapped *mapped);
/* To wait on: it is readable when there is much to be drained. */
int mapped_fd(const struct mapped *mapped);
/* Take in what the kernel has told. */
void mapped_drain(struct mapped *mapped);
/*
 * What a process has mapped, by address, and how many there are, 0 for a process that is not known;
 * valid until the next mapped_drain(). `version` is another number when anything has changed.
 */
uint32_t mapped_regions(const struct mapped *mapped, uint32_t tgid,
			const struct mapped_region **regions, uint64_t *version);

#endif
