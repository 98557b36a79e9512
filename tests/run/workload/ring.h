/* SPDX-License-Identifier: Apache-2.0 */
/* An io_uring for workloads. */
#ifndef RING_H
#define RING_H

#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An io_uring of eight entries, by system calls alone. */
struct uring {
	int fd;
	char *rings;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
};

static inline int uring_open(struct uring *ring, unsigned flags)
{
	size_t size;

	memset(ring, 0, sizeof(*ring));
	ring->params.flags = flags;
	ring->params.sq_thread_idle = 1000;
	ring->fd = (int)syscall(SYS_io_uring_setup, 8, &ring->params);
	if (ring->fd < 0)
		return -1;
	size = ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe);
	ring->rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			   IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, 8 * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQES);
	return ring->rings == MAP_FAILED || ring->sqes == MAP_FAILED ? -1 : 0;
}

#define WORD(ring, offset) ((unsigned *)((ring)->rings + (ring)->params.offset))

/* Submit requests and wait until `wait` of them are complete; user_data: its result's place. */
static inline void uring_batch(struct uring *ring, const struct io_uring_sqe *sqes, unsigned n, unsigned wait,
			       long *results)
{
	unsigned *tail = WORD(ring, sq_off.tail), *head = WORD(ring, cq_off.head);
	unsigned mask = *WORD(ring, sq_off.ring_mask), flags = IORING_ENTER_GETEVENTS;
	struct io_uring_cqe *cqes = (void *)(ring->rings + ring->params.cq_off.cqes);

	for (unsigned i = 0; i < n; i++) {
		unsigned at = (*tail + i) & mask;

		ring->sqes[at] = sqes[i];
		WORD(ring, sq_off.array)[at] = at;
	}
	__atomic_store_n(tail, *tail + n, __ATOMIC_RELEASE);
	if (ring->params.flags & IORING_SETUP_SQPOLL)
		flags |= IORING_ENTER_SQ_WAKEUP;
	syscall(SYS_io_uring_enter, ring->fd, n, wait, flags, NULL, 0);
	for (unsigned i = 0; i < wait; i++) {
		const struct io_uring_cqe *cqe;

		while (__atomic_load_n(WORD(ring, cq_off.tail), __ATOMIC_ACQUIRE) == *head)
			;
		cqe = &cqes[*head & *WORD(ring, cq_off.ring_mask)];
		results[cqe->user_data] = cqe->res;
		__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	}
}

/* One request, until it is complete. */
static inline long uring_do(struct uring *ring, struct io_uring_sqe sqe)
{
	long result = 0;

	uring_batch(ring, &sqe, 1, 1, &result);
	return result;
}

#endif
