/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value comes first, then the parts of the key in their order, but those that may be long last.
 * A column is as wide as what is in it; numbers stand on the right of theirs. A line is an entry, so
 * what could break it is escaped in files, too.
 */
#include "runtime/print/map_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/buffer.h"
#include "runtime/maps.h"
#include "runtime/print/screen.h"
#include "runtime/print/value_text.h"
#include "runtime/value.h"

#define LONG_TEXT 64 /* capacity of a string that is not put between others */
#define VALUE	  UINT32_MAX

struct column {
	uint32_t part; /* of the key, or VALUE */
	const char *title;
	uint32_t length; /* of the title */
	uint32_t width;
	bool right;
};

static const struct value *cell_of(const struct map_entry *entry, uint32_t part)
{
	if (part == VALUE)
		return &entry->value;
	return entry->key.kind == IMAGE_TUPLE ? &entry->key.list.items[part] : &entry->key;
}

/* A line is read by its blanks, too: an empty text is not nothing. */
static void add_cell(struct buffer *text, struct style *style, const struct value *value)
{
	text->length = 0;
	value_text(text, style, value);
	if (!text->length)
		buffer_add_byte(text, '-');
}

static bool is_number(const struct value *value)
{
	return value->kind == IMAGE_INT || value->kind == IMAGE_POINTER ||
	       image_kind_is_quantity((uint32_t)value->kind) ||
	       (value->kind >= IMAGE_COUNT && value->kind <= IMAGE_STATS);
}

static bool is_long(const struct value *value)
{
	return value->kind == IMAGE_ARRAY || value->kind == IMAGE_TUPLE || value->kind == IMAGE_STRUCT ||
	       (value->kind == IMAGE_STRING && value->type && value->type->size > LONG_TEXT);
}

/* The number-th word, "" if there are not so many. */
static const char *find_title(const char *titles, uint32_t number, uint32_t *length)
{
	for (;; number--) {
		titles += strspn(titles, " ");
		*length = (uint32_t)strcspn(titles, " ");
		if (!number || !*length)
			return titles;
		titles += *length;
	}
}

static void add_column(struct column *columns, uint32_t *n, const struct map_snapshot *snapshot,
		       const struct map_entry *first, const struct style *style, uint32_t part,
		       uint32_t parts)
{
	struct column *column = &columns[(*n)++];

	column->part = part;
	column->right = is_number(cell_of(first, part));
	if (part == VALUE) {
		column->title = find_title(snapshot->columns, parts, &column->length);
		if (!column->length) {
			column->title = image_string(style->image, snapshot->map->name) + 1;
			column->length = (uint32_t)strlen(column->title);
		}
	} else {
		column->title = find_title(snapshot->columns, part, &column->length);
	}
	column->width = column->length;
}

static void measure(struct column *column, struct style *style, const struct map_snapshot *snapshot)
{
	struct buffer text = {0};

	for (uint32_t i = 0; i < snapshot->count; i++) {
		uint32_t width;

		add_cell(&text, style, cell_of(&snapshot->entries[i], column->part));
		width = screen_width(text.data, text.length);
		column->width = width > column->width ? width : column->width;
	}
	buffer_free(&text);
}

/* The i-th of n cells of a line, which is `width` columns wide; nothing stands behind the last one. */
static void put_cell(struct buffer *out, const struct column *columns, uint32_t n, uint32_t i,
		     const struct buffer *text, uint32_t width)
{
	uint32_t blanks = columns[i].width - width;

	if (i)
		buffer_add_byte(out, ' ');
	if (columns[i].right)
		buffer_repeat(out, ' ', blanks);
	buffer_add(out, text->data, text->length);
	out->failed |= text->failed;
	if (!columns[i].right && i + 1 < n)
		buffer_repeat(out, ' ', blanks);
}

static void add_header(struct buffer *out, const struct style *style, const struct column *columns,
		       uint32_t n)
{
	struct buffer text = {0};

	if (style->bold)
		buffer_add_text(out, "\033[1m");
	for (uint32_t i = 0; i < n; i++) {
		text.length = 0;
		for (uint32_t c = 0; c < columns[i].length; c++)
			buffer_add_byte(&text, (char)toupper((unsigned char)columns[i].title[c]));
		put_cell(out, columns, n, i, &text, columns[i].length);
	}
	if (style->bold)
		buffer_add_text(out, "\033[0m");
	buffer_add_byte(out, '\n');
	buffer_free(&text);
}

static void add_entry(struct buffer *out, struct style *style, const struct column *columns,
		      uint32_t n, const struct map_entry *entry)
{
	struct buffer text = {0};

	for (uint32_t i = 0; i < n; i++) {
		add_cell(&text, style, cell_of(entry, columns[i].part));
		put_cell(out, columns, n, i, &text, screen_width(text.data, text.length));
	}
	buffer_add_byte(out, '\n');
	buffer_free(&text);
}

void map_table(struct buffer *out, struct style *style, const struct map_snapshot *snapshot)
{
	const struct map_entry *first = snapshot->entries;
	uint32_t parts, n = 0;
	struct column *columns;

	if (!snapshot->count || !snapshot->is_set)
		return;
	parts = snapshot->map->flags & IMAGE_MAP_SCALAR ? 0
		: first->key.kind == IMAGE_TUPLE	? first->key.list.count
							: 1;
	columns = calloc(parts + 1, sizeof(*columns));
	if (!columns) {
		out->failed = true;
		return;
	}
	add_column(columns, &n, snapshot, first, style, VALUE, parts);
	for (int long_ones = 0; long_ones < 2; long_ones++)
		for (uint32_t i = 0; i < parts; i++)
			if (is_long(cell_of(first, i)) == (long_ones != 0))
				add_column(columns, &n, snapshot, first, style, i, parts);
	/* Nothing stands behind the last one. */
	for (uint32_t i = 0; i < n; i++)
		if (i + 1 < n || columns[i].right)
			measure(&columns[i], style, snapshot);
	add_header(out, style, columns, n);
	for (uint32_t i = 0; i < snapshot->count; i++)
		add_entry(out, style, columns, n, &snapshot->entries[i]);
	buffer_add_byte(out, '\n');
	free(columns);
}
