/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the kernel's BPF ring buffer (kernel/bpf/ringbuf.c): page 0 of the map holds the consumer's
 * position and is the only one that may be mapped for writing, page 1 the producers', then the
 * data. A record has an 8-byte header whose first word is its length and two flags.
 */
#include "runtime/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bpf-helpers/abi.h"

#define WINDOW (512u * 1024)
/*
 * Read positions are published this often: each publication takes the cache line from the CPUs
 * that produce. It must stay well below the smallest ring in use.
 */
#define PUBLISH (32u * 1024)

static void *map_pages(int fd, size_t size, int protection, size_t offset)
{
	return mmap(NULL, size, protection, MAP_SHARED, fd, (off_t)offset);
}

int ring_open(struct ring *ring, int fd, size_t size, int shared_fd)
{
	void *page;

	memset(ring, 0, sizeof(*ring));
	ring->fd = fd;
	ring->size = size;
	ring->page = (size_t)sysconf(_SC_PAGESIZE);
	ring->window_size = (size < WINDOW ? size : WINDOW) + ring->page;
	page = map_pages(fd, ring->page, PROT_READ | PROT_WRITE, 0);
	if (page == MAP_FAILED)
		return -errno;
	ring->consumer = page;
	page = map_pages(fd, ring->page, PROT_READ, ring->page);
	if (page == MAP_FAILED)
		return -errno;
	ring->producer = page;
	page = map_pages(fd, ring->window_size, PROT_READ, 2 * ring->page);
	if (page == MAP_FAILED)
		return -errno;
	ring->window = page;
	ring->shared_size = ring->page;
	page = map_pages(shared_fd, ring->page, PROT_READ | PROT_WRITE, 0);
	if (page == MAP_FAILED)
		return -errno;
	ring->shared = page;
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring->consumer)
		munmap(ring->consumer, ring->page);
	if (ring->producer)
		munmap((void *)(uintptr_t)ring->producer, ring->page);
	if (ring->window)
		munmap((void *)(uintptr_t)ring->window, ring->window_size);
	if (ring->shared)
		munmap(ring->shared, ring->shared_size);
	memset(ring, 0, sizeof(*ring));
}

/* `length` bytes of the ring at a position; NULL when the window cannot be moved there. */
static const char *view(struct ring *ring, unsigned long position, size_t length)
{
	size_t offset = position & (ring->size - 1), start;
	void *moved;

	if (offset >= ring->window_start &&
	    offset + length <= ring->window_start + ring->window_size)
		return ring->window + (offset - ring->window_start);
	start = offset & ~(ring->page - 1);
	if (offset + length > start + ring->window_size)
		return NULL;
	moved = mmap((void *)(uintptr_t)ring->window, ring->window_size, PROT_READ,
		     MAP_SHARED | MAP_FIXED, ring->fd, (off_t)(2 * ring->page + start));
	if (moved == MAP_FAILED)
		return NULL;
	ring->window_start = start;
	ring->n_remaps++;
	return ring->window + (offset - start);
}

static size_t record_space(uint32_t length)
{
	length &= ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
	return ((size_t)length + BPF_RINGBUF_HDR_SZ + 7) & ~(size_t)7;
}

long ring_consume(struct ring *ring, ring_handler handler, void *context)
{
	unsigned long consumer = *ring->consumer, published = consumer;
	unsigned long producer = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	long n = 0, err = 0;
	int stop = 0;

	while (consumer < producer && !stop) {
		const char *record = view(ring, consumer, BPF_RINGBUF_HDR_SZ);
		uint32_t length;

		if (!record) {
			err = -ENOMEM;
			break;
		}
		length = __atomic_load_n((const uint32_t *)(const void *)record, __ATOMIC_ACQUIRE);
		if (length & BPF_RINGBUF_BUSY_BIT)
			break;
		record = view(ring, consumer, record_space(length));
		if (!record) {
			err = -ENOMEM;
			break;
		}
		if (!(length & BPF_RINGBUF_DISCARD_BIT)) {
			stop = handler(context, record + BPF_RINGBUF_HDR_SZ, length);
			n++;
		}
		consumer += record_space(length);
		if (consumer - published >= PUBLISH) {
			__atomic_store_n(ring->consumer, consumer, __ATOMIC_RELEASE);
			published = consumer;
		}
	}
	if (consumer != published)
		__atomic_store_n(ring->consumer, consumer, __ATOMIC_RELEASE);
	return err ? err : n;
}

bool ring_arm(struct ring *ring)
{
	__atomic_store_n(&ring->shared->idle, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(ring->producer, __ATOMIC_SEQ_CST) == *ring->consumer)
		return true;
	ring_disarm(ring);
	return false;
}

void ring_disarm(struct ring *ring)
{
	__atomic_store_n(&ring->shared->idle, 0, __ATOMIC_RELAXED);
}

void ring_turn_off(struct ring *ring)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	__atomic_store_n(&ring->shared->off, 1, __ATOMIC_SEQ_CST);
	nanosleep(&moment, NULL);
}
