/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Touches files through an io_uring alone: uring DIRECTORY opens, reads, writes and unlinks files there,
 * and prints the ledger: the number of each and the bytes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILES	50
#define REMOVED 5
#define BYTES	4096

static struct io_uring_params params;
static struct io_uring_sqe *sqes;
static char *rings;
static int ring;

static int set_up(void)
{
	size_t size;

	ring = (int)syscall(SYS_io_uring_setup, 4, &params);
	if (ring < 0)
		return -errno;
	size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	if (!(params.features & IORING_FEAT_SINGLE_MMAP))
		return -ENOSYS;
	rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	sqes = mmap(NULL, 4 * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	return rings == MAP_FAILED || sqes == MAP_FAILED ? -errno : 0;
}

/* One request; its result. */
static int request(struct io_uring_sqe sqe)
{
	unsigned *tail = (unsigned *)(rings + params.sq_off.tail);
	unsigned *head = (unsigned *)(rings + params.cq_off.head);
	struct io_uring_cqe *cqes = (void *)(rings + params.cq_off.cqes);
	int result;

	sqes[0] = sqe;
	((unsigned *)(rings + params.sq_off.array))[*tail & (params.sq_entries - 1)] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -errno;
	result = cqes[*head & (params.cq_entries - 1)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

int main(int argc, char **argv)
{
	static char data[BYTES];
	int opens = 0, reads = 0, writes = 0, unlinks = 0;

	if (argc != 2 || chdir(argv[1]) || set_up()) {
		puts("no io_uring");
		return 1;
	}
	for (int i = 0; i < FILES; i++) {
		char name[16];
		int fd;

		snprintf(name, sizeof(name), "f%d", i);
		fd = request((struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
						   .fd = AT_FDCWD,
						   .addr = (uintptr_t)name,
						   .open_flags = O_RDWR | O_CREAT,
						   .len = 0600});
		opens += fd >= 0;
		writes += request((struct io_uring_sqe){.opcode = IORING_OP_WRITE,
							.fd = fd,
							.addr = (uintptr_t)data,
							.len = BYTES}) == BYTES;
		reads += request((struct io_uring_sqe){.opcode = IORING_OP_READ,
						       .fd = fd,
						       .addr = (uintptr_t)data,
						       .len = BYTES}) == BYTES;
		if (i < REMOVED)
			unlinks += request((struct io_uring_sqe){.opcode = IORING_OP_UNLINKAT,
								 .fd = AT_FDCWD,
								 .addr = (uintptr_t)name}) == 0;
	}
	printf("%d %d %d %d %d\n", opens, reads, writes, unlinks, reads * BYTES);
	return 0;
}
