/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's end of the socket to the compile child, when the child does not keep to what was agreed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/front_serve.h"
#include "compiler/compile.h"
#include "lang/world.h"

struct asked {
	unsigned int questions, forgotten;
	char name[64];
};

static int ask(void *self, enum world_question question, const char *name, struct world_answer *answer)
{
	struct asked *asked = self;

	asked->questions++;
	strncpy(asked->name, name, sizeof(asked->name) - 1);
	if (question == WORLD_IMPORT)
		return -2;
	*answer = (struct world_answer){"answer", 6};
	return 0;
}

static void forget(void *self)
{
	((struct asked *)self)->forgotten++;
}

static void add(char *bytes, size_t *size, const void *more, size_t n)
{
	memcpy(bytes + *size, more, n);
	*size += n;
}

static void add_head(char *bytes, size_t *size, uint32_t message, uint32_t question, uint64_t first, uint64_t second,
		     uint32_t made)
{
	struct front_head head = {message, question, first, second, made, 0};

	add(bytes, size, &head, sizeof(head));
}

/* What was served, and how many bytes were answered, which `answers` has. */
static bool serve(const char *bytes, size_t size, struct asked *asked, struct compile_result *result, char *answers,
		  ssize_t *n)
{
	struct world_ops ops = {ask, asked};
	int fds[2];
	bool made;

	*asked = (struct asked){0};
	*result = (struct compile_result){0};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(write(fds[1], bytes, size), size);
	shutdown(fds[1], SHUT_WR);
	made = front_serve(fds[0], &ops, forget, result);
	close(fds[0]);
	*n = read(fds[1], answers, 256);
	close(fds[1]);
	return made;
}

static void test_as_agreed(void **state)
{
	char bytes[512], answers[256];
	struct front_reply reply;
	struct compile_result result;
	struct asked asked;
	size_t size = 0;
	ssize_t n;

	(void)state;
	add_head(bytes, &size, FRONT_ASK, WORLD_BINARY, 2, 0, 0);
	add(bytes, &size, "ls", 2);
	add_head(bytes, &size, FRONT_ASK, WORLD_IMPORT, 0, 0, 0);
	add_head(bytes, &size, FRONT_DONE, 0, 3, 2, 1);
	add(bytes, &size, "abcde", 5);
	assert_true(serve(bytes, size, &asked, &result, answers, &n));
	assert_int_equal(asked.questions, 2);
	assert_int_equal(asked.forgotten, 2);
	assert_string_equal(result.output, "abc");
	assert_int_equal(result.size, 3);
	assert_string_equal(result.diagnostics, "de");
	assert_int_equal(n, 2 * sizeof(reply) + 6);
	memcpy(&reply, answers, sizeof(reply));
	assert_true(reply.result == 0 && reply.size == 6);
	assert_memory_equal(answers + sizeof(reply), "answer", 6);
	memcpy(&reply, answers + sizeof(reply) + 6, sizeof(reply));
	assert_true(reply.result == -2 && reply.size == 0);
	compile_result_free(&result);
}

static void test_questions_that_are_none(void **state)
{
	char bytes[512], answers[256];
	struct front_reply reply;
	struct compile_result result;
	struct asked asked;
	size_t size = 0;
	ssize_t n;

	(void)state;
	add_head(bytes, &size, FRONT_ASK, WORLD_QUESTIONS, 1, 0, 0);
	add(bytes, &size, "x", 1);
	/* What one end reads to its NUL and the other to its length. */
	add_head(bytes, &size, FRONT_ASK, WORLD_BINARY, 3, 0, 0);
	add(bytes, &size, "a\0b", 3);
	assert_false(serve(bytes, size, &asked, &result, answers, &n));
	assert_int_equal(asked.questions, 0);
	assert_int_equal(n, 2 * sizeof(reply));
	memcpy(&reply, answers, sizeof(reply));
	assert_true(reply.result == -22 && reply.size == 0);
	assert_null(result.output);
	compile_result_free(&result);
}

/* Claims of more than there is: no memory for them, and no result. */
static void test_lengths(void **state)
{
	static const struct {
		uint32_t message;
		uint64_t first, second;
	} claims[] = {
		{FRONT_ASK, FRONT_NAME_LIMIT + 1, 0}, {FRONT_ASK, UINT64_MAX, 0}, {FRONT_ASK, 1ULL << 40, 0},
		{FRONT_ASK, 100, 0},		      {FRONT_DONE, UINT64_MAX, 0}, {FRONT_DONE, 0, UINT64_MAX},
		{FRONT_DONE, FRONT_DONE_LIMIT, 0},    {FRONT_DONE, FRONT_DONE_LIMIT + 1ULL, 0}, {3, 0, 0}, {0, 0, 0},
	};
	struct rlimit old, limit;

	(void)state;
	/* Of memory, as much as is in use and a little more. */
	getrlimit(RLIMIT_DATA, &old);
	limit = old;
	limit.rlim_cur = 64u << 20;
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_DATA, &limit);
#endif
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		char bytes[512], answers[256];
		struct compile_result result;
		struct asked asked;
		size_t size = 0;
		ssize_t n;

		add_head(bytes, &size, claims[i].message, WORLD_BINARY, claims[i].first, claims[i].second, 1);
		add(bytes, &size, "name", 4);
		assert_false(serve(bytes, size, &asked, &result, answers, &n));
		assert_int_equal(asked.questions, 0);
		assert_true(n <= 0);
		compile_result_free(&result);
	}
	setrlimit(RLIMIT_DATA, &old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_agreed),
		cmocka_unit_test(test_questions_that_are_none),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
