/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as text and JSON, histograms, and the reduction and order of maps, from bytes as the
 * kernel holds them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf-helpers/abi.h"
#include "runtime/buffer.h"
#include "runtime/map_series.h"
#include "runtime/maps.h"
#include "runtime/print/histogram.h"
#include "runtime/print/map_print.h"
#include "runtime/print/value_json.h"
#include "runtime/print/value_text.h"
#include "tests/unit/small_image.h"

static const char strings[] = "\0a\0b\0RED\0@x";
enum { S_EMPTY = 0, S_A = 1, S_B = 3, S_RED = 5, S_MAP = 9 };

enum {
	T_I64,
	T_U32,
	T_STRING,
	T_TUPLE,
	T_RECORD,
	T_ENUM,
	T_ARRAY,
	T_BITS,
	T_POINTER,
	T_BOOL,
	T_COUNT,
	T_MIN,
	T_AVG,
	T_STATS,
	T_HIST,
	T_LHIST
};

static const struct image_field fields[] = {
	{.type = T_U32, .offset = 0},
	{.type = T_STRING, .offset = 4},
	{.name = S_A, .type = T_U32},
	{.name = S_B, .type = T_STRING, .offset = 4},
	{.name = S_RED, .type = IMAGE_NONE, .value = 3},
	{.name = S_A, .type = T_U32, .bit = 4, .bits = 8},
};

static const struct image_type types[] = {
	[T_I64] = {.kind = IMAGE_INT, .size = 8, .flags = IMAGE_TYPE_SIGNED},
	[T_U32] = {.kind = IMAGE_INT, .size = 4},
	[T_STRING] = {.kind = IMAGE_STRING, .size = 4},
	[T_TUPLE] = {.kind = IMAGE_TUPLE, .size = 8, .first_field = 0, .n_fields = 2},
	[T_RECORD] = {.kind = IMAGE_STRUCT, .size = 8, .first_field = 2, .n_fields = 2},
	[T_ENUM] = {.kind = IMAGE_ENUM, .size = 4, .first_field = 4, .n_fields = 1},
	[T_ARRAY] = {.kind = IMAGE_ARRAY, .size = 12, .elem = T_U32, .count = 3},
	[T_BITS] = {.kind = IMAGE_STRUCT, .size = 4, .first_field = 5, .n_fields = 1},
	[T_POINTER] = {.kind = IMAGE_POINTER, .size = 8, .elem = IMAGE_NONE},
	[T_BOOL] = {.kind = IMAGE_BOOL, .size = 1},
	[T_COUNT] = {.kind = IMAGE_COUNT, .size = 8},
	[T_MIN] = {.kind = IMAGE_MIN, .size = 8, .flags = IMAGE_TYPE_SIGNED},
	[T_AVG] = {.kind = IMAGE_AVG, .size = 16, .flags = IMAGE_TYPE_SIGNED},
	[T_STATS] = {.kind = IMAGE_STATS, .size = 16, .flags = IMAGE_TYPE_SIGNED},
	[T_HIST] = {.kind = IMAGE_HIST},
	[T_LHIST] = {.kind = IMAGE_LHIST},
};

static const struct image image = {.types = types, .fields = fields, .strings = strings};

static void both(uint32_t type, const void *bytes, const char *text, const char *json)
{
	struct style style = {.image = &image, .trailer = ".."};
	struct decode_arena arena = {0};
	struct buffer out = {0};
	struct value value;

	assert_int_equal(decode_value(&image, &arena, type, bytes, &value), 0);
	value_text(&out, &style, &value);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data, text);
	out.length = 0;
	value_json(&out, &style, &value);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data, json);
	buffer_free(&out);
	decode_arena_free(&arena);
}

static void test_values(void **state)
{
	(void)state;
	both(T_I64, &(int64_t){-5}, "-5", "-5");
	both(T_I64, &(int64_t){INT64_MAX}, "9223372036854775807", "\"9223372036854775807\"");
	both(T_I64, &(int64_t){1LL << 53}, "9007199254740992", "9007199254740992");
	both(T_I64, &(int64_t){(1LL << 53) + 1}, "9007199254740993", "\"9007199254740993\"");
	both(T_I64, &(int64_t){1LL << 62}, "4611686018427387904", "4611686018427387904");
	both(T_U32, &(uint32_t){UINT32_MAX}, "4294967295", "4294967295");
	both(T_BOOL, "\1", "true", "true");
	both(T_BOOL, "\0", "false", "false");
	both(T_POINTER, &(uint64_t){0xff}, "0xff", "255");
	both(T_STRING, "abc", "abc", "\"abc\"");
	both(T_STRING, "abcd", "abcd..", "\"abcd..\""); /* no NUL: a full array of characters */
	both(T_STRING, "abc\1", "abc..", "\"abc..\"");   /* ABI_CUT: cut, and the last byte a mark */
	both(T_ENUM, &(uint32_t){3}, "RED", "3");
	both(T_ENUM, &(uint32_t){4}, "4", "4");
	both(T_ARRAY, (const uint32_t[]){1, 2, 3}, "[1,2,3]", "[1,2,3]");
	both(T_TUPLE, "\1\0\0\0hi\0", "(1, hi)", "[1,\"hi\"]");
	both(T_RECORD, "\1\0\0\0x\0\0", "{ .a = 1, .b = x }", "{\"a\": 1, \"b\": \"x\"}");
	both(T_BITS, &(uint32_t){0xfffffabf}, "{ .a = 171 }", "{\"a\": 171}");
	both(T_STATS, (const int64_t[]){-10, 3}, "{ .count = 3, .average = -3, .total = -10 }",
	     "{\"count\": 3, \"average\": -3, \"total\": -10}");
	both(T_AVG, (const int64_t[]){-40, 2}, "-20", "-20");
	/* No divisor is -1: that would be a trap. */
	both(T_AVG, (const int64_t[]){INT64_MIN, -1}, "0", "0");
	both(T_AVG, (const int64_t[]){INT64_MIN, INT64_MAX}, "-1", "-1");
}

/* The newest interval is the last that there is a number for: it ends, and stays within what there is. */
static void test_series_ends(void **state)
{
	const struct image_map map = {.numbers = {1000, 4, ABI_SERIES_AVG}};
	struct abi_series circle[4] = {{0}};
	uint64_t points[4 * 2];
	struct value value = {.is_signed = true};

	(void)state;
	for (uint64_t i = 0; i < 4; i++) {
		uint64_t epoch = UINT64_MAX - i;

		circle[(epoch - 1) % 4] = (struct abi_series){.epoch = epoch, .value = INT64_MIN, .extra = UINT64_MAX};
	}
	map_series_reduce(&map, (const char *)circle, 1, sizeof(circle), points, &value);
	assert_int_equal(value.series.count, 4);
	for (uint32_t i = 0; i < 4; i++) {
		assert_true(value.series.points[i].epoch == UINT64_MAX - 4 + i);
		assert_true(value.series.points[i].value == 0);
	}
}

static void json(const char *bytes, size_t length, const char *expected)
{
	struct buffer out = {0};

	json_string(&out, bytes, length);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data, expected);
	buffer_free(&out);
}

static void test_json_strings(void **state)
{
	(void)state;
	json("a\"b\\c\n\r\t\x01", 9, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\"");
	json("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
	/* Not UTF-8: a lone byte, an overlong slash, a surrogate, a sequence cut short. */
	json("\xff", 1, "\"\xef\xbf\xbd\"");
	json("\xc0\xaf", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	json("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	json("\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void test_escape(void **state)
{
	/* The last: a mark of direction, what is not UTF-8, a C1 control in another encoding. */
	static const char hostile[] = "a\x1b[2J\n\x07\xc2\x9b\xc3\xa9\xe2\x80\xae\xff\x9b";
	struct style style = {.image = &image, .trailer = "..", .escape = true};
	struct buffer out = {0};

	(void)state;
	value_text_bytes(&out, &style, hostile, sizeof(hostile) - 1);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data, "a\\x1b[2J\\n\\x07\\xc2\\x9b\xc3\xa9\\xe2\\x80\\xae\\xff\\x9b");
	assert_true(style.escaped);
	buffer_free(&out);
}

/* A keyed or scalar map of `count` entries on two CPUs, from bytes that a test lays out. */
static void print_map(const struct image_map *map, const void *keys, const void *values,
		      uint32_t count, uint32_t cpus, uint64_t top, uint64_t div, const char *text,
		      const char *json_text)
{
	struct style style = {.image = &image, .trailer = ".."};
	struct map_snapshot snapshot;
	struct map_raw raw = {.count = count, .cpus = cpus, .stride = map->value_size};
	size_t key_size = map->flags & IMAGE_MAP_SCALAR ? 4 : map->key_size;
	struct buffer out = {0};

	raw.keys = calloc(count + 1, key_size);
	raw.values = malloc((size_t)count * cpus * map->value_size + 1);
	if (keys)
		memcpy(raw.keys, keys, count * key_size);
	memcpy(raw.values, values, (size_t)count * cpus * map->value_size);
	assert_int_equal(map_snapshot_make(&snapshot, &image, map, &raw, top, div), 0);
	map_text(&out, &style, &snapshot);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data, text);
	out.length = 0;
	map_json(&out, &style, &snapshot);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data, json_text);
	buffer_free(&out);
	map_snapshot_free(&snapshot);
}

static void test_maps(void **state)
{
	const struct image_map counts = {.name = S_MAP,
					 .flags = IMAGE_MAP_PERCPU,
					 .key = T_I64,
					 .key_size = 8,
					 .value = T_COUNT,
					 .value_size = 8};
	const struct image_map min = {.name = S_MAP,
				      .flags = IMAGE_MAP_PERCPU | IMAGE_MAP_SCALAR,
				      .key = IMAGE_NONE,
				      .value = T_MIN,
				      .value_size = 24};
	const struct image_map text = {
		.name = S_MAP, .key = T_TUPLE, .key_size = 8, .value = T_STRING, .value_size = 4};

	(void)state;
	/* By value, then by key; each entry's two CPUs are added. */
	print_map(&counts, (const int64_t[]){3, -2, 1}, (const int64_t[]){4, 1, 2, 3, 1, 1}, 3, 2,
		  0, 0, "@x[1]: 2\n@x[-2]: 5\n@x[3]: 5\n",
		  "{\"type\": \"map\", \"data\": {\"@x\": {\"1\": 2, \"-2\": 5, \"3\": 5}}}\n");
	/* The last of the order, divided. */
	print_map(&counts, (const int64_t[]){3, 1}, (const int64_t[]){9, 0, 20, 1}, 2, 2, 1, 4,
		  "@x[1]: 5\n", "{\"type\": \"map\", \"data\": {\"@x\": {\"1\": 5}}}\n");
	/* Only CPUs that have a value count: -7, not 0. */
	print_map(&min, NULL, (const int64_t[]){0, 0, 0, 1, -7, 1}, 1, 2, 0, 0, "@x: -7\n",
		  "{\"type\": \"map\", \"data\": {\"@x\": -7}}\n");
	print_map(&min, NULL, (const int64_t[]){1, 9, 1, 1, 8, 1}, 1, 2, 0, 0, "@x: 8\n",
		  "{\"type\": \"map\", \"data\": {\"@x\": 8}}\n");
	/* Strings go by key: (1, b) before (2, a); JSON keys have no blanks. */
	print_map(&text, "\2\0\0\0a\0\0\0\1\0\0\0b\0\0\0", "x\0\0\0y\0\0\0", 2, 1, 0, 0,
		  "@x[1, b]: y\n@x[2, a]: x\n",
		  "{\"type\": \"map\", \"data\": {\"@x\": {\"1,b\": \"y\", \"2,a\": \"x\"}}}\n");
	print_map(&counts, NULL, "", 0, 2, 0, 0, "", "");
}

#define BAR  "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@"
#define HALF "@@@@@@@@@@@@@@@@@@@@@@@@@@                          "
#define NONE "                                                    "

static void histogram(struct value *value, const char *text, const char *json_text)
{
	const struct style style = {0};
	struct buffer out = {0};

	histogram_text(&out, &style, value, 1);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data, text);
	out.length = 0;
	histogram_json(&out, value, 1);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data, json_text);
	buffer_free(&out);
}

/* hist(-1), hist(2) twice, hist(7): the example of the language's description. */
static void test_hist(void **state)
{
	uint64_t buckets[ABI_HIST_BUCKETS(0)] = {[0] = 1, [3] = 2, [4] = 1};
	struct value value = {.kind = IMAGE_HIST,
			      .histogram = {buckets, ABI_HIST_BUCKETS(0), (const int64_t[]){0}}};

	(void)state;
	histogram(&value,
		  "(..., 0)               1 |" HALF "|\n"
		  "[0]                    0 |" NONE "|\n"
		  "[1]                    0 |" NONE "|\n"
		  "[2, 4)                 2 |" BAR "|\n"
		  "[4, 8)                 1 |" HALF "|\n",
		  "[{\"max\": -1, \"count\": 1},{\"min\": 0, \"max\": 0, \"count\": 0},"
		  "{\"min\": 1, \"max\": 1, \"count\": 0},{\"min\": 2, \"max\": 3, \"count\": 2},"
		  "{\"min\": 4, \"max\": 7, \"count\": 1}]");
	memset(buckets, 0, sizeof(buckets));
	buckets[12] = 1; /* 1024 .. 2047 */
	buckets[65] = 1; /* the highest */
	buckets[64] = 0;
	value.histogram.count = 13;
	histogram(&value, "[1K, 2K)               1 |" BAR "|\n",
		  "[{\"min\": 1024, \"max\": 2047, \"count\": 1}]");
	buckets[12] = 0;
	value.histogram.count = 66;
	histogram(&value, "[8E, 16E)              1 |" BAR "|\n",
		  "[{\"min\": 9223372036854775808, \"max\": \"18446744073709551615\", "
		  "\"count\": 1}]");
	buckets[65] = 0;
	histogram(&value, "", "[]");
}

/* k = 2: 5 is in a bucket of its own, 8 shares one with 9, 10 with 11. */
static void test_hist_with_sub_buckets(void **state)
{
	uint64_t buckets[ABI_HIST_BUCKETS(2)] = {0};
	struct value value = {.kind = IMAGE_HIST,
			      .histogram = {buckets, ABI_HIST_BUCKETS(2), (const int64_t[]){2}}};

	(void)state;
	buckets[5 + 1] = 2;
	/* e = 3: ((3 - 2 + 1) << 2) + (8 >> 1 & 3) + 1 */
	buckets[8 + 0 + 1] = 1;
	histogram(
		&value,
		"[5]                    2 |" BAR "|\n"
		"[6]                    0 |" NONE "|\n"
		"[7]                    0 |" NONE "|\n"
		"[8, 10)                1 |" HALF "|\n",
		"[{\"min\": 5, \"max\": 5, \"count\": 2},{\"min\": 6, \"max\": 6, \"count\": 0},"
		"{\"min\": 7, \"max\": 7, \"count\": 0},{\"min\": 8, \"max\": 9, \"count\": 1}]");
}

static void test_lhist(void **state)
{
	uint64_t buckets[4] = {1, 0, 2, 1};
	struct value value = {.kind = IMAGE_LHIST,
			      .histogram = {buckets, 4, (const int64_t[]){-10, 10, 10}}};

	(void)state;
	histogram(&value,
		  "(..., -10)             1 |" HALF "|\n"
		  "[-10, 0)               0 |" NONE "|\n"
		  "[0, 10)                2 |" BAR "|\n"
		  "[10, ...)              1 |" HALF "|\n",
		  "[{\"max\": -11, \"count\": 1},{\"min\": -10, \"max\": -1, \"count\": 0},"
		  "{\"min\": 0, \"max\": 9, \"count\": 2},{\"min\": 10, \"count\": 1}]");
	value.histogram.numbers = (const int64_t[]){0, 2048, 1024};
	histogram(&value,
		  "(..., 0)               1 |" HALF "|\n"
		  "[0, 1K)                0 |" NONE "|\n"
		  "[1K, 2K)               2 |" BAR "|\n"
		  "[2K, ...)              1 |" HALF "|\n",
		  "[{\"max\": -1, \"count\": 1},{\"min\": 0, \"max\": 1023, \"count\": 0},"
		  "{\"min\": 1024, \"max\": 2047, \"count\": 2},{\"min\": 2048, \"count\": 1}]");
	value.histogram.numbers = (const int64_t[]){0, 2, 1};
	histogram(&value,
		  "(..., 0)               1 |" HALF "|\n"
		  "[0]                    0 |" NONE "|\n"
		  "[1]                    2 |" BAR "|\n"
		  "[2, ...)               1 |" HALF "|\n",
		  "[{\"max\": -1, \"count\": 1},{\"min\": 0, \"max\": 0, \"count\": 0},"
		  "{\"min\": 1, \"max\": 1, \"count\": 2},{\"min\": 2, \"count\": 1}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values), cmocka_unit_test(test_series_ends), cmocka_unit_test(test_json_strings),
		cmocka_unit_test(test_escape), cmocka_unit_test(test_maps),
		cmocka_unit_test(test_hist),   cmocka_unit_test(test_hist_with_sub_buckets),
		cmocka_unit_test(test_lhist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
