/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What print(@m) and the end of a run show.
 */
#include "runtime/print/map_print.h"

#include "runtime/buffer.h"
#include "runtime/maps.h"
#include "runtime/print/histogram.h"
#include "runtime/print/map_table.h"
#include "runtime/print/series.h"
#include "runtime/print/value_json.h"
#include "runtime/print/value_text.h"

bool map_value_is_block(const struct value *value)
{
	return value->kind == IMAGE_HIST || value->kind == IMAGE_LHIST ||
	       value->kind == IMAGE_TSERIES;
}

void map_value_block(struct buffer *out, const struct style *style, const struct value *value,
		     uint64_t div)
{
	if (value->kind == IMAGE_TSERIES)
		series_text(out, style, value);
	else
		histogram_text(out, style, value, div);
}

void map_text(struct buffer *out, struct style *style, const struct map_snapshot *snapshot)
{
	if (snapshot->columns) {
		map_table(out, style, snapshot);
		return;
	}
	for (uint32_t i = 0; i < snapshot->count; i++) {
		const struct map_entry *entry = &snapshot->entries[i];

		buffer_add_text(out, image_string(style->image, snapshot->map->name));
		if (!(snapshot->map->flags & IMAGE_MAP_SCALAR)) {
			buffer_add_byte(out, '[');
			value_text_key(out, style, &entry->key);
			buffer_add_byte(out, ']');
		}
		if (map_value_is_block(&entry->value)) {
			buffer_add_text(out, ":\n");
			map_value_block(out, style, &entry->value, snapshot->div);
		} else {
			buffer_add_text(out, ": ");
			value_text(out, style, &entry->value);
		}
		buffer_add_byte(out, '\n');
	}
}

/* The name of the shape in JSON; it follows from the map's type, not from its content. */
static const char *json_type(const struct map_snapshot *snapshot)
{
	uint32_t kind = snapshot->type->kind;

	if (kind == IMAGE_HIST || kind == IMAGE_LHIST)
		return "hist";
	if (kind == IMAGE_TSERIES)
		return "tseries";
	return kind == IMAGE_AVG || kind == IMAGE_STATS ? "stats" : "map";
}

void map_value_json(struct buffer *out, struct style *style, const struct map_snapshot *snapshot,
		    const struct value *value)
{
	if (value->kind == IMAGE_TSERIES)
		series_json(out, style, value);
	else if (map_value_is_block(value))
		histogram_json(out, value, snapshot->div);
	else
		value_json(out, style, value);
}

static void add_entries(struct buffer *out, struct style *style,
			const struct map_snapshot *snapshot)
{
	struct buffer scratch = {0};

	buffer_add_byte(out, '{');
	for (uint32_t i = 0; i < snapshot->count; i++) {
		const struct map_entry *entry = &snapshot->entries[i];

		if (i)
			buffer_add(out, ", ", 2);
		value_json_key(out, style, &entry->key, &scratch);
		buffer_add(out, ": ", 2);
		map_value_json(out, style, snapshot, &entry->value);
	}
	buffer_add_byte(out, '}');
	buffer_free(&scratch);
}

void map_json(struct buffer *out, struct style *style, const struct map_snapshot *snapshot)
{
	const char *name = image_string(style->image, snapshot->map->name);
	bool scalar = snapshot->map->flags & IMAGE_MAP_SCALAR;

	if (snapshot->count == 0)
		return;
	buffer_add_text(out, "{\"type\": \"");
	buffer_add_text(out, json_type(snapshot));
	buffer_add_text(out, "\", \"data\": {");
	json_string(out, name, strlen(name));
	buffer_add(out, ": ", 2);
	if (scalar)
		map_value_json(out, style, snapshot, &snapshot->entries[0].value);
	else
		add_entries(out, style, snapshot);
	buffer_add_text(out, "}}\n");
}
