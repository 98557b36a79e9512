/* SPDX-License-Identifier: Apache-2.0 */
/*
 * %[-][+][ ][#][0][width][.precision][hh|h|l|ll|j|z|t|L]conversion. A '*' for a width or a
 * precision is read and has no effect. Without a modifier an integer is cut to 32 bits, as in C.
 */
#include "lang/format.h"

#include <string.h>

#include "image/image.h"
#include "lang/arena.h"

/* More than any terminal or file wants; bounds what a line can cost. */
#define MAX_WIDTH 65535

struct reader {
	const char *at, *end;
};

struct pieces {
	struct arena *arena;
	struct format *format;
	uint32_t capacity;
	struct arena_buffer literal;
	struct span span;
};

static struct format_piece *add_piece(struct pieces *pieces)
{
	struct format *format = pieces->format;
	struct format_piece *larger;

	if (format->n_pieces == pieces->capacity) {
		pieces->capacity = pieces->capacity ? pieces->capacity * 2 : 8;
		larger = arena_array(pieces->arena, pieces->capacity, sizeof(*larger));
		if (format->n_pieces)
			memcpy(larger, format->pieces, format->n_pieces * sizeof(*larger));
		format->pieces = larger;
	}
	larger = &format->pieces[format->n_pieces++];
	*larger = (struct format_piece){.span = pieces->span, .precision = -1};
	return larger;
}

static void end_literal(struct pieces *pieces)
{
	struct format_piece *piece;

	if (!pieces->literal.length)
		return;
	piece = add_piece(pieces);
	piece->text = pieces->literal.text;
	piece->length = pieces->literal.length;
	pieces->literal = (struct arena_buffer){.arena = pieces->arena};
}

static uint8_t read_flags(struct reader *reader)
{
	static const char flags[] = "-+ #0";
	static const uint8_t bits[] = {IMAGE_PIECE_LEFT, IMAGE_PIECE_PLUS, IMAGE_PIECE_SPACE,
				       IMAGE_PIECE_ALT, IMAGE_PIECE_ZERO};
	const char *flag;
	uint8_t result = 0;

	for (; reader->at < reader->end && *reader->at; reader->at++) {
		flag = strchr(flags, *reader->at);
		if (!flag)
			break;
		result |= bits[flag - flags];
	}
	return result;
}

static uint32_t read_number(struct reader *reader)
{
	uint32_t number = 0;

	if (reader->at < reader->end && *reader->at == '*') {
		reader->at++;
		return 0;
	}
	for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
		number = number * 10 + (uint32_t)(*reader->at - '0');
		if (number > MAX_WIDTH)
			number = MAX_WIDTH;
	}
	return number;
}

static uint8_t read_modifier(struct reader *reader)
{
	static const struct {
		const char *text;
		uint8_t bytes;
	} modifiers[] = {{"hh", 1}, {"h", 2}, {"ll", 8}, {"l", 8},
			 {"j", 8},  {"z", 8}, {"t", 8},	 {"L", 8}};
	size_t left = (size_t)(reader->end - reader->at);

	for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++) {
		size_t length = strlen(modifiers[i].text);

		if (length <= left && !memcmp(reader->at, modifiers[i].text, length)) {
			reader->at += length;
			return modifiers[i].bytes;
		}
	}
	return 4;
}

static uint8_t natural_bytes(char conversion, uint8_t modifier)
{
	if (conversion == 'c')
		return 1;
	return strchr("psrg", conversion) ? 8 : modifier;
}

static enum format_error read_conversion(struct pieces *pieces, struct reader *reader)
{
	struct format_piece *piece;
	bool precise;

	end_literal(pieces);
	piece = add_piece(pieces);
	piece->flags = read_flags(reader);
	piece->width = read_number(reader);
	precise = reader->at < reader->end && *reader->at == '.';
	if (precise) {
		reader->at++;
		piece->precision = (int32_t)read_number(reader);
	}
	piece->bytes = read_modifier(reader);
	if (reader->at == reader->end)
		return FORMAT_UNKNOWN;
	piece->conversion = *reader->at++;
	if (piece->conversion == 'g' && reader->at < reader->end && *reader->at == 'r')
		reader->at++;
	else if (piece->conversion && strchr("fFeEgGaA", piece->conversion))
		return FORMAT_UNSUPPORTED;
	if (!piece->conversion || !strchr("diuoxXcsprg", piece->conversion))
		return FORMAT_UNKNOWN;
	piece->bytes = natural_bytes(piece->conversion, piece->bytes);
	if (piece->conversion == 'r' && reader->at < reader->end &&
	    (*reader->at == 'x' || *reader->at == 'h'))
		piece->variant = (uint8_t)*reader->at++;
	return ++pieces->format->n_conversions > FORMAT_MAX_CONVERSIONS ? FORMAT_TOO_MANY
									: FORMAT_OK;
}

enum format_error format_parse(struct arena *arena, const char *bytes, size_t length,
			       struct span span, struct format **format, const char **bad)
{
	struct reader reader = {bytes, bytes + length};
	struct pieces pieces = {.arena = arena, .literal = {.arena = arena}, .span = span};
	enum format_error error;
	const char *begin;

	*format = pieces.format = arena_alloc(arena, sizeof(**format));
	while (reader.at < reader.end) {
		begin = reader.at++;
		if (*begin != '%') {
			arena_buffer_add(&pieces.literal, begin, 1);
			continue;
		}
		if (reader.at < reader.end && *reader.at == '%') {
			arena_buffer_add(&pieces.literal, reader.at++, 1);
			continue;
		}
		error = read_conversion(&pieces, &reader);
		if (error != FORMAT_OK) {
			*bad = arena_text(arena, begin, (size_t)(reader.at - begin));
			return error;
		}
	}
	end_literal(&pieces);
	return FORMAT_OK;
}
