/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types: interned, laid out by the C ABI, printed as messages show them; and prototypes, formats,
 * integer literals and tracepoint formats, which all end in types or their like.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/image.h"
#include "lang/arena.h"
#include "lang/format.h"
#include "lang/parse.h"
#include "lang/proto.h"
#include "lang/tracepoint_format.h"
#include "lang/type.h"

static struct arena *arena;
static struct types *types;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	types = types_new(arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void test_types_are_interned(void **state)
{
	const struct type *elems[] = {type_int(types, 1, true), type_string(types, 16)};

	(void)state;
	assert_ptr_equal(type_int(types, 4, false), type_int(types, 4, false));
	assert_ptr_not_equal(type_int(types, 4, false), type_int(types, 4, true));
	assert_ptr_not_equal(type_int(types, 4, true), type_literal_int(types, 4, true));
	assert_ptr_equal(type_tuple(types, elems, 2), type_tuple(types, elems, 2));
	assert_ptr_not_equal(type_tuple(types, elems, 2), type_tuple(types, elems, 1));
	for (uint32_t i = 1; i < 2000; i++)
		assert_int_equal(type_string(types, i)->size, i);
	assert_ptr_equal(type_string(types, 16), elems[1]);
	assert_ptr_not_equal(type_pointer(types, NULL, SPACE_USER),
			     type_pointer(types, NULL, SPACE_KERNEL));
}

/* What a C compiler does with the same members. */
static void test_tuples_are_laid_out_like_structs(void **state)
{
	struct model {
		int8_t a;
		int64_t b;
		char c[3];
		uint16_t d;
		int8_t e;
	};
	const struct type *elems[] = {type_int(types, 1, true), type_int(types, 8, true),
				      type_string(types, 3), type_int(types, 2, false),
				      type_int(types, 1, true)};
	const struct type *tuple = type_tuple(types, elems, 5);

	(void)state;
	assert_int_equal(tuple->size, sizeof(struct model));
	assert_int_equal(tuple->align, _Alignof(struct model));
	assert_int_equal(tuple->fields[1].offset, offsetof(struct model, b));
	assert_int_equal(tuple->fields[2].offset, offsetof(struct model, c));
	assert_int_equal(tuple->fields[3].offset, offsetof(struct model, d));
	assert_int_equal(tuple->fields[4].offset, offsetof(struct model, e));
	assert_int_equal(type_tuple(types, NULL, 0)->size, 0);
}

static void check_text(const struct type *type, const char *text)
{
	assert_string_equal(type_text(arena, type), text);
}

static void test_type_texts(void **state)
{
	const struct type *elems[] = {type_int(types, 8, true), type_string(types, 16)};
	const struct type *file = type_struct(types, TYPE_STRUCT, "file", NULL, 0, 0, 1);

	(void)state;
	check_text(type_int(types, 8, false), "uint64");
	check_text(type_int(types, 1, true), "int8");
	check_text(type_string(types, 64), "string[64]");
	check_text(type_tuple(types, elems, 2), "(int64, string[16])");
	check_text(type_tuple(types, elems, 1), "(int64,)");
	check_text(type_array(types, type_int(types, 4, true), 3), "int32[3]");
	check_text(type_pointer(types, file, SPACE_KERNEL), "struct file *");
	check_text(type_pointer(types, NULL, SPACE_USER), "void *");
	check_text(type_simple(types, TYPE_SUM, false), "usum_t");
	check_text(type_simple(types, TYPE_COUNT, false), "count_t");
}

static void test_prototypes(void **state)
{
	struct proto proto;

	(void)state;
	assert_true(proto_parse(arena, "str[16] (ptr task_struct, u64, [literal], ...)", &proto));
	assert_int_equal(proto.result.kind, PROTO_STR);
	assert_int_equal(proto.result.size, 16);
	assert_int_equal(proto.n_params, 3);
	assert_int_equal(proto.n_required, 2);
	assert_true(proto.variadic);
	assert_int_equal(proto.params[0].kind, PROTO_PTR);
	assert_string_equal(proto.params[0].name, "task_struct");
	assert_int_equal(proto.params[1].size, 8);
	assert_false(proto.params[1].is_signed);
	assert_int_equal(proto.params[2].kind, PROTO_LITERAL);
	assert_true(proto_parse(arena, "void ()", &proto));
	assert_int_equal(proto.n_params, 0);
	assert_true(proto_parse(arena, "count_t ()", &proto));
	assert_int_equal(proto.result.type, TYPE_COUNT);
}

static void test_bad_prototypes(void **state)
{
	static const char *const bad[] = {
		"",	    "u64",	  "u65 ()",	      "u64 (",
		"u64 (u64", "u64 ([u64)", "u64 ([u64], u64)", "u64 (..., u64)",
		"u64 () x", "str[] ()",	  "u64 (u64 u64)",    "u64 (u8, u8, u8, u8, u8, u8, u8)",
	};
	struct proto proto;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(proto_parse(arena, bad[i], &proto));
}

static void test_builtins(void **state)
{
	const struct builtin *builtins = builtins_new(arena);

	(void)state;
	assert_int_equal(builtin_find(builtins, "str")->id, BUILTIN_str);
	assert_true(builtin_find(builtins, "hist")->aggregation);
	assert_false(builtin_find(builtins, "print")->aggregation);
	assert_null(builtin_find(builtins, "no_such"));
}

static struct format *format(const char *text, enum format_error wanted)
{
	struct format *result;
	const char *bad;

	assert_int_equal(format_parse(arena, text, strlen(text), (struct span){0}, &result, &bad),
			 wanted);
	return result;
}

static void check_piece(const char *text, char conversion, uint8_t flags, uint32_t width,
			int32_t precision, uint8_t bytes)
{
	const struct format *parsed = format(text, FORMAT_OK);
	const struct format_piece *piece = &parsed->pieces[0];

	assert_int_equal(parsed->n_pieces, 1);
	assert_int_equal(piece->conversion, conversion);
	assert_int_equal(piece->flags, flags);
	assert_int_equal(piece->width, width);
	assert_int_equal(piece->precision, precision);
	assert_int_equal(piece->bytes, bytes);
}

static void test_format_conversions(void **state)
{
	(void)state;
	check_piece("%d", 'd', 0, 0, -1, 4);
	check_piece("%hhd", 'd', 0, 0, -1, 1);
	check_piece("%hu", 'u', 0, 0, -1, 2);
	check_piece("%lx", 'x', 0, 0, -1, 8);
	check_piece("%lld", 'd', 0, 0, -1, 8);
	check_piece("%zu", 'u', 0, 0, -1, 8);
	check_piece("%-16s", 's', IMAGE_PIECE_LEFT, 16, -1, 8);
	check_piece("%06d", 'd', IMAGE_PIECE_ZERO, 6, -1, 4);
	check_piece("%+ #0-8.3X", 'X',
		    IMAGE_PIECE_PLUS | IMAGE_PIECE_SPACE | IMAGE_PIECE_ALT | IMAGE_PIECE_ZERO |
			    IMAGE_PIECE_LEFT,
		    8, 3, 4);
	check_piece("%*d", 'd', 0, 0, -1, 4);
	check_piece("%.s", 's', 0, 0, 0, 8);
	check_piece("%c", 'c', 0, 0, -1, 1);
	check_piece("%99999999999d", 'd', 0, 65535, -1, 4);
	assert_int_equal(format("%rh", FORMAT_OK)->pieces[0].variant, 'h');
	assert_int_equal(format("%rx", FORMAT_OK)->pieces[0].variant, 'x');
	assert_int_equal(format("%r", FORMAT_OK)->pieces[0].variant, 0);
}

static void test_format_literals(void **state)
{
	const struct format *parsed = format("a%%b%dc%%", FORMAT_OK);

	(void)state;
	assert_int_equal(parsed->n_pieces, 3);
	assert_int_equal(parsed->n_conversions, 1);
	assert_string_equal(parsed->pieces[0].text, "a%b");
	assert_null(parsed->pieces[1].text);
	assert_string_equal(parsed->pieces[2].text, "c%");
	assert_int_equal(format("", FORMAT_OK)->n_pieces, 0);
}

static void test_bad_formats(void **state)
{
	(void)state;
	format("%", FORMAT_UNKNOWN);
	format("abc%5", FORMAT_UNKNOWN);
	format("%y", FORMAT_UNKNOWN);
	format("%ll", FORMAT_UNKNOWN);
	format("%f", FORMAT_UNSUPPORTED);
	format("%5.2e", FORMAT_UNSUPPORTED);
}

static void check_number(const char *text, uint64_t value)
{
	uint64_t got;

	assert_true(literal_parse(text, strlen(text), &got));
	assert_true(got == value);
}

static void test_integer_literals(void **state)
{
	static const char *const bad[] = {"",
					  "x",
					  "0x",
					  "0b",
					  "0b2",
					  "09",
					  "1_x",
					  "1e",
					  "12e3",
					  "0e1",
					  "1ee",
					  "1dd",
					  "_1",
					  "1 2",
					  "-1",
					  "1.5",
					  "18446744073709551616",
					  "0x10000000000000000",
					  "1U"};
	uint64_t value;

	(void)state;
	check_number("0", 0);
	check_number("0123", 83);
	check_number("0x1f", 31);
	check_number("0b101", 5);
	check_number("1_000_000", 1000000);
	check_number("2e3", 2000);
	check_number("18446744073709551615", UINT64_MAX);
	check_number("10ull", 10);
	check_number("100ns", 100);
	check_number("5us", 5000);
	check_number("3ms", 3000000);
	check_number("1s", 1000000000);
	check_number("2m", 120000000000);
	check_number("1h", 3600000000000);
	check_number("1d", 86400000000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(literal_parse(bad[i], strlen(bad[i]), &value));
}

static const char tracepoint[] =
	"name: t\nID: 1\nformat:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n"
	"\tfield:int dfd;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:const char * name;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:char comm[16];\toffset:32;\tsize:16;\tsigned:0;\n"
	"\tfield:__data_loc char[] path;\toffset:48;\tsize:4;\tsigned:0;\n"
	"\tfield:__data_loc u8[] raw;\toffset:52;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned long args[6];\toffset:56;\tsize:48;\tsigned:0;\n"
	"\tfield:sector_t sector;\toffset:104;\tsize:8;\tsigned:0;\n"
	"\tfield:bool flag;\toffset:112;\tsize:1;\tsigned:0;\n"
	"\tfield:struct file * file;\toffset:120;\tsize:8;\tsigned:0;\n"
	"\nprint fmt: \"x\"\n";

static void check_field(const struct type *context, const char *name, const char *text,
			uint32_t offset)
{
	const struct type_field *field = type_field(context, name);

	assert_non_null(field);
	check_text(field->type, text);
	assert_int_equal(field->offset, offset);
}

static void test_tracepoint_formats(void **state)
{
	const struct type *context = tracepoint_context(types, arena, 200, "syscalls", tracepoint,
							sizeof(tracepoint) - 1);
	const struct type *kernel =
		tracepoint_context(types, arena, 200, "sched", tracepoint, sizeof(tracepoint) - 1);

	(void)state;
	assert_null(type_field(context, "common_type"));
	assert_null(type_field(context, "raw"));
	check_field(context, "dfd", "int32", 16);
	check_field(context, "name", "int8 *", 24);
	check_field(context, "comm", "string[16]", 32);
	check_field(context, "path", "string[200]", 48);
	check_field(context, "args", "uint64[6]", 56);
	check_field(context, "sector", "uint64", 104);
	check_field(context, "flag", "bool", 112);
	check_field(context, "file", "struct file *", 120);
	assert_true(type_field(context, "path")->data_loc);
	assert_int_equal(context->size, 128);
	assert_int_equal(type_field(context, "name")->type->space, SPACE_USER);
	assert_int_equal(type_field(kernel, "name")->type->space, SPACE_KERNEL);
	assert_ptr_equal(context, tracepoint_context(types, arena, 200, "syscalls", tracepoint,
						     sizeof(tracepoint) - 1));
}

/* Cut anywhere, the text gives fewer fields and nothing worse. */
static void test_cut_tracepoint_formats(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(tracepoint); size++) {
		char *copy = malloc(size + 1);

		memcpy(copy, tracepoint, size);
		copy[size] = 0;
		assert_non_null(tracepoint_context(types, arena, 64, "a", copy, size));
		assert_non_null(tracepoint_arguments(arena, copy, size));
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types_are_interned),
		cmocka_unit_test(test_tuples_are_laid_out_like_structs),
		cmocka_unit_test(test_type_texts),
		cmocka_unit_test(test_prototypes),
		cmocka_unit_test(test_bad_prototypes),
		cmocka_unit_test(test_builtins),
		cmocka_unit_test(test_format_conversions),
		cmocka_unit_test(test_format_literals),
		cmocka_unit_test(test_bad_formats),
		cmocka_unit_test(test_integer_literals),
		cmocka_unit_test(test_tracepoint_formats),
		cmocka_unit_test(test_cut_tracepoint_formats),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
