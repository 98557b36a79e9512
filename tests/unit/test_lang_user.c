/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the language reads of files of user space: where arguments of USDT probes are, names of
 * registers, names that C++ has made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lang/arena.h"
#include "lang/binary.h"
#include "lang/registers.h"
#include "lang/unit.h"
#include "lang/usdt_argument.h"

static struct usdt_argument read_one(const char *text)
{
	struct usdt_argument argument;

	assert_true(usdt_argument_read(text, strlen(text), &argument));
	return argument;
}

static void test_arguments_are_words(void **state)
{
	static const char text[] = " -4@%edi  8@-24(%rbp)\t1@$5 ";
	size_t length;

	(void)state;
	assert_int_equal(usdt_argument_count(text), 3);
	assert_int_equal(usdt_argument_count(""), 0);
	assert_memory_equal(usdt_argument_find(text, 1, &length), "8@-24(%rbp)", 11);
	assert_int_equal(length, 11);
	assert_null(usdt_argument_find(text, 3, &length));
	assert_null(usdt_argument_find("", 0, &length));
}

#ifdef __x86_64__
static void test_argument_places(void **state)
{
	struct usdt_argument argument;

	(void)state;
	argument = read_one("-4@%edi");
	assert_int_equal(argument.place, USDT_REGISTER);
	assert_int_equal(argument.size, 4);
	assert_true(argument.is_signed);
	assert_int_equal(argument.base, 112);
	assert_int_equal(read_one("1@%r15b").base, 0);
	assert_int_equal(read_one("2@%sp").base, 152);

	argument = read_one("8@$-7");
	assert_int_equal(argument.place, USDT_CONSTANT);
	assert_false(argument.is_signed);
	assert_int_equal(argument.value, -7);
	assert_int_equal(read_one("8@$0x10").value, 16);

	argument = read_one("8@-1204(%rbp)");
	assert_int_equal(argument.place, USDT_MEMORY);
	assert_int_equal(argument.value, -1204);
	assert_int_equal(argument.base, 32);
	assert_false(argument.has_index);
	assert_int_equal(read_one("8@(%rax)").value, 0);

	argument = read_one("-2@6(%rbx,%r9,8)");
	assert_true(argument.has_index);
	assert_int_equal(argument.value, 6);
	assert_int_equal(argument.base, 40);
	assert_int_equal(argument.index, 64);
	assert_int_equal(argument.scale, 8);
	assert_int_equal(read_one("1@(%rbx,%rcx)").scale, 1);
}

static void test_argument_places_that_are_none(void **state)
{
	static const char *const wrong[] = {
		"",
		"4",
		"4@",
		"@%eax",
		"3@%eax",
		"16@%rax",
		"8f@%xmm0",
		"4@%cr0",
		"4@%eaxx",
		"4@eax",
		"4@$",
		"4@$x",
		"4@8(%rax",
		"4@8",
		"4@(rax)",
		"4@8(%rax,)",
		"4@8(%rax,%rbx,)",
		"4@8(%rax,%rbx,99)",
		"4@%eax5",
		"4@8(%rax))",
		"4@foo(%rip)",
		"4@8(%rax,%rbx,0)",
		"0@%eax",
	};
	struct usdt_argument argument;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (usdt_argument_read(wrong[i], strlen(wrong[i]), &argument))
			fail_msg("'%s' was read", wrong[i]);
}

static void test_registers(void **state)
{
	uint32_t offset = 0;

	(void)state;
	assert_true(register_find("ip", &offset));
	assert_int_equal(offset, 128);
	assert_true(register_find("ax", &offset));
	assert_int_equal(offset, 80);
	assert_false(register_find("rax", &offset));
	assert_false(register_find("", &offset));
	assert_int_equal(register_argument(0), 112);
	assert_int_equal(register_argument(5), 64);
}
#endif

static void test_argument_names(void **state)
{
	uint32_t number = 99;

	(void)state;
	assert_true(register_argument_name("arg0", &number));
	assert_int_equal(number, 0);
	assert_true(register_argument_name("arg255", &number));
	assert_int_equal(number, 255);
	assert_false(register_argument_name("arg256", &number));
	assert_false(register_argument_name("arg", &number));
	assert_false(register_argument_name("args", &number));
	assert_false(register_argument_name("arg01", &number));
	assert_false(register_argument_name("arg1x", &number));
	assert_false(register_argument_name("argN", &number));
	assert_false(register_argument_name("arg-1", &number));
}

static void test_names_of_cplusplus(void **state)
{
	struct unit unit = {.arena = arena_new()};

	(void)state;
	assert_true(binary_match_cpp(&unit, "ns::f", "ns::f(int, char const*)"));
	assert_true(binary_match_cpp(&unit, "ns::f(int,char const*)", "ns::f(int, char const*)"));
	assert_true(binary_match_cpp(&unit, "ns::*", "ns::f(int, char const*)"));
	assert_true(binary_match_cpp(&unit, "a::get", "a::get(int) const"));
	assert_true(binary_match_cpp(&unit, "a::operator()", "a::operator()(int)"));
	assert_true(binary_match_cpp(&unit, "f", "f(void (*)(int))"));
	assert_false(binary_match_cpp(&unit, "ns::f(double)", "ns::f(int)"));
	assert_false(binary_match_cpp(&unit, "f", "ns::f(int)"));
	assert_true(binary_match_cpp(&unit, "plain", "plain"));
	arena_free(unit.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments_are_words),
#ifdef __x86_64__
		cmocka_unit_test(test_argument_places),
		cmocka_unit_test(test_argument_places_that_are_none),
		cmocka_unit_test(test_registers),
#endif
		cmocka_unit_test(test_argument_names),
		cmocka_unit_test(test_names_of_cplusplus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
