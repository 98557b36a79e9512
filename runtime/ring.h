/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of the ring buffer, with the idle protocol of bpf-helpers/abi.h.
 *
 * libbpf's own reader maps all data pages, twice, and the kernel populates page tables at mmap time
 * (remap_vmalloc_range), so an 8 MB ring costs the process 16 MB of RSS. This one maps a window of
 * 512 KB that slides over the ring: one mmap(2) per half megabyte of records. The kernel's pages
 * repeat behind the ring's end, so a window may reach over it, and no record is ever copied.
 */
#ifndef DUETRACE_RUNTIME_RING_H
#define DUETRACE_RUNTIME_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct abi_shared;

struct ring {
	int fd;	     /* of the map; belongs to the caller */
	size_t size; /* of the data, a power of two */
	size_t page;
	unsigned long *consumer; /* mapped page: how far we have read */
	const unsigned long *producer;
	const char *window;  /* mapped data */
	size_t window_start; /* offset of the window in the ring */
	size_t window_size;
	struct abi_shared *shared;
	size_t shared_size;
	uint64_t n_remaps;
};

/* Called for each record, in order. A non-zero result stops reading behind it. */
typedef int (*ring_handler)(void *context, const void *record, size_t size);

/* `size` is the map's max_entries; `shared_fd` the mmap-able map of ABI_SHARED_SECTION. 0 or
 * -errno. */
int ring_open(struct ring *ring, int fd, size_t size, int shared_fd);
void ring_close(struct ring *ring);

/* Hand over what is there now. Returns how many records, or -errno if the window cannot be mapped.
 */
long ring_consume(struct ring *ring, ring_handler handler, void *context);

/*
 * Declare the reader idle. True: the ring is empty and the next record will wake whoever polls the
 * ring's descriptor. False: there is something to read.
 */
bool ring_arm(struct ring *ring);
/* Awake again: no more wake-ups. */
void ring_disarm(struct ring *ring);

/*
 * Turn the programs off, and wait until those that were running have ended. They cannot be
 * preempted for long, so a moment is enough; a record that comes later still is read by the next
 * ring_consume().
 */
void ring_turn_off(struct ring *ring);

#endif
