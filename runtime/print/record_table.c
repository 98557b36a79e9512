/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layout is a list of columns, made once for each type of record. Values are left-aligned; those
 * that are longer than their column push the rest of the line aside, so the long ones come last.
 */
#include "runtime/print/record_table.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/near.h"
#include "runtime/buffer.h"
#include "runtime/clock.h"
#include "runtime/message.h"
#include "runtime/print/screen.h"
#include "runtime/print/value_text.h"
#include "runtime/record.h"
#include "runtime/value.h"

enum column_kind {
	COLUMN_ENVELOPE, /* index: enum envelope */
	COLUMN_FIELD,    /* index: of the type's columns */
	COLUMN_NAME,     /* of the type */
	COLUMN_SEVERITY,
	COLUMN_RULE,
	COLUMN_DATA, /* all fields, name=value */
	COLUMN_NONE, /* the type has no such column */
};

struct column {
	enum column_kind kind;
	uint32_t index;
	const char *title;
	uint32_t width;
};

struct layout {
	struct column *columns;
	uint32_t n;
	bool titled; /* its header was printed */
};

struct record_table {
	const struct image *image;
	struct layout *layouts; /* by the type's index */
	struct layout *alerts;  /* the one that all alerts share; NULL: none */
	bool color;
	int64_t second; /* that `clock` is the text of */
	struct buffer clock;
};

static const uint32_t widths[ENVELOPES] = {
	[ENVELOPE_time] = 8,   [ENVELOPE_boot] = 16,   [ENVELOPE_seq] = 8,
	[ENVELOPE_pid] = 7,    [ENVELOPE_tid] = 7,     [ENVELOPE_ppid] = 7,
	[ENVELOPE_start] = 16, [ENVELOPE_uid] = 5,     [ENVELOPE_gid] = 5,
	[ENVELOPE_auid] = 10,  [ENVELOPE_comm] = 15,   [ENVELOPE_cgroup] = 8,
	[ENVELOPE_container] = 16,
};

static bool is_text(uint32_t kind)
{
	return kind == IMAGE_STRING || kind == IMAGE_BUFFER || kind == IMAGE_ARRAY ||
	       kind == IMAGE_STRUCT || kind == IMAGE_TUPLE || kind == IMAGE_CGROUP_PATH;
}

/* Characters that most values of a type have. */
static uint32_t usual_width(const struct image_type *type)
{
	switch (type->kind) {
	case IMAGE_BOOL:
		return 5;
	case IMAGE_INT:
		return type->size < 4 ? 5 : type->size == 4 ? 8 : 10;
	case IMAGE_POINTER:
		return 18;
	case IMAGE_BYTES:
	case IMAGE_DURATION:
		return 10;
	default:
		return is_text(type->kind) ? 24 : 12;
	}
}

static void add_column(struct layout *layout, enum column_kind kind, uint32_t index,
		       const char *title, uint32_t width)
{
	uint32_t length = (uint32_t)strlen(title);

	layout->columns[layout->n++] =
		(struct column){kind, index, title, width > length ? width : length};
}

static void add_envelope(struct layout *layout, enum envelope index)
{
	add_column(layout, COLUMN_ENVELOPE, index, envelope_rows[index].name, widths[index]);
}

/* Numbers first: what may be long comes last. */
static void add_fields(struct layout *layout, const struct image *image,
		       const struct image_record *type)
{
	for (int long_ones = 0; long_ones < 2; long_ones++) {
		for (uint32_t i = 0; i < type->n_columns; i++) {
			const struct image_column *column = &image->columns[type->first_column + i];
			const struct image_type *kind = &image->types[column->type];

			if (is_text(kind->kind) == (long_ones != 0))
				add_column(layout, COLUMN_FIELD, i, image_string(image, column->name),
					   usual_width(kind));
		}
	}
}

static void lay_out(struct layout *layout, const struct image *image,
		    const struct image_record *type)
{
	bool alert = type->rule != IMAGE_NONE;
	uint32_t width = 0;

	add_envelope(layout, ENVELOPE_time);
	for (uint32_t i = 0; i < image->n_records; i++) {
		uint32_t length = (uint32_t)strlen(image_string(image, image->records[i].name));

		width = length > width ? length : width;
	}
	if (alert)
		add_column(layout, COLUMN_SEVERITY, 0, "severity", 0);
	if (alert || image->n_records > 1)
		add_column(layout, alert ? COLUMN_RULE : COLUMN_NAME, 0, alert ? "rule" : "record",
			   width);
	add_envelope(layout, ENVELOPE_pid);
	add_envelope(layout, ENVELOPE_uid);
	add_envelope(layout, ENVELOPE_comm);
	if (alert)
		add_column(layout, COLUMN_DATA, 0, "data", 0);
	else
		add_fields(layout, image, type);
}

static bool is_word(const char *word, size_t length, const char *name)
{
	return strlen(name) == length && strncmp(word, name, length) == 0;
}

/* The column of a type that the user names; COLUMN_NONE if it has none. */
static struct column find_column(const struct image *image, const struct image_record *type,
				 const char *word, size_t length)
{
	bool alert = type->rule != IMAGE_NONE;

	for (uint32_t i = 0; i < ENVELOPES; i++)
		if (is_word(word, length, envelope_rows[i].name))
			return (struct column){COLUMN_ENVELOPE, i, envelope_rows[i].name, widths[i]};
	for (uint32_t i = 0; i < type->n_columns; i++) {
		const struct image_column *column = &image->columns[type->first_column + i];
		const char *name = image_string(image, column->name);

		if (is_word(word, length, name))
			return (struct column){COLUMN_FIELD, i, name,
					       usual_width(&image->types[column->type])};
	}
	if (alert && is_word(word, length, "severity"))
		return (struct column){COLUMN_SEVERITY, 0, "severity", 0};
	if (alert && is_word(word, length, "rule"))
		return (struct column){COLUMN_RULE, 0, "rule", 16};
	if (is_word(word, length, "record"))
		return (struct column){COLUMN_NAME, 0, "record", 16};
	if (is_word(word, length, "data"))
		return (struct column){COLUMN_DATA, 0, "data", 0};
	return (struct column){.kind = COLUMN_NONE, .title = ""};
}

/* One column for each name that the user gives, in that order. */
static bool is_known(const struct image *image, const char *word, size_t length)
{
	for (uint32_t i = 0; i < image->n_records; i++)
		if (find_column(image, &image->records[i], word, length).kind != COLUMN_NONE)
			return true;
	return false;
}

static void hint_columns(const struct image *image)
{
	struct buffer names = {0};

	for (uint32_t i = 0; i < ENVELOPES; i++) {
		buffer_add_text(&names, i ? ", " : "");
		buffer_add_text(&names, envelope_rows[i].name);
	}
	for (uint32_t i = 0; i < image->n_records; i++) {
		const struct image_record *type = &image->records[i];

		for (uint32_t j = 0; j < type->n_columns; j++) {
			buffer_add_text(&names, ", ");
			buffer_add_text(&names, image_string(image, image->columns[type->first_column + j].name));
		}
	}
	buffer_add_byte(&names, '\0');
	if (!names.failed)
		message_hint("The columns are %s", names.data);
	buffer_free(&names);
}

/* A column that none has, and which one may have been meant. */
static void report_unknown(const struct image *image, const char *word, size_t length)
{
	static const char *const others[] = {"severity", "rule", "record", "data"};
	char wanted[256];
	struct near near;

	message_error("No record of the script has a column %.*s", (int)length, word);
	if (!image->n_records) {
		message_hint("It has no records at all: they are made by emit and alert");
		return;
	}
	snprintf(wanted, sizeof(wanted), "%.*s", (int)length, word);
	near_start(&near, wanted);
	for (uint32_t i = 0; i < image->n_records; i++) {
		const struct image_record *type = &image->records[i];

		for (uint32_t j = 0; j < type->n_columns; j++) {
			const char *name = image_string(image, image->columns[type->first_column + j].name);

			near_try(&near, name, strlen(name));
		}
	}
	for (uint32_t i = 0; i < ENVELOPES; i++)
		near_try(&near, envelope_rows[i].name, strlen(envelope_rows[i].name));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (is_known(image, others[i], strlen(others[i])))
			near_try(&near, others[i], strlen(others[i]));
	if (near.best)
		message_hint("Did you mean '%s'?", near.best);
	else
		hint_columns(image);
}

static int lay_out_as(struct record_table *table, const char *columns)
{
	const struct image *image = table->image;
	size_t length;

	for (const char *word = columns;; word += length + 1) {
		bool known = false;

		length = strcspn(word, ",");
		for (uint32_t i = 0; i < image->n_records; i++) {
			struct column column =
				find_column(image, &image->records[i], word, length);

			known |= column.kind != COLUMN_NONE;
			add_column(&table->layouts[i], column.kind, column.index, column.title,
				   column.width);
		}
		if (!known) {
			report_unknown(image, word, length);
			return -EINVAL;
		}
		if (!word[length])
			return 0;
	}
}

static uint32_t count_words(const char *columns)
{
	uint32_t n = 1;

	for (; columns && *columns; columns++)
		n += *columns == ',';
	return n;
}

static int lay_out_all(struct record_table *table, const char *columns)
{
	const struct image *image = table->image;

	table->layouts = calloc(image->n_records + 1, sizeof(*table->layouts));
	if (!table->layouts)
		return -ENOMEM;
	for (uint32_t i = 0; i < image->n_records; i++) {
		uint32_t n = ENVELOPES + image->records[i].n_columns + count_words(columns);
		struct layout *layout = &table->layouts[i];

		layout->columns = calloc(n, sizeof(*layout->columns));
		if (!layout->columns)
			return -ENOMEM;
		if (!columns)
			lay_out(layout, image, &image->records[i]);
		if (!columns && image->records[i].rule != IMAGE_NONE && !table->alerts)
			table->alerts = layout;
	}
	return columns ? lay_out_as(table, columns) : 0;
}

int record_table_new(struct record_table **result, const struct image *image, const char *columns,
		     bool color)
{
	struct record_table *table = calloc(1, sizeof(*table));
	int err;

	if (!table)
		return -ENOMEM;
	table->image = image;
	table->color = color;
	table->second = -1;
	err = lay_out_all(table, columns);
	if (err) {
		record_table_free(table);
		return err;
	}
	*result = table;
	return 0;
}

void record_table_free(struct record_table *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; table->layouts && i < table->image->n_records; i++)
		free(table->layouts[i].columns);
	free(table->layouts);
	buffer_free(&table->clock);
	free(table);
}

static void add_header(struct buffer *out, const struct layout *layout, bool color)
{
	if (color)
		buffer_add_text(out, "\033[1m");
	for (uint32_t i = 0; i < layout->n; i++) {
		const struct column *column = &layout->columns[i];

		for (const char *c = column->title; *c; c++)
			buffer_add_byte(out, (char)toupper((unsigned char)*c));
		if (i + 1 < layout->n)
			buffer_repeat(out, ' ', column->width - strlen(column->title) + 1);
	}
	if (color)
		buffer_add_text(out, "\033[0m");
	buffer_add_byte(out, '\n');
}

/* Local time of day; many records share a second. */
static void add_time(struct record_table *table, struct buffer *out, int64_t wall)
{
	if (wall / 1000000000 != table->second) {
		table->second = wall / 1000000000;
		table->clock.length = 0;
		clock_format(&table->clock, "%H:%M:%S", wall);
	}
	buffer_add(out, table->clock.data, table->clock.length);
}

static void add_severity(const struct record_table *table, struct buffer *out, uint32_t severity)
{
	static const char *const colors[IMAGE_SEVERITIES] = {
		[IMAGE_SEVERITY_info] = "",	      [IMAGE_SEVERITY_low] = "\033[36m",
		[IMAGE_SEVERITY_medium] = "\033[33m", [IMAGE_SEVERITY_high] = "\033[31m",
		[IMAGE_SEVERITY_critical] = "\033[1;31m",
	};
	bool color = table->color && *colors[severity];

	if (color)
		buffer_add_text(out, colors[severity]);
	buffer_add_text(out, severity_name(severity));
	if (color)
		buffer_add_text(out, "\033[0m");
}

static void add_data(const struct record_table *table, struct buffer *out, struct style *style,
		     const struct record_value *record)
{
	const struct image_column *columns = &table->image->columns[record->type->first_column];

	for (uint32_t i = 0; i < record->type->n_columns; i++) {
		if (i)
			buffer_add_byte(out, ' ');
		buffer_add_text(out, image_string(table->image, columns[i].name));
		buffer_add_byte(out, '=');
		value_text(out, style, &record->fields[i]);
	}
}

static void add_value(struct record_table *table, struct buffer *out, struct style *style,
		      const struct record_value *record, const struct column *column)
{
	uint32_t length;
	const char *text;

	switch (column->kind) {
	case COLUMN_ENVELOPE:
		if (column->index == ENVELOPE_time) {
			add_time(table, out, record->time);
		} else if (envelope_rows[column->index].kind == ENVELOPE_IS_TEXT) {
			text = record_text(record, column->index, &length);
			value_text_bytes(out, style, text, length);
		} else {
			buffer_add_u64(out, record_number(record, column->index));
		}
		break;
	case COLUMN_FIELD:
		value_text(out, style, &record->fields[column->index]);
		break;
	case COLUMN_NAME:
	case COLUMN_RULE:
		buffer_add_text(out, image_string(table->image, record->type->name));
		break;
	case COLUMN_SEVERITY:
		/* Only a table of alerts has it. */
		assert(record->rule);
		add_severity(table, out, record->rule->severity);
		break;
	case COLUMN_DATA:
		add_data(table, out, style, record);
		break;
	case COLUMN_NONE:
		buffer_add_byte(out, '-');
		break;
	}
}

void record_table_add(struct record_table *table, struct buffer *out, struct style *style,
		      const struct record_value *record)
{
	struct layout *layout = record->rule && table->alerts
					? table->alerts
					: &table->layouts[record->type - table->image->records];

	if (!layout->titled) {
		layout->titled = true;
		add_header(out, layout, table->color);
	}
	for (uint32_t i = 0; i < layout->n; i++) {
		const struct column *column = &layout->columns[i];
		size_t before = out->length;
		uint32_t width;

		add_value(table, out, style, record, column);
		if (i + 1 == layout->n)
			break;
		width = screen_width(out->data + before, out->length - before);
		buffer_repeat(out, ' ', width < column->width ? column->width - width + 1 : 1);
	}
	buffer_add_byte(out, '\n');
}
