/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every conversion of the printf engine. What is expected follows from the printf table of the
 * language: no modifier means 32 bits, precision has no effect, 0 pads with zeros, 0 has no prefix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/buffer.h"
#include "runtime/print/print_format.h"
#include "runtime/value.h"

/* Format one value with one piece and compare. */
static void expect(const struct image_piece *piece, const struct value *value, const char *text)
{
	struct image image = {.pieces = piece};
	struct style style = {.image = &image, .trailer = ".."};
	struct image_event event = {.n_args = 1, .n_pieces = 1};
	struct buffer out = {0};

	print_format(&out, &style, &event, value);
	buffer_add_byte(&out, '\0');
	assert_string_equal(out.data, text);
	buffer_free(&out);
}

static void number(char conversion, uint8_t bytes, uint8_t flags, uint32_t width, int64_t n,
		   const char *text)
{
	struct image_piece piece = {
		.conversion = (uint8_t)conversion,
		.bytes = bytes,
		.flags = flags,
		.width = width,
		.precision = -1,
	};
	struct value value = {.kind = IMAGE_INT, .is_signed = true, .number = (uint64_t)n};

	expect(&piece, &value, text);
}

static void test_widths(void **state)
{
	(void)state;
	number('d', 4, 0, 0, 42, "42");
	number('i', 4, 0, 0, -42, "-42");
	number('d', 4, 0, 0, 0x1ffffffffLL, "-1");
	number('d', 8, 0, 0, 0x1ffffffffLL, "8589934591");
	number('d', 1, 0, 0, 300, "44");
	number('d', 2, 0, 0, 65535, "-1");
	number('d', 8, 0, 0, INT64_MIN, "-9223372036854775808");
	number('u', 4, 0, 0, -1, "4294967295");
	number('u', 8, 0, 0, -1, "18446744073709551615");
	number('u', 1, 0, 0, -1, "255");
	number('x', 4, 0, 0, -1, "ffffffff");
	number('x', 8, 0, 0, -1, "ffffffffffffffff");
	number('X', 4, 0, 0, 0xbeef, "BEEF");
	number('o', 4, 0, 0, 8, "10");
}

static void test_flags(void **state)
{
	(void)state;
	number('x', 4, IMAGE_PIECE_ALT, 0, 255, "0xff");
	number('X', 4, IMAGE_PIECE_ALT, 0, 255, "0XFF");
	number('x', 4, IMAGE_PIECE_ALT, 0, 0, "0");
	number('o', 4, IMAGE_PIECE_ALT, 0, 8, "010");
	number('o', 4, IMAGE_PIECE_ALT, 0, 0, "0");
	number('d', 4, IMAGE_PIECE_PLUS, 0, 5, "+5");
	number('d', 4, IMAGE_PIECE_PLUS, 0, -5, "-5");
	number('d', 4, IMAGE_PIECE_SPACE, 0, 5, " 5");
	number('d', 4, 0, 6, 42, "    42");
	number('d', 4, IMAGE_PIECE_LEFT, 6, 42, "42    ");
	number('d', 4, IMAGE_PIECE_ZERO, 6, 42, "000042");
	number('d', 4, IMAGE_PIECE_ZERO, 6, -42, "-00042");
	number('x', 4, IMAGE_PIECE_ZERO | IMAGE_PIECE_ALT, 8, 255, "0x0000ff");
	number('d', 4, 0, 2, 12345, "12345");
}

static void test_characters_and_pointers(void **state)
{
	(void)state;
	number('c', 4, 0, 0, 'A', "A");
	number('c', 4, 0, 0, 0x141, "A");
	number('c', 4, 0, 3, 'A', "  A");
	number('p', 8, 0, 0, 0xffff888000000000LL, "0xffff888000000000");
	number('p', 8, 0, 0, 0, "0");
	number('s', 4, 0, 0, -7, "-7");
}

static void text(uint8_t flags, uint32_t width, int32_t precision, const char *bytes, bool cut,
		 const char *expected)
{
	struct image_piece piece = {
		.conversion = 's', .flags = flags, .width = width, .precision = precision};
	struct value value = {
		.kind = IMAGE_STRING,
		.cut = cut,
		.string = {bytes, (uint32_t)strlen(bytes)},
	};

	expect(&piece, &value, expected);
}

static void test_strings(void **state)
{
	(void)state;
	text(0, 0, -1, "hello", false, "hello");
	text(0, 8, -1, "hello", false, "   hello");
	text(IMAGE_PIECE_LEFT, 8, -1, "hello", false, "hello   ");
	text(IMAGE_PIECE_ZERO, 8, -1, "hello", false, "000hello");
	text(0, 0, 3, "hello", false, "hello");
	text(0, 0, -1, "hello", true, "hello..");
	text(0, 0, -1, "", false, "");
}

static void bytes(char variant, const char *expected)
{
	struct image_piece piece = {
		.conversion = 'r', .variant = (uint8_t)variant, .precision = -1};
	struct value value = {.kind = IMAGE_BUFFER, .string = {"a\n\xfe~", 4}};

	expect(&piece, &value, expected);
}

static void test_buffers(void **state)
{
	(void)state;
	bytes(0, "a\\x0a\\xfe~");
	bytes('x', "\\x61\\x0a\\xfe\\x7e");
	bytes('h', "61 0a fe 7e");
}

/* Literals hold any byte, a NUL too. */
static void test_literals(void **state)
{
	static const char strings[] = "a\0b";
	struct image_piece piece = {.text = 0, .length = 3, .arg = IMAGE_NONE};
	struct image image = {.pieces = &piece, .strings = strings};
	struct style style = {.image = &image, .trailer = ".."};
	struct image_event event = {.n_pieces = 1};
	struct buffer out = {0};

	(void)state;
	print_format(&out, &style, &event, NULL);
	assert_int_equal(out.length, 3);
	assert_memory_equal(out.data, "a\0b", 3);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_characters_and_pointers),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_buffers),
		cmocka_unit_test(test_literals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
