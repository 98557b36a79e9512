/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of literals. Integers: decimal, octal, 0x, 0b, with '_' between digits, an exponent
 * (2e3), a duration in ns (5ms) or a C suffix that is accepted and ignored (10ull). Strings: the
 * escapes \n \t \r \" \\ \123 \x1f.
 */
#include "lang/parse.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/unit.h"

static int digit_value(char c)
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

enum number_error { NUMBER_OK, NUMBER_INVALID, NUMBER_TOO_LARGE };

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
		digit = digit_value(text[*at]);
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
	else if (length > 1 && text[0] == '0' && digit_value(text[1]) >= 0 && text[1] <= '9')
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

bool literal_parse(const char *text, size_t length, uint64_t *value)
{
	return length && read_number(text, length, value) == NUMBER_OK;
}

bool literal_integer(struct parse *parse, struct span span, const char *text, size_t length,
		     uint64_t *value)
{
	enum number_error error = read_number(text, length, value);

	if (error == NUMBER_OK)
		return true;
	*value = 0;
	diag_report(&parse->unit->diags,
		    error == NUMBER_INVALID ? DIAG_invalid_number : DIAG_number_too_large, span,
		    arena_text(parse->arena, text, length > 40 ? 40 : length));
	return false;
}

/* One escape; returns how many bytes after the backslash it took, or 0 if there is no such. */
static size_t read_escape(const char *text, size_t length, char *byte)
{
	static const char names[] = "ntr\"\\", bytes[] = "\n\t\r\"\\";
	const char *name;
	size_t used;
	int value = 0;

	if (!length)
		return 0;
	name = text[0] ? strchr(names, text[0]) : NULL;
	if (name) {
		*byte = bytes[name - names];
		return 1;
	}
	if (text[0] == 'x') {
		for (used = 1; used < 3 && used < length && digit_value(text[used]) >= 0; used++)
			value = value * 16 + digit_value(text[used]);
		*byte = (char)value;
		return used > 1 ? used : 0;
	}
	for (used = 0; used < 3 && used < length && text[used] >= '0' && text[used] <= '7'; used++)
		value = value * 8 + text[used] - '0';
	*byte = (char)value;
	return value > 255 ? 0 : used;
}

static void report_escape(struct parse *parse, uint32_t begin, char name)
{
	const char *text = arena_printf(parse->arena, "\\%c", name);

	diag_report(&parse->unit->diags, DIAG_invalid_escape, (struct span){begin, begin + 2},
		    name < ' ' || name == 0x7f ? "\\" : text);
}

struct text literal_string(struct parse *parse, struct span span, const char *text, size_t length)
{
	char *bytes = arena_alloc(parse->arena, length + 1);
	size_t used, n = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\\') {
			bytes[n++] = text[i];
			continue;
		}
		used = read_escape(text + i + 1, length - i - 1, &bytes[n]);
		if (!used) {
			report_escape(parse, span.begin + 1 + (uint32_t)i, text[i + 1]);
			used = 1;
		}
		n++;
		i += used;
	}
	bytes[n] = '\0';
	return (struct text){bytes, n};
}
