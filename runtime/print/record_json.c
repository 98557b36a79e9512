/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/print/record_json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/buffer.h"
#include "runtime/print/value_json.h"
#include "runtime/print/value_text.h"
#include "runtime/record.h"
#include "runtime/value.h"

static void add_name(struct buffer *out, const char *name, const char *before)
{
	buffer_add_text(out, before);
	buffer_add_byte(out, '"');
	buffer_add_text(out, name);
	buffer_add_text(out, "\": ");
}

/* "2026-11-21T02:19:07.123456789Z", quoted. */
static void add_time(struct buffer *out, int64_t wall)
{
	time_t seconds = (time_t)(wall / 1000000000);
	char text[64], fraction[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "\"%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(fraction, sizeof(fraction), ".%09lldZ\"", (long long)(wall % 1000000000));
	buffer_add_text(out, text);
	buffer_add_text(out, fraction);
}

static void add_envelope(struct buffer *out, const struct record_value *record)
{
	for (enum envelope i = 0; i < ENVELOPES; i++) {
		const struct envelope_row *row = &envelope_rows[i];
		uint32_t length;
		const char *text;

		add_name(out, row->name, ", ");
		if (row->kind == ENVELOPE_IS_TIME) {
			add_time(out, (int64_t)record_number(record, i));
		} else if (row->kind == ENVELOPE_IS_NUMBER) {
			json_number(out, record_number(record, i), false);
		} else {
			text = record_text(record, i, &length);
			json_string(out, text, length);
		}
	}
}

/* An enum has the name that text and the database have, while it has one. */
static void add_field(struct buffer *out, struct style *style, const struct value *value)
{
	const char *name = value->kind == IMAGE_ENUM ? value_enum_name(style->image, value) : NULL;

	if (name)
		json_string(out, name, strlen(name));
	else
		value_json(out, style, value);
}

void record_json_data(struct buffer *out, struct style *style, const struct record_value *record)
{
	const struct image *image = style->image;
	const struct image_column *columns = &image->columns[record->type->first_column];

	buffer_add_byte(out, '{');
	for (uint32_t i = 0; i < record->type->n_columns; i++) {
		add_name(out, image_string(image, columns[i].name), i ? ", " : "");
		add_field(out, style, &record->fields[i]);
	}
	buffer_add_byte(out, '}');
}

void record_json(struct buffer *out, struct style *style, const struct record_value *record)
{
	const char *name = image_string(style->image, record->type->name);

	if (record->rule) {
		buffer_add_text(out, "{\"type\": \"alert\", \"rule\": \"");
		buffer_add_text(out, name);
		buffer_add_text(out, "\", \"severity\": \"");
		buffer_add_text(out, severity_name(record->rule->severity));
	} else {
		buffer_add_text(out, "{\"type\": \"record\", \"record\": \"");
		buffer_add_text(out, name);
	}
	buffer_add_byte(out, '"');
	add_envelope(out, record);
	buffer_add_text(out, ", \"data\": ");
	record_json_data(out, style, record);
	buffer_add_text(out, "}\n");
}
