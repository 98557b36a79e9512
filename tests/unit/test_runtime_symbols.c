/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of addresses: of this very process, of runtimes' maps, of C++; and stacks as text, from
 * records that may hold anything.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf-helpers/abi.h"
#include "runtime/buffer.h"
#include "runtime/decode.h"
#include "runtime/print/style.h"
#include "runtime/print/value_json.h"
#include "runtime/print/value_text.h"
#include "runtime/stacks.h"
#include "runtime/symbols/demangle.h"
#include "runtime/symbols/perf_map.h"
#include "runtime/symbols/symbols.h"

__attribute__((noinline)) int symbols_test_function(int x);
__attribute__((noinline)) int symbols_test_function(int x)
{
	return x * 5 + (int)strlen("abcd");
}

static void demangles(const char *name, const char *expected)
{
	struct buffer out = {0};

	buffer_add_text(&out, "x");
	assert_int_equal(demangle(&out, name), expected != NULL);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data + 1, expected ? expected : "");
	buffer_free(&out);
}

static void test_demangle(void **state)
{
	(void)state;
	demangles("_Z3addii", "add(int, int)");
	demangles("_ZN4shop6Basket3addIlEElT_PKcj",
		  "long shop::Basket::add<long>(long, char const*, unsigned int)");
	demangles("main", NULL);
	demangles("_", NULL);
	demangles("", NULL);
	demangles("_Z", NULL);
	demangles("_Znonsense", NULL);
}

/* A<B, B>, then A of two of these, and so on: 200 bytes that stand for 2^35 names. */
static void test_demangle_bomb(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char name[512] = "_Z1f1AI1BS0_E";

	(void)state;
	for (int i = 1; i < 35; i++) {
		size_t at = strlen(name);

		snprintf(name + at, sizeof(name) - at, "S_IS%c_S%c_E", digits[i], digits[i]);
	}
	demangles(name, NULL);
	memset(name, 'P', sizeof(name) - 1);
	memcpy(name, "_Z1f", 4);
	demangles(name, NULL);
}

static struct perf_map *map_of(const char *text)
{
	char path[] = "/tmp/duetrace-unit.XXXXXX";
	int fd = mkstemp(path);
	struct perf_map *map;

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	map = perf_map_read(fd);
	close(fd);
	return map;
}

static void test_perf_map(void **state)
{
	struct perf_map *map = map_of("2000 10 second one\n"
				      "1000 20 first\n"
				      "nonsense\n\n"
				      "1000\n1000 \n1000 5\n1000 5 \nzz 1 x\n"
				      "ffffffffffffffff 10 beyond\n"
				      "3000 0 empty\n"
				      "1000 20 again\n"
				      "4000 8 no newline");
	uint64_t start;

	(void)state;
	assert_string_equal(perf_map_at(map, 0x2000, &start), "second one");
	assert_string_equal(perf_map_at(map, 0x200f, &start), "second one");
	assert_true(start == 0x2000);
	assert_null(perf_map_at(map, 0x2010, &start));
	assert_string_equal(perf_map_at(map, 0x1001, &start), "again");
	assert_string_equal(perf_map_at(map, 0x4007, &start), "no newline");
	assert_null(perf_map_at(map, 0x3000, &start));
	assert_null(perf_map_at(map, 0, &start));
	assert_null(perf_map_at(map, UINT64_MAX, &start));
	perf_map_free(map);
	map = map_of("");
	assert_null(perf_map_at(map, 0, &start));
	perf_map_free(map);
}

static void test_own_process(void **state)
{
	const struct symbols_options options = {.demangle = true, .keep = *state != NULL};
	struct symbols *symbols = symbols_new(&options);
	struct symbol symbol;

	for (int round = 0; round < 3; round++) {
		symbols_begin(symbols, (uint32_t)getpid());
		symbols_user(symbols, (uintptr_t)symbols_test_function + 2, &symbol);
		assert_string_equal(symbol.name, "symbols_test_function");
		assert_int_equal(symbol.offset, 2);
		assert_string_equal(strrchr(symbol.object, '/'), "/test_runtime_symbols");
		symbols_user(symbols, (uintptr_t)dlsym(RTLD_DEFAULT, "strtoull"), &symbol);
		assert_non_null(symbol.name);
		assert_non_null(strstr(symbol.object, "libc"));
		symbols_user(symbols, 5, &symbol);
		assert_null(symbol.name);
		symbols_user(symbols, (uintptr_t)&symbol, &symbol);
		assert_null(symbol.name);
		/* a process that cannot be */
		symbols_begin(symbols, UINT32_MAX);
		symbols_user(symbols, (uintptr_t)symbols_test_function, &symbol);
		assert_null(symbol.name);
	}
	symbols_free(symbols);
}

enum { T_KSTACK, T_USTACK, T_KSYM, T_USYM, T_TUPLE, T_COUNT };

static const struct image_field fields[] = {{.type = T_USTACK}, {.type = T_KSYM, .offset = 16}};
static const struct image_type types[] = {
	[T_KSTACK] = {.kind = IMAGE_KSTACK, .size = sizeof(struct abi_stack)},
	[T_USTACK] = {.kind = IMAGE_USTACK, .size = sizeof(struct abi_stack)},
	[T_KSYM] = {.kind = IMAGE_KSYM, .size = 8},
	[T_USYM] = {.kind = IMAGE_USYM, .size = sizeof(struct image_usym)},
	[T_TUPLE] = {.kind = IMAGE_TUPLE, .size = 24, .n_fields = 2},
};
static struct image_arg args[] = {{.type = T_USTACK, .offset = 16}};
static const struct image image = {.types = types, .fields = fields, .args = args, .strings = ""};

struct record {
	struct abi_event header;
	struct abi_stack stack;
	uint64_t frames[8];
};

/* The text of a record's stack; NULL if the record is refused. */
static char *text_of(const struct record *record, size_t size, uint32_t type, struct stacks *stacks)
{
	const struct image_event event = {.n_args = 1, .size = 32};
	struct style style = {.image = &image, .trailer = "..", .stacks = stacks};
	struct decode_arena arena = {0};
	struct buffer out = {0};
	struct value *value;
	int err;

	args[0].type = type;
	err = decode_record(&image, &arena, &event, record, size, &value);
	if (err) {
		assert_int_equal(err, -EBADMSG);
		decode_arena_free(&arena);
		return NULL;
	}
	if (stacks && record->stack.hash)
		stacks_add(stacks, value);
	value_text(&out, &style, value);
	buffer_add_byte(&out, '\0');
	decode_arena_free(&arena);
	return out.data;
}

static void shows(const struct record *record, uint32_t type, struct stacks *stacks,
		  const char *expected)
{
	char *text = text_of(record, sizeof(*record), type, stacks);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

#define HOW(mode) (127 | (mode) << ABI_STACK_MODE_SHIFT | ABI_STACK_INLINE)

static void test_stack_text(void **state)
{
	struct record record = {.stack = {.frames = 2, .how = HOW(ABI_STACK_NAMES)},
				.frames = {0x10, 0xffff}};

	(void)state;
	shows(&record, T_USTACK, NULL, "\n        0x10\n        0xffff\n");
	shows(&record, T_KSTACK, NULL, "\n        0x10\n        0xffff\n");
	record.stack.how = HOW(ABI_STACK_PERF);
	shows(&record, T_USTACK, NULL, "\n\t10 0x10 ([unknown])\n\tffff 0xffff ([unknown])\n");
	shows(&record, T_KSTACK, NULL, "\n\t10 0x10\n\tffff 0xffff\n");
	record.stack.how = HOW(ABI_STACK_RAW);
	shows(&record, T_USTACK, NULL, "\n10\nffff\n");
	record.stack.frames = 0;
	shows(&record, T_USTACK, NULL, "");
	/* a build ID: status, 20 bytes, offset */
	record.stack = (struct abi_stack){.frames = 2, .how = HOW(ABI_STACK_BUILD_ID)};
	memset(record.frames, 0, sizeof(record.frames));
	memcpy(record.frames, "\1\0\0\0ABCDEFGHIJKLMNOPQRST\x34\x12", 26);
	record.frames[4] = 2;
	record.frames[7] = 0x55;
	shows(&record, T_USTACK, NULL, "\n4142434445464748494a4b4c4d4e4f5051525354 0x1234\n0x55\n");
}

/* Frames that were sent apart. */
static void test_kept_stacks(void **state)
{
	struct stacks stacks = {.options = {.demangle = true, .keep = true}};
	struct record record = {.stack = {.frames = 1, .how = HOW(ABI_STACK_RAW)}};

	(void)state;
	for (uint64_t i = 1; i <= 2000; i++) {
		char expected[32];

		record.stack.hash = i << 32 | 1;
		record.frames[0] = i;
		snprintf(expected, sizeof(expected), "\n%llx\n", (unsigned long long)i);
		shows(&record, T_KSTACK, &stacks, expected);
	}
	record.stack.how &= ~ABI_STACK_INLINE;
	record.frames[0] = 77;
	record.stack.hash = 1000ULL << 32 | 1;
	shows(&record, T_KSTACK, &stacks, "\n3e8\n");
	/* more frames than were sent, one that never was, none */
	record.stack.frames = 5;
	shows(&record, T_KSTACK, &stacks, "\n        [lost stack]\n");
	record.stack.frames = 1;
	record.stack.hash = 5;
	shows(&record, T_KSTACK, &stacks, "\n        [lost stack]\n");
	record.stack.hash = 0;
	shows(&record, T_KSTACK, &stacks, "\n        [lost stack]\n");
	stacks_free(&stacks);
}

/* Beyond the limit frames are lost, what is kept stays. */
static void test_stacks_limit(void **state)
{
	struct stacks stacks = {.limit = 1000};
	struct record record = {.stack = {.frames = 1, .how = HOW(ABI_STACK_RAW)}};

	(void)state;
	for (uint64_t i = 1; i <= 100; i++) {
		record.stack.hash = i << 32 | 1;
		record.frames[0] = i;
		free(text_of(&record, sizeof(record), T_KSTACK, &stacks));
	}
	assert_true(stacks.full);
	assert_true(stacks.bytes < 1100);
	record.stack.how &= ~ABI_STACK_INLINE;
	shows(&record, T_KSTACK, &stacks, "\n        [lost stack]\n");
	record.stack.hash = 1ULL << 32 | 1;
	shows(&record, T_KSTACK, &stacks, "\n1\n");
	stacks_free(&stacks);
}

static void test_damaged_records(void **state)
{
	struct record record = {.stack = {.frames = 9, .how = HOW(ABI_STACK_NAMES)}};

	(void)state;
	assert_null(text_of(&record, sizeof(record), T_USTACK, NULL));
	record.stack.frames = UINT16_MAX;
	record.stack.how = UINT16_MAX;
	assert_null(text_of(&record, sizeof(record), T_USTACK, NULL));
	record.stack.frames = 1;
	record.stack.how = HOW(ABI_STACK_RAW);
	assert_null(text_of(&record, 39, T_USTACK, NULL));
	assert_null(text_of(&record, 31, T_USTACK, NULL));
	free(text_of(&record, 40, T_USTACK, NULL));
}

/* What is no scalar of JSON is its text. */
static void test_symbols_text(void **state)
{
	struct style style = {.image = &image, .trailer = ".."};
	struct decode_arena arena = {0};
	struct buffer out = {0};
	struct value value;
	uint64_t address = 0xabc;
	struct image_usym usym = {.address = 0xdef, .tgid = 1};

	(void)state;
	assert_int_equal(decode_value(&image, &arena, T_KSYM, &address, &value), 0);
	value_text(&out, &style, &value);
	value_json(&out, &style, &value);
	assert_int_equal(decode_value(&image, &arena, T_USYM, &usym, &value), 0);
	value_text(&out, &style, &value);
	value_json(&out, &style, &value);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data, "0xabc\"0xabc\"0xdef\"0xdef\"");
	buffer_free(&out);
	decode_arena_free(&arena);
}

int main(void)
{
	static int keep;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_demangle),
		cmocka_unit_test(test_demangle_bomb),
		cmocka_unit_test(test_perf_map),
		cmocka_unit_test_prestate(test_own_process, NULL),
		cmocka_unit_test_prestate(test_own_process, &keep),
		cmocka_unit_test(test_stack_text),
		cmocka_unit_test(test_kept_stacks),
		cmocka_unit_test(test_stacks_limit),
		cmocka_unit_test(test_damaged_records),
		cmocka_unit_test(test_symbols_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
