/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user-space half of bench/opens.bpf.c: prints the names that one process opens, a line each,
 * to a file, until SIGINT. The reader follows the idle protocol: it drains; naps while events keep
 * coming; declares itself idle, drains once more, and only then blocks.
 *
 *	opens OBJECT PID FILE      prints "attached" on stderr when it is, "lost N" at the end
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NAP_NS	      4000000
#define OUTPUT_BUFFER (1 << 16)

struct shared {
	uint32_t idle;
	uint32_t reserved;
	uint64_t lost;
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static int on_record(void *context, void *data, size_t size)
{
	char *text = data;

	/* The record ends in a NUL: the line's newline takes its place in the copy. */
	fwrite_unlocked(text, 1, size - 1, context);
	putc_unlocked('\n', (FILE *)context);
	return 0;
}

/* The signals are blocked except while it waits, so that none is missed. */
static void read_until_stopped(struct ring_buffer *ring, struct shared *shared,
			       const sigset_t *unblocked)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	struct epoll_event event;

	while (!stopping) {
		if (ring_buffer__consume(ring) > 0) {
			ppoll(NULL, 0, &nap, unblocked);
			continue;
		}
		__atomic_store_n(&shared->idle, 1, __ATOMIC_SEQ_CST);
		if (ring_buffer__consume(ring) == 0)
			epoll_pwait(ring_buffer__epoll_fd(ring), &event, 1, -1, unblocked);
		__atomic_store_n(&shared->idle, 0, __ATOMIC_SEQ_CST);
	}
	ring_buffer__consume(ring);
}

static struct bpf_object *load(const char *path, uint32_t target)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	struct bpf_map *map;

	if (!object)
		return NULL;
	map = bpf_object__find_map_by_name(object, ".rodata");
	if (!map || bpf_map__set_initial_value(map, &target, sizeof(target)))
		goto fail;
	if (bpf_object__load(object))
		goto fail;
	bpf_object__for_each_program(program, object)
	{
		if (!bpf_program__attach(program))
			goto fail;
	}
	return object;
fail:
	bpf_object__close(object);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	static char buffer[OUTPUT_BUFFER];
	struct bpf_object *object;
	struct ring_buffer *ring;
	struct shared *shared;
	sigset_t blocked, unblocked;
	FILE *out;

	if (argc != 4) {
		fprintf(stderr, "usage: %s OBJECT PID FILE\n", argv[0]);
		return 1;
	}
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &unblocked);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	out = fopen(argv[3], "w");
	object = load(argv[1], (uint32_t)strtoul(argv[2], NULL, 10));
	if (!out || !object) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	setvbuf(out, buffer, _IOFBF, sizeof(buffer));
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "ring"), on_record, out,
				NULL);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		      bpf_object__find_map_fd_by_name(object, ".data.shared"), 0);
	if (!ring || shared == MAP_FAILED) {
		fprintf(stderr, "ring: %s\n", strerror(errno));
		return 1;
	}
	fputs("attached\n", stderr);
	read_until_stopped(ring, shared, &unblocked);
	fprintf(stderr, "lost %llu\n", (unsigned long long)shared->lost);
	ring_buffer__free(ring);
	bpf_object__close(object);
	return fclose(out) ? 1 : 0;
}
