/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent is the real one: it answers from this machine's tracefs, BTF and files, and is asked for
 * names that are there, that nearly are, and noise. Nothing that it does for a question changes anything;
 * what would compile C or load a program is not asked often, as it takes its time.
 */
#include "tests/fuzz/fuzz_rpc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/front_serve.h"
#include "cli/world.h"
#include "compiler/compile.h"
#include "lang/world.h"

#define MAX_QUESTIONS 24
#define MAX_NAME      300

static const char *const names[] = {
	"", "*", "sched:sched_switch", "syscalls:sys_enter_openat", "syscalls:", ":", "../..:enable",
	"vmlinux", "..", ".", "tests/../README.md", "docs/", "/etc/", "scripts/", "/etc/passwd", "/proc/self/mem",
	"/dev/zero", "/dev/tty", "/bin/true", "/bin/true\tmain", "/bin/true\t0x1000", "/bin/true\tx.c\t1\t0",
	"/proc/self/exe", "/proc/self/exe\tmain", "libc", "libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6\tmalloc",
	"build", "x.dt", "x.list", "x.bpf.c", "\"x.c\nx.h", "<\nstdio.h", "<x\nlinux/types.h", "+/usr/include/stdio.h\nstdio.h",
	"\"/\n/../../etc/shadow.h", "/sys/fs/cgroup", "/sys/fs/cgroup/..", "vfs_read", "jiffies", ":vfs_*", "nf_tables:*", "*:vfs_read",
	"fentry:bpf_get_current_pid", "1", "0", "4294967295",
};

static uint64_t next(uint64_t *random)
{
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return *random * 0x2545f4914f6cdd1dULL >> 11;
}

/* One of the names, perhaps with a few bytes of noise in it. */
static size_t make_name(char *name, const char *noise, size_t size, uint64_t *random)
{
	const char *from = names[next(random) % (sizeof(names) / sizeof(names[0]))];
	size_t length = strlen(from);

	memcpy(name, from, length);
	for (uint64_t i = next(random) % 3; i > 1 && size; i--) {
		size_t at = next(random) % (length + 1), n = 1 + next(random) % 24;

		if (length + n > MAX_NAME)
			break;
		memmove(name + at + n, name + at, length - at);
		for (size_t k = 0; k < n; k++)
			name[at + k] = noise[next(random) % size];
		length += n;
	}
	/* Walking the whole machine is only slow. */
	for (size_t i = 1; i < length; i++)
		if (strchr("*?[{", name[i]) && memchr(name, '/', i))
			name[i] = 'x';
	return length;
}

/* Mostly right; else off by a little, or by all there is. */
static uint64_t make_length(size_t length, uint64_t *random)
{
	static const uint64_t wrong[] = {UINT64_MAX, 1ULL << 63, FRONT_DONE_LIMIT, FRONT_NAME_LIMIT + 1ULL, 0};

	if (next(random) % 40)
		return length;
	return next(random) % 2 ? wrong[next(random) % 5] : length + next(random) % 9 - 4;
}

size_t fuzz_rpc_make(char *bytes, size_t size, size_t room, uint64_t random)
{
	char *noise = malloc(size + 1), name[2 * MAX_NAME];
	size_t at = 0;

	memcpy(noise, bytes, size);
	for (uint64_t i = next(&random) % MAX_QUESTIONS; i > 0; i--) {
		size_t length = make_name(name, noise, size, &random);
		struct front_head head = {
			.message = next(&random) % 200 ? FRONT_ASK : (uint32_t)next(&random),
			.question = (uint32_t)(next(&random) % (WORLD_QUESTIONS + 2)),
			.first = make_length(length, &random),
		};

		/* Some 5 MB each, or a program for the kernel. */
		if ((head.question == WORLD_KERNEL_BTF || head.question == WORLD_KERNEL_CALL ||
		     head.question == WORLD_KERNEL_FUNCTIONS || head.question == WORLD_KERNEL_SYMBOL) && next(&random) % 16)
			head.question = WORLD_TRACEPOINT_FORMAT;
		if (at + sizeof(head) + length > room)
			break;
		memcpy(bytes + at, &head, sizeof(head));
		memcpy(bytes + at + sizeof(head), name, length);
		at += sizeof(head) + length;
	}
	if (at + sizeof(struct front_head) + size <= room && next(&random) % 4) {
		struct front_head done = {.message = FRONT_DONE, .made = 1, .first = make_length(size / 2, &random),
					  .second = make_length(size - size / 2, &random)};

		memcpy(bytes + at, &done, sizeof(done));
		memcpy(bytes + at + sizeof(done), noise, size);
		at += sizeof(done) + size;
	}
	free(noise);
	return at;
}

struct sender {
	int fd;
	const char *bytes;
	size_t size;
};

static void *take_answers(void *argument)
{
	char bytes[65536];

	while (read(*(int *)argument, bytes, sizeof(bytes)) > 0)
		;
	return NULL;
}

static void *send_all(void *argument)
{
	struct sender *sender = argument;

	(void)front_put(sender->fd, sender->bytes, sender->size);
	shutdown(sender->fd, SHUT_WR);
	return NULL;
}

void fuzz_rpc_try(const char *bytes, size_t size)
{
	struct world *world = world_open(0, NULL, 0);
	struct world_ops ops = {world_ask, world};
	struct compile_result result = {0};
	struct sender sender = {.bytes = bytes, .size = size};
	pthread_t taking, sending;
	int fds[2];

	if (!world || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		abort();
	sender.fd = fds[1];
	if (pthread_create(&taking, NULL, take_answers, &fds[1]) || pthread_create(&sending, NULL, send_all, &sender))
		abort();
	front_serve(fds[0], &ops, world_forget, &result);
	shutdown(fds[0], SHUT_RDWR);
	pthread_join(sending, NULL);
	pthread_join(taking, NULL);
	close(fds[0]);
	close(fds[1]);
	compile_result_free(&result);
	world_close(world);
}
