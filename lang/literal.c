/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of literals: integers (image/number.h), and strings with the escapes
 * \n \t \r \" \\ \123 \x1f.
 */
#include "lang/parse.h"

#include <string.h>

#include "image/number.h"
#include "lang/arena.h"
#include "lang/unit.h"

bool literal_parse(const char *text, size_t length, uint64_t *value)
{
	return number_read(text, length, value) == NUMBER_OK;
}

bool literal_integer(struct parse *parse, struct span span, const char *text, size_t length,
		     uint64_t *value)
{
	enum number_error error = number_read(text, length, value);

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
		for (used = 1; used < 3 && used < length && number_digit(text[used]) >= 0; used++)
			value = value * 16 + number_digit(text[used]);
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
