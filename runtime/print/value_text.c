/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as text, recursively. The forms are bpftrace's: "(1, a)", "{ .a = 1, .b = x }", "[1,2]".
 */
#include "runtime/print/value_text.h"

#include <arpa/inet.h>

#include "runtime/buffer.h"
#include "runtime/clock.h"
#include "runtime/print/names.h"
#include "runtime/print/quantity.h"
#include "runtime/print/screen.h"
#include "runtime/print/stack_text.h"
#include "runtime/value.h"

const char *value_enum_name(const struct image *image, const struct value *value)
{
	const struct image_type *type = value->type;

	for (uint32_t i = 0; i < type->n_fields; i++) {
		const struct image_field *field = &image->fields[type->first_field + i];

		if ((uint64_t)field->value == value->number)
			return image_string(image, field->name);
	}
	return NULL;
}

const char *value_probe_name(const struct image *image, const struct value *value)
{
	if (value->number >= image->n_probes)
		return "";
	return image_string(image, image->probes[value->number].name);
}

void value_text_bytes(struct buffer *out, struct style *style, const char *bytes,
		      unsigned int length)
{
	if (style->escape)
		style->escaped |= screen_add(out, bytes, length, false);
	else
		buffer_add(out, bytes, length);
}

void value_text_buffer(struct buffer *out, const struct value *value, char variant)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *bytes = (const unsigned char *)value->string.bytes;

	for (uint32_t i = 0; i < value->string.length; i++) {
		if (variant == 0 && bytes[i] >= 32 && bytes[i] < 127) {
			buffer_add_byte(out, (char)bytes[i]);
			continue;
		}
		if (variant != 'h')
			buffer_add(out, "\\x", 2);
		else if (i)
			buffer_add_byte(out, ' ');
		buffer_add_byte(out, hex[bytes[i] >> 4]);
		buffer_add_byte(out, hex[bytes[i] & 15]);
	}
}

static void add_number(struct buffer *out, const struct value *value)
{
	if (value->is_signed)
		buffer_add_i64(out, (int64_t)value->number);
	else
		buffer_add_u64(out, value->number);
}

/* Of an aggregation the unit is that of what went in. */
static void add_quantity(struct buffer *out, const struct style *style, const struct value *value)
{
	uint32_t kind = (uint32_t)value->kind;

	if (kind >= IMAGE_SUM && kind <= IMAGE_STATS && value->type && value->type->elem != IMAGE_NONE)
		kind = style->image->types[value->type->elem].kind;
	if (kind == IMAGE_BYTES)
		quantity_add_bytes(out, value->number);
	else if (kind == IMAGE_DURATION)
		quantity_add_duration(out, value->number);
	else
		add_number(out, value);
}

static void add_items(struct buffer *out, struct style *style, const struct value *value,
		      const char *separator)
{
	for (uint32_t i = 0; i < value->list.count; i++) {
		if (i)
			buffer_add_text(out, separator);
		value_text(out, style, &value->list.items[i]);
	}
}

static void add_struct(struct buffer *out, struct style *style, const struct value *value)
{
	const struct image_type *type = value->type;

	buffer_add_text(out, "{ ");
	for (uint32_t i = 0; i < value->list.count; i++) {
		const struct image_field *field = &style->image->fields[type->first_field + i];

		buffer_add_text(out, i ? ", ." : ".");
		buffer_add_text(out, image_string(style->image, field->name));
		buffer_add_text(out, " = ");
		value_text(out, style, &value->list.items[i]);
	}
	buffer_add_text(out, " }");
}

static void add_average(struct buffer *out, const struct style *style, const struct value *value)
{
	struct value number = {.kind = value->kind,
			       .type = value->type,
			       .is_signed = value->is_signed,
			       .number = value_average(value)};

	if (value->kind == IMAGE_AVG) {
		add_quantity(out, style, &number);
		return;
	}
	buffer_add_text(out, "{ .count = ");
	buffer_add_u64(out, value->average.count);
	buffer_add_text(out, ", .average = ");
	add_quantity(out, style, &number);
	buffer_add_text(out, ", .total = ");
	number.number = (uint64_t)value->average.total;
	add_quantity(out, style, &number);
	buffer_add_text(out, " }");
}

static void add_timestamp(struct buffer *out, const struct style *style, const struct value *value)
{
	const struct image_timestamp *timestamp = &value->timestamp;
	const struct clock_base *clock = style->clock;
	uint64_t offset =
		(uint64_t)(timestamp->clock == IMAGE_CLOCK_TAI ? -clock->tai : clock->offset);

	/* The offset comes out of a record: it may be anything. */
	if (timestamp->format >= style->image->header->strings.count)
		return;
	clock_format(out, image_string(style->image, timestamp->format),
		     (int64_t)(timestamp->ns + offset));
}

static void add_inet(struct buffer *out, const struct value *value)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop((int)value->inet.family, value->inet.address, text, sizeof(text)))
		buffer_add_text(out, text);
}

static void add_macaddr(struct buffer *out, const struct value *value)
{
	static const char hex[] = "0123456789ABCDEF";

	for (uint32_t i = 0; i < value->string.length; i++) {
		unsigned char byte = (unsigned char)value->string.bytes[i];

		if (i)
			buffer_add_byte(out, ':');
		buffer_add_byte(out, hex[byte >> 4]);
		buffer_add_byte(out, hex[byte & 15]);
	}
}

static void add_enum(struct buffer *out, const struct style *style, const struct value *value)
{
	const char *name = value_enum_name(style->image, value);

	if (name)
		buffer_add_text(out, name);
	else
		add_number(out, value);
}

/* Also a cgroup has the name that somebody has given it. */
static void add_name(struct buffer *out, struct style *style, const struct value *value)
{
	struct buffer name = {0};

	names_text(&name, value->kind, value->number);
	value_text_bytes(out, style, name.data, (unsigned int)name.length);
	buffer_free(&name);
}

void value_text(struct buffer *out, struct style *style, const struct value *value)
{
	switch (value->kind) {
	case IMAGE_BOOL:
		buffer_add_text(out, value->number ? "true" : "false");
		return;
	case IMAGE_INT:
	case IMAGE_COUNT:
		add_number(out, value);
		return;
	case IMAGE_SUM:
	case IMAGE_MIN:
	case IMAGE_MAX:
	case IMAGE_BYTES:
	case IMAGE_DURATION:
		add_quantity(out, style, value);
		return;
	case IMAGE_POINTER:
		buffer_add_text(out, "0x");
		buffer_add_hex(out, value->number);
		return;
	case IMAGE_ENUM:
		add_enum(out, style, value);
		return;
	case IMAGE_PROBE:
		buffer_add_text(out, value_probe_name(style->image, value));
		return;
	case IMAGE_STRING:
		value_text_bytes(out, style, value->string.bytes, value->string.length);
		if (value->cut)
			buffer_add_text(out, style->trailer);
		return;
	case IMAGE_BUFFER:
		value_text_buffer(out, value, 0);
		return;
	case IMAGE_ARRAY:
		buffer_add_byte(out, '[');
		add_items(out, style, value, ",");
		buffer_add_byte(out, ']');
		return;
	case IMAGE_TUPLE:
		buffer_add_byte(out, '(');
		add_items(out, style, value, ", ");
		buffer_add_text(out, value->list.count == 1 ? ",)" : ")");
		return;
	case IMAGE_STRUCT:
		add_struct(out, style, value);
		return;
	case IMAGE_AVG:
	case IMAGE_STATS:
		add_average(out, style, value);
		return;
	case IMAGE_TIMESTAMP:
		add_timestamp(out, style, value);
		return;
	case IMAGE_INET:
		add_inet(out, value);
		return;
	case IMAGE_MACADDR:
		add_macaddr(out, value);
		return;
	case IMAGE_USERNAME:
	case IMAGE_ERROR_NAME:
	case IMAGE_SIGNAL_NAME:
	case IMAGE_SYSCALL_NAME:
	case IMAGE_CGROUP_PATH:
		add_name(out, style, value);
		return;
	case IMAGE_KSYM:
		stack_text_kernel(out, style, value->number);
		return;
	case IMAGE_USYM:
		stack_text_user(out, style, &value->usym);
		return;
	case IMAGE_KSTACK:
	case IMAGE_USTACK:
		stack_text(out, style, value);
		return;
	case IMAGE_VOID:
	case IMAGE_HIST:
	case IMAGE_LHIST:
	case IMAGE_TSERIES:
	case IMAGE_KINDS:
		break;
	}
	buffer_add_text(out, "null");
}

void value_text_key(struct buffer *out, struct style *style, const struct value *value)
{
	if (value->kind == IMAGE_TUPLE)
		add_items(out, style, value, ", ");
	else
		value_text(out, style, value);
}
