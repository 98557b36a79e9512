/* SPDX-License-Identifier: Apache-2.0 */
#include "image/number.h"

#include <stdbool.h>
#include <string.h>

int number_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_suffix(const char *text, size_t length)
{
	static const char *const suffixes[] = {"", "u", "l", "ul", "ll", "ull"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (strlen(suffixes[i]) == length && !memcmp(suffixes[i], text, length))
			return true;
	}
	return false;
}

static uint64_t duration_unit(const char *text, size_t length)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {
		{"ns", 1},	    {"us", 1000},	  {"ms", 1000000},	 {"s", 1000000000},
		{"m", 60000000000}, {"h", 3600000000000}, {"d", 86400000000000},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].unit) == length && !memcmp(units[i].unit, text, length))
			return units[i].ns;
	}
	return 0;
}

/* Digits of a base from *at on; at least one. Stops at the first byte that is none. */
static enum number_error read_digits(const char *text, size_t length, size_t *at, unsigned int base,
				     uint64_t *value)
{
	bool any = false;
	int digit;

	*value = 0;
	for (; *at < length; ++*at) {
		if (text[*at] == '_' && any)
			continue;
		digit = number_digit(text[*at]);
		if (digit < 0 || (unsigned int)digit >= base)
			break;
		if (__builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, (uint64_t)digit, value))
			return NUMBER_TOO_LARGE;
		any = true;
	}
	return any ? NUMBER_OK : NUMBER_INVALID;
}

/* The coefficient must have one digit that is not 0, as in bpftrace: 2e3, not 20e2. */
static enum number_error read_exponent(const char *text, size_t length, size_t at, uint64_t *value)
{
	uint64_t exponent;
	enum number_error error;

	if (*value < 1 || *value > 9)
		return NUMBER_INVALID;
	at++;
	error = read_digits(text, length, &at, 10, &exponent);
	if (error != NUMBER_OK || !is_suffix(text + at, length - at))
		return error != NUMBER_OK ? error : NUMBER_INVALID;
	for (; exponent; exponent--) {
		if (__builtin_mul_overflow(*value, (uint64_t)10, value))
			return NUMBER_TOO_LARGE;
	}
	return NUMBER_OK;
}

static enum number_error read_number(const char *text, size_t length, uint64_t *value)
{
	enum number_error error;
	uint64_t unit;
	unsigned int base = 10;
	size_t at = 0;

	if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		base = 16;
	else if (length > 2 && text[0] == '0' && (text[1] == 'b' || text[1] == 'B'))
		base = 2;
	else if (length > 1 && text[0] == '0' && number_digit(text[1]) >= 0 && text[1] <= '9')
		base = 8;
	at = base == 16 || base == 2 ? 2 : 0;
	error = read_digits(text, length, &at, base, value);
	if (error != NUMBER_OK)
		return error;
	if (is_suffix(text + at, length - at))
		return NUMBER_OK;
	if (base != 10)
		return NUMBER_INVALID;
	if (text[at] == 'e' || text[at] == 'E')
		return read_exponent(text, length, at, value);
	unit = duration_unit(text + at, length - at);
	if (!unit)
		return NUMBER_INVALID;
	return __builtin_mul_overflow(*value, unit, value) ? NUMBER_TOO_LARGE : NUMBER_OK;
}

enum number_error number_read(const char *text, size_t length, uint64_t *value)
{
	uint64_t read;
	enum number_error error = length ? read_number(text, length, &read) : NUMBER_INVALID;

	if (error == NUMBER_OK)
		*value = read;
	return error;
}

enum number_error number_read_signed(const char *text, uint64_t *value)
{
	bool negative = *text == '-';
	enum number_error error;

	text += negative || *text == '+';
	error = number_read(text, strlen(text), value);
	if (error != NUMBER_OK || !negative)
		return error;
	if (*value > 1ULL << 63)
		return NUMBER_TOO_LARGE;
	*value = -*value;
	return NUMBER_OK;
}
