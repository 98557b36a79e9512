/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as JSON. The shapes are bpftrace's: tuples and arrays "[1,2]", records "{"a": 1, "b": 2}",
 * pointers and enums as numbers.
 */
#include "runtime/print/value_json.h"

#include "runtime/buffer.h"
#include "runtime/print/histogram.h"
#include "runtime/print/screen.h"
#include "runtime/print/series.h"
#include "runtime/print/value_text.h"
#include "runtime/value.h"

#define TWO_TO_53 (1ULL << 53)

/* A double has 53 bits for the number: beyond, only multiples of a power of two are exact. */
static bool is_exact(uint64_t magnitude)
{
	return magnitude <= TWO_TO_53 ||
	       64 - __builtin_clzll(magnitude) - __builtin_ctzll(magnitude) <= 53;
}

void json_number(struct buffer *out, uint64_t number, bool is_signed)
{
	bool negative = is_signed && (int64_t)number < 0;
	bool exact = is_exact(negative ? -number : number);

	if (!exact)
		buffer_add_byte(out, '"');
	if (negative)
		buffer_add_i64(out, (int64_t)number);
	else
		buffer_add_u64(out, number);
	if (!exact)
		buffer_add_byte(out, '"');
}

static void escape_control(struct buffer *out, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";

	switch (byte) {
	case '"':
		buffer_add(out, "\\\"", 2);
		return;
	case '\\':
		buffer_add(out, "\\\\", 2);
		return;
	case '\n':
		buffer_add(out, "\\n", 2);
		return;
	case '\r':
		buffer_add(out, "\\r", 2);
		return;
	case '\t':
		buffer_add(out, "\\t", 2);
		return;
	}
	buffer_add(out, "\\u00", 4);
	buffer_add_byte(out, hex[byte >> 4]);
	buffer_add_byte(out, hex[byte & 15]);
}

void json_escape(struct buffer *out, const char *bytes, size_t length)
{
	const unsigned char *text = (const unsigned char *)bytes;
	size_t from = 0, i = 0, n;

	while (i < length) {
		if (text[i] >= 0x20 && text[i] < 0x80 && text[i] != '"' && text[i] != '\\') {
			i++;
			continue;
		}
		n = text[i] < 0x80 ? 0 : utf8_length(text + i, length - i);
		if (n) {
			i += n;
			continue;
		}
		buffer_add(out, bytes + from, i - from);
		if (text[i] < 0x80)
			escape_control(out, text[i]);
		else
			buffer_add(out, "\xef\xbf\xbd", 3);
		from = ++i;
	}
	buffer_add(out, bytes + from, length - from);
}

void json_string(struct buffer *out, const char *bytes, size_t length)
{
	buffer_add_byte(out, '"');
	json_escape(out, bytes, length);
	buffer_add_byte(out, '"');
}

static void add_text(struct buffer *out, const char *text)
{
	json_string(out, text, strlen(text));
}

static void add_list(struct buffer *out, struct style *style, const struct value *value)
{
	buffer_add_byte(out, '[');
	for (uint32_t i = 0; i < value->list.count; i++) {
		if (i)
			buffer_add_byte(out, ',');
		value_json(out, style, &value->list.items[i]);
	}
	buffer_add_byte(out, ']');
}

static void add_struct(struct buffer *out, struct style *style, const struct value *value)
{
	const struct image *image = style->image;

	buffer_add_byte(out, '{');
	for (uint32_t i = 0; i < value->list.count; i++) {
		const struct image_field *field = &image->fields[value->type->first_field + i];

		if (i)
			buffer_add(out, ", ", 2);
		add_text(out, image_string(image, field->name));
		buffer_add(out, ": ", 2);
		value_json(out, style, &value->list.items[i]);
	}
	buffer_add_byte(out, '}');
}

static void add_bytes(struct buffer *out, const struct value *value)
{
	buffer_add_byte(out, '[');
	for (uint32_t i = 0; i < value->string.length; i++) {
		if (i)
			buffer_add_byte(out, ',');
		buffer_add_u64(out, (unsigned char)value->string.bytes[i]);
	}
	buffer_add_byte(out, ']');
}

static void add_average(struct buffer *out, const struct value *value)
{
	if (value->kind == IMAGE_AVG) {
		json_number(out, value_average(value), value->is_signed);
		return;
	}
	buffer_add_text(out, "{\"count\": ");
	json_number(out, value->average.count, false);
	buffer_add_text(out, ", \"average\": ");
	json_number(out, value_average(value), value->is_signed);
	buffer_add_text(out, ", \"total\": ");
	json_number(out, (uint64_t)value->average.total, value->is_signed);
	buffer_add_byte(out, '}');
}

/* What has no shape of its own in JSON: its text as a string. */
static void add_as_text(struct buffer *out, struct style *style, const struct value *value)
{
	struct style plain = *style;
	struct buffer text = {0};

	plain.escape = false;
	value_text(&text, &plain, value);
	json_string(out, text.data, text.length);
	buffer_free(&text);
}

static void add_cut_string(struct buffer *out, const struct style *style, const struct value *value)
{
	buffer_add_byte(out, '"');
	json_escape(out, value->string.bytes, value->string.length);
	if (value->cut)
		json_escape(out, style->trailer, strlen(style->trailer));
	buffer_add_byte(out, '"');
}

void value_json(struct buffer *out, struct style *style, const struct value *value)
{
	switch (value->kind) {
	case IMAGE_BOOL:
		buffer_add_text(out, value->number ? "true" : "false");
		return;
	case IMAGE_BYTES:
	case IMAGE_DURATION:
	case IMAGE_INT:
	case IMAGE_ENUM:
	case IMAGE_POINTER:
	case IMAGE_COUNT:
	case IMAGE_SUM:
	case IMAGE_MIN:
	case IMAGE_MAX:
		json_number(out, value->number, value->is_signed);
		return;
	case IMAGE_PROBE:
		add_text(out, value_probe_name(style->image, value));
		return;
	case IMAGE_STRING:
		add_cut_string(out, style, value);
		return;
	case IMAGE_BUFFER:
		add_bytes(out, value);
		return;
	case IMAGE_ARRAY:
	case IMAGE_TUPLE:
		add_list(out, style, value);
		return;
	case IMAGE_STRUCT:
		add_struct(out, style, value);
		return;
	case IMAGE_AVG:
	case IMAGE_STATS:
		add_average(out, value);
		return;
	case IMAGE_TIMESTAMP:
	case IMAGE_INET:
	case IMAGE_MACADDR:
	case IMAGE_USERNAME:
	case IMAGE_ERROR_NAME:
	case IMAGE_SIGNAL_NAME:
	case IMAGE_SYSCALL_NAME:
	case IMAGE_CGROUP_PATH:
	case IMAGE_KSYM:
	case IMAGE_USYM:
	case IMAGE_KSTACK:
	case IMAGE_USTACK:
		add_as_text(out, style, value);
		return;
	case IMAGE_HIST:
	case IMAGE_LHIST:
		histogram_json(out, value, 1);
		return;
	case IMAGE_TSERIES:
		series_json(out, style, value);
		return;
	case IMAGE_VOID:
	case IMAGE_KINDS:
		break;
	}
	buffer_add_text(out, "null");
}

void value_json_key(struct buffer *out, struct style *style, const struct value *value,
		    struct buffer *scratch)
{
	struct style plain = *style;
	size_t kept = 0;

	plain.escape = false;
	scratch->length = 0;
	value_text_key(scratch, &plain, value);
	for (size_t i = 0; i < scratch->length; i++)
		if (scratch->data[i] != ' ')
			scratch->data[kept++] = scratch->data[i];
	json_string(out, scratch->data, kept);
}
