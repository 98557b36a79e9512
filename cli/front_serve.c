// SPDX-License-Identifier: Apache-2.0
#include "cli/front_serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "lang/world.h"

/* What is read at first of something long: one that only claims to send much is given no memory for it. */
#define FIRST_BYTES (64u << 10)

bool front_put(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t n = send(fd, at, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

bool front_get(int fd, void *bytes, size_t size)
{
	char *at = bytes;

	while (size) {
		ssize_t n = read(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

char *front_get_bytes(int fd, uint64_t size, uint64_t limit)
{
	size_t room = size < FIRST_BYTES ? size : FIRST_BYTES, have = 0;
	char *bytes = size <= limit ? malloc(room + 1) : NULL;

	while (bytes && front_get(fd, bytes + have, room - have)) {
		char *more;

		have = room;
		if (have == size) {
			bytes[size] = '\0';
			return bytes;
		}
		room = room < size / 2 ? room * 2 : size;
		more = realloc(bytes, room + 1);
		if (!more)
			break;
		bytes = more;
	}
	free(bytes);
	return NULL;
}

static bool answer(int fd, const struct world_ops *world, const struct front_head *head)
{
	struct world_answer found = {0};
	struct front_reply reply = {0};
	char *name = front_get_bytes(fd, head->first, FRONT_NAME_LIMIT);

	if (!name)
		return false;
	/* A name with a NUL in it is none, and each end would take it for another. */
	reply.result = head->question < WORLD_QUESTIONS && strlen(name) == head->first
			       ? world->ask(world->self, (enum world_question)head->question, name, &found)
			       : -EINVAL;
	free(name);
	reply.size = reply.result ? 0 : found.size;
	return front_put(fd, &reply, sizeof(reply)) && front_put(fd, found.data, reply.size);
}

static long cpu_seconds(void)
{
	struct timespec time = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec;
}

bool front_serve(int fd, const struct world_ops *world, void (*forget)(void *world),
		 struct compile_result *result)
{
	long start = cpu_seconds();
	struct front_head head;

	while (front_get(fd, &head, sizeof(head))) {
		if (head.message == FRONT_ASK) {
			bool answered = answer(fd, world, &head);

			if (forget)
				forget(world->self);
			if (!answered)
				return false;
			if (cpu_seconds() - start <= FRONT_CPU_SECONDS)
				continue;
			result->diagnostics = strdup("ERROR: the script asks for too much\n");
			return false;
		}
		if (head.message != FRONT_DONE)
			return false;
		result->output = front_get_bytes(fd, head.first, FRONT_DONE_LIMIT);
		result->size = result->output ? head.first : 0;
		result->diagnostics = front_get_bytes(fd, head.second, FRONT_DONE_LIMIT);
		return result->output && result->diagnostics && head.made;
	}
	return false;
}
