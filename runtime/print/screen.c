/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows text from outside without letting it drive the terminal. What is not UTF-8 is shown byte by
 * byte: a terminal that reads another encoding would find its own control characters in it.
 */
#include "runtime/print/screen.h"

#include <stdint.h>

#include "runtime/buffer.h"

size_t utf8_length(const unsigned char *bytes, size_t left)
{
	unsigned char first = bytes[0], low = 0x80, high = 0xbf;
	size_t length;

	if (first >= 0xc2 && first <= 0xdf)
		length = 2;
	else if (first >= 0xe0 && first <= 0xef)
		length = 3;
	else if (first >= 0xf0 && first <= 0xf4)
		length = 4;
	else
		return 0;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (left < length || bytes[1] < low || bytes[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* The character of a sequence that utf8_length() has found to be one. */
static uint32_t utf8_character(const unsigned char *bytes, size_t length)
{
	uint32_t character = length == 1 ? bytes[0] : bytes[0] & (0x7f >> length);

	for (size_t i = 1; i < length; i++)
		character = character << 6 | (bytes[i] & 0x3f);
	return character;
}

/*
 * Control characters (C0, DEL, C1), what changes the direction of text (Unicode's Bidi_Control) and
 * what separates lines.
 */
static bool drives_terminal(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void add_escape(struct buffer *out, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";
	char text[4] = {'\\', 'x', hex[byte >> 4], hex[byte & 15]};

	if (byte == '\n')
		buffer_add(out, "\\n", 2);
	else if (byte == '\t')
		buffer_add(out, "\\t", 2);
	else if (byte == '\r')
		buffer_add(out, "\\r", 2);
	else
		buffer_add(out, text, sizeof(text));
}

bool screen_add(struct buffer *out, const char *bytes, size_t length, bool lines)
{
	const unsigned char *text = (const unsigned char *)bytes;
	size_t from = 0, i = 0;
	bool escaped = false;

	while (i < length) {
		size_t n = text[i] < 0x80 ? 1 : utf8_length(text + i, length - i), end;

		if ((n && !drives_terminal(utf8_character(text + i, n))) ||
		    (lines && (text[i] == '\n' || text[i] == '\t'))) {
			i += n;
			continue;
		}
		buffer_add(out, bytes + from, i - from);
		for (end = i + (n ? n : 1); i < end; i++)
			add_escape(out, text[i]);
		escaped = true;
		from = i;
	}
	buffer_add(out, bytes + from, length - from);
	return escaped;
}

uint32_t screen_width(const char *bytes, size_t length)
{
	uint32_t n = 0;

	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\033')
			while (i < length && bytes[i] != 'm')
				i++;
		else
			n += ((unsigned char)bytes[i] & 0xc0) != 0x80;
	}
	return n;
}
