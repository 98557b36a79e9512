/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The printf engine. It prints what bpftrace 0.26 prints, which is not always what C prints: a
 * conversion without a length modifier takes the low 32 bits, width and zero padding work on every
 * conversion, precision has no effect, and 0 never gets a prefix.
 */
#include "runtime/print/print_format.h"

#include "runtime/buffer.h"
#include "runtime/print/gfp.h"
#include "runtime/print/screen.h"
#include "runtime/print/value_text.h"
#include "runtime/value.h"

/* The number that an integer conversion prints: numbers as they are, an average as its result. */
static uint64_t number_of(const struct value *value)
{
	return value->kind == IMAGE_AVG ? value_average(value) : value->number;
}

static uint64_t narrow(uint64_t number, uint8_t bytes, bool is_signed)
{
	unsigned int shift = 64 - bytes * 8u;

	number <<= shift;
	return is_signed ? (uint64_t)((int64_t)number >> shift) : number >> shift;
}

static void add_octal(struct buffer *out, uint64_t number)
{
	char digits[22];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + (number & 7));
	while (number >>= 3);
	buffer_add(out, digits + n, sizeof(digits) - n);
}

static void add_signed(struct buffer *out, const struct image_piece *piece, uint64_t number)
{
	int64_t value = (int64_t)narrow(number, piece->bytes, true);

	if (value >= 0 && piece->flags & IMAGE_PIECE_PLUS)
		buffer_add_byte(out, '+');
	else if (value >= 0 && piece->flags & IMAGE_PIECE_SPACE)
		buffer_add_byte(out, ' ');
	buffer_add_i64(out, value);
}

/* A script may print a newline so; what comes from outside may be anything. */
static void add_character(struct buffer *out, struct style *style, char byte)
{
	if (style->escape)
		style->escaped |= screen_add(out, &byte, 1, true);
	else
		buffer_add_byte(out, byte);
}

static void add_based(struct buffer *out, const struct image_piece *piece, uint64_t number)
{
	bool prefix = piece->flags & IMAGE_PIECE_ALT && number;
	size_t from;

	switch (piece->conversion) {
	case 'o':
		if (prefix)
			buffer_add_byte(out, '0');
		add_octal(out, number);
		return;
	case 'u':
		buffer_add_u64(out, number);
		return;
	}
	from = out->length;
	if (prefix)
		buffer_add(out, "0x", 2);
	buffer_add_hex(out, number);
	if (piece->conversion != 'X')
		return;
	for (; from < out->length; from++)
		if (out->data[from] >= 'a')
			out->data[from] = (char)(out->data[from] - 'a' + 'A');
}

static void add_conversion(struct buffer *out, struct style *style, const struct image_piece *piece,
			   const struct value *value)
{
	switch (piece->conversion) {
	case 'd':
	case 'i':
		add_signed(out, piece, number_of(value));
		return;
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		add_based(out, piece, narrow(number_of(value), piece->bytes, false));
		return;
	case 'c':
		add_character(out, style, (char)number_of(value));
		return;
	case 'p':
		if (number_of(value))
			buffer_add(out, "0x", 2);
		buffer_add_hex(out, number_of(value));
		return;
	case 'g':
		gfp_text(out, number_of(value));
		return;
	case 'r':
		value_text_buffer(out, value, (char)piece->variant);
		return;
	}
	value_text(out, style, value);
}

/* How many bytes at the front of a field stay in front of padding zeros: sign and 0x. */
static size_t prefix_length(const struct image_piece *piece, const char *field, size_t length)
{
	switch (piece->conversion) {
	case 'd':
	case 'i':
		return length && (field[0] == '-' || field[0] == '+' || field[0] == ' ');
	case 'x':
	case 'X':
	case 'p':
		return length > 1 && (field[1] == 'x' || field[1] == 'X') ? 2 : 0;
	}
	return 0;
}

/* Bring what was written since `from` to the piece's width. */
static void pad(struct buffer *out, const struct image_piece *piece, size_t from)
{
	size_t length = out->length - from, missing, keep = 0;
	char fill = ' ';

	if (length >= piece->width)
		return;
	missing = piece->width - length;
	buffer_repeat(out, ' ', missing);
	if (out->failed || piece->flags & IMAGE_PIECE_LEFT)
		return;
	if (piece->flags & IMAGE_PIECE_ZERO) {
		fill = '0';
		keep = prefix_length(piece, out->data + from, length);
	}
	memmove(out->data + from + keep + missing, out->data + from + keep, length - keep);
	memset(out->data + from + keep, fill, missing);
}

void print_format(struct buffer *out, struct style *style, const struct image_event *event,
		  const struct value *args)
{
	const struct image_piece *piece = &style->image->pieces[event->first_piece];

	for (uint32_t i = 0; i < event->n_pieces; i++, piece++) {
		size_t from = out->length;

		if (piece->arg == IMAGE_NONE) {
			buffer_add(out, image_string(style->image, piece->text), piece->length);
			continue;
		}
		add_conversion(out, style, piece, &args[piece->arg]);
		pad(out, piece, from);
	}
}
