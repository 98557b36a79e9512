/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user types: numbers of positional parameters, and the command line of -c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/command.h"
#include "runtime/parameters.h"

static void number(const char *text, uint64_t expected)
{
	uint64_t got = 0x5555;

	assert_int_equal(parameters_number(text, &got), 0);
	assert_true(got == expected);
}

static void no_number(const char *text, int err)
{
	uint64_t got;

	assert_int_equal(parameters_number(text, &got), err);
}

static void test_numbers(void **state)
{
	(void)state;
	number("0", 0);
	number("5378", 5378);
	number("+7", 7);
	number("-1", UINT64_MAX);
	number("0x1f", 31);
	number("0X1F", 31);
	number("0b101", 5);
	number("010", 8);
	number("1e6", 1000000);
	number("1_000", 1000);
	number("7ull", 7);
	number("5ms", 5000000);
	number("-2s", -2000000000ULL);
	number("1d", 86400000000000);
	number("18446744073709551615", UINT64_MAX);
	number("-9223372036854775808", 1ULL << 63);
}

static void test_no_numbers(void **state)
{
	static const char *const texts[] = {"",	  "abc", "1x",	"0x", "-",   "--1",  "1e",  "08",
					    " 1", "1 ",	 "1.5", "e5", "0b2", "1e-3", "0x1g",
					    "0e99", "12e3", "5 ms", "5MS", "+-1", "_1"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		no_number(texts[i], -EINVAL);
	no_number("18446744073709551616", -ERANGE);
	no_number("-9223372036854775809", -ERANGE);
	no_number("1e20", -ERANGE);
	no_number("213504d", -ERANGE);
	no_number("0x10000000000000000", -ERANGE);
}

static void words(const char *text, const char *const *expected)
{
	char **got;

	assert_int_equal(command_split(text, &got), 0);
	for (size_t i = 0;; i++) {
		if (!expected[i]) {
			assert_null(got[i]);
			break;
		}
		assert_string_equal(got[i], expected[i]);
	}
	free(got);
}

#define WORDS(text, ...) words(text, (const char *const[]){__VA_ARGS__, NULL})

static void test_command(void **state)
{
	(void)state;
	WORDS("ls", "ls");
	WORDS("  ls \t -l\n", "ls", "-l");
	WORDS("sh -c 'echo \"a  b\"'", "sh", "-c", "echo \"a  b\"");
	WORDS("echo \"a 'b' \\\" \\n\"", "echo", "a 'b' \" \\n");
	WORDS("a\\ b c''d \"\"", "a b", "cd", "");
	WORDS("a b c d e f", "a", "b", "c", "d", "e", "f");
}

static void test_no_command(void **state)
{
	char **got;

	(void)state;
	assert_int_equal(command_split("", &got), -EINVAL);
	assert_int_equal(command_split("   ", &got), -EINVAL);
	assert_int_equal(command_split("a 'b", &got), -EINVAL);
	assert_int_equal(command_split("a \"b", &got), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_no_numbers),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_no_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
