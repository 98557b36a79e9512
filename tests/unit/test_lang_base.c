/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ground the language stands on: arena, source positions, name tables, wildcards, near names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/near.h"
#include "lang/arena.h"
#include "lang/names.h"
#include "lang/source.h"
#include "lang/text.h"

static void test_arena_memory_is_zeroed_aligned_and_apart(void **state)
{
	struct arena *arena = arena_new();
	unsigned char *last = NULL;

	(void)state;
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *memory = arena_alloc(arena, size);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size);
		assert_ptr_not_equal(memory, last);
		last = memory;
	}
	arena_free(arena);
}

static void test_arena_gives_large_blocks_of_their_own(void **state)
{
	struct arena *arena = arena_new();
	char *small = arena_alloc(arena, 16);
	char *large = arena_alloc(arena, 10 << 20);
	char *next = arena_alloc(arena, 16);

	(void)state;
	large[(10 << 20) - 1] = 1;
	assert_ptr_equal(next, small + 16);
	arena_free(arena);
}

static void test_arena_text(void **state)
{
	struct arena *arena = arena_new();
	struct arena_buffer buffer = {.arena = arena};

	(void)state;
	assert_string_equal(arena_text(arena, "abcdef", 3), "abc");
	assert_string_equal(arena_printf(arena, "%d-%s", 42, "x"), "42-x");
	for (int i = 0; i < 1000; i++)
		arena_buffer_printf(&buffer, "%d,", i % 10);
	assert_int_equal(buffer.length, 2000);
	assert_memory_equal(buffer.text + 18, "9,0,", 4);
	assert_int_equal(buffer.text[2000], 0);
	arena_free(arena);
}

static void locate(struct source *source, uint32_t byte, uint32_t line, uint32_t column)
{
	uint32_t got_line, got_column;

	source_locate(source, byte, &got_line, &got_column);
	assert_int_equal(got_line, line);
	assert_int_equal(got_column, column);
}

static void test_source_positions(void **state)
{
	static const char text[] = "ab\n\n\tc\r\nd\x01z";
	struct arena *arena = arena_new();
	struct source source;

	(void)state;
	source_init(&source, arena, "x", text, sizeof(text) - 1);
	locate(&source, 0, 1, 1);
	locate(&source, 2, 1, 3); /* the newline belongs to its line */
	locate(&source, 3, 2, 1);
	locate(&source, 4, 3, 1);
	locate(&source, 5, 3, 2); /* a tab is one byte */
	locate(&source, 8, 4, 1);
	locate(&source, 11, 4, 4); /* the end */
	locate(&source, 999, 4, 4);
	assert_string_equal(source_line(&source, 1, 100), "ab");
	assert_string_equal(source_line(&source, 2, 100), "");
	assert_string_equal(source_line(&source, 3, 100), "    c");
	assert_string_equal(source_line(&source, 4, 100), "d?z");
	assert_string_equal(source_line(&source, 5, 100), "");
	assert_null(source_line(&source, 1, 1));
	arena_free(arena);
}

static void test_source_empty(void **state)
{
	struct arena *arena = arena_new();
	struct source source;

	(void)state;
	source_init(&source, arena, "x", "", 0);
	locate(&source, 0, 1, 1);
	assert_string_equal(source_line(&source, 1, 100), "");
	arena_free(arena);
}

static void test_names_find_what_was_put_in(void **state)
{
	struct arena *arena = arena_new();
	struct names names = {.arena = arena};

	(void)state;
	for (uintptr_t i = 1; i <= 5000; i++)
		*names_at(&names, arena_printf(arena, "name%zu", (size_t)i)) = (void *)i;
	for (uintptr_t i = 1; i <= 5000; i++)
		assert_ptr_equal(*names_at(&names, arena_printf(arena, "name%zu", (size_t)i)),
				 (void *)i);
	assert_null(*names_at(&names, "name0"));
	assert_int_equal(names.count, 5001);
	arena_free(arena);
}

static bool match(const char *pattern, const char *name)
{
	return text_match(pattern, name, strlen(name));
}

static void test_wildcards(void **state)
{
	(void)state;
	assert_true(match("sys_enter_open", "sys_enter_open"));
	assert_false(match("sys_enter_open", "sys_enter_openat"));
	assert_true(match("sys_enter_open*", "sys_enter_open"));
	assert_true(match("*", ""));
	assert_true(match("*_*_*", "a_b_c"));
	assert_false(match("*_*_*", "a_b"));
	assert_true(match("a*b*c", "aXbXbc"));
	assert_true(match("a?c", "abc"));
	assert_false(match("a?c", "ac"));
	assert_true(match("[abc]x", "bx"));
	assert_false(match("[abc]x", "dx"));
	assert_true(match("[a-c]*", "bzz"));
	assert_false(match("[!a-c]*", "bzz"));
	assert_true(match("[!a-c]*", "dzz"));
	assert_true(match("[]]", "]"));
	assert_true(match("a[b", "a[b"));
	assert_false(match("a[b", "ab"));
	assert_true(match("*[0-9]", "open12"));
	assert_false(match("", "a"));
	assert_true(match("", ""));
	assert_false(text_match("abcd", "abcd", 3));
	assert_true(text_is_pattern("a?"));
	assert_false(text_is_pattern("a_b"));
}

/* A pattern of many stars must not take exponential time. */
static void test_wildcards_end(void **state)
{
	char name[2001];

	(void)state;
	memset(name, 'a', 2000);
	name[2000] = 0;
	assert_false(match("*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
}

static const char *nearest(const char *wanted)
{
	static const char *const names[] = {"printf", "print", "strftime", "count", "pid", "tid"};
	struct near near;

	near_start(&near, wanted);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		near_try(&near, names[i], strlen(names[i]));
	return near.best;
}

static void test_near_names(void **state)
{
	(void)state;
	assert_string_equal(nearest("prinft"), "printf");
	assert_string_equal(nearest("Print"), "print");
	assert_string_equal(nearest("cuont"), "count");
	assert_string_equal(nearest("strtime"), "strftime");
	assert_string_equal(nearest("pidd"), "pid");
	assert_null(nearest("foo"));
	assert_null(nearest("x"));
	assert_null(nearest(""));
	assert_null(nearest(
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena_memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(test_arena_gives_large_blocks_of_their_own),
		cmocka_unit_test(test_arena_text),
		cmocka_unit_test(test_source_positions),
		cmocka_unit_test(test_source_empty),
		cmocka_unit_test(test_names_find_what_was_put_in),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_wildcards_end),
		cmocka_unit_test(test_near_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
