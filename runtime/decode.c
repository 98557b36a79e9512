/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes records and map bytes by the plan's layouts. All reads go through memcpy: neither the
 * ring buffer nor a map value promises alignment.
 */
#include "runtime/decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf-helpers/abi.h"

#define CHUNK_VALUES 256
/*
 * In one chunk: some 900 MB. A type may have thousands of members at one byte, so the size of a map does not
 * bound what it is decoded to.
 */
#define MAX_VALUES (1u << 24)

struct decode_chunk {
	struct decode_chunk *next;
	uint32_t capacity;
	struct value values[];
};

/* Keeps the newest chunk, the largest: after a while one chunk serves every event. */
void decode_arena_reset(struct decode_arena *arena)
{
	arena->used = 0;
	if (!arena->chunk)
		return;
	while (arena->chunk->next) {
		struct decode_chunk *older = arena->chunk->next;

		arena->chunk->next = older->next;
		free(older);
	}
}

void decode_arena_free(struct decode_arena *arena)
{
	decode_arena_reset(arena);
	free(arena->chunk);
	arena->chunk = NULL;
}

struct value *decode_arena_values(struct decode_arena *arena, uint32_t count)
{
	struct decode_chunk *chunk = arena->chunk;

	if (!chunk || count > chunk->capacity - arena->used) {
		uint32_t capacity = chunk ? chunk->capacity * 2 : CHUNK_VALUES;

		if (capacity > MAX_VALUES)
			return NULL;

		if (capacity < count)
			capacity = count;
		chunk = malloc(sizeof(*chunk) + capacity * sizeof(struct value));
		if (!chunk)
			return NULL;
		chunk->capacity = capacity;
		chunk->next = arena->chunk;
		arena->chunk = chunk;
		arena->used = 0;
	}
	arena->used += count;
	return chunk->values + arena->used - count;
}

static uint64_t read_number(const void *data, uint32_t size, bool is_signed)
{
	uint64_t number = 0;

	switch (size) {
	case 1:
		number = *(const uint8_t *)data;
		return is_signed ? (uint64_t)(int64_t)(int8_t)number : number;
	case 2: {
		uint16_t narrow;

		memcpy(&narrow, data, sizeof(narrow));
		return is_signed ? (uint64_t)(int64_t)(int16_t)narrow : narrow;
	}
	case 4: {
		uint32_t narrow;

		memcpy(&narrow, data, sizeof(narrow));
		return is_signed ? (uint64_t)(int64_t)(int32_t)narrow : narrow;
	}
	default:
		memcpy(&number, data, sizeof(number));
		return number;
	}
}

/* Bits [bit, bit + bits) counted from the lowest of `data`; little-endian, as BPF targets are. */
static uint64_t read_bits(const unsigned char *data, uint32_t bit, uint32_t bits, bool is_signed)
{
	uint64_t number = 0;

	for (uint32_t i = 0; i < bits; i++) {
		uint32_t at = bit + i;

		number |= (uint64_t)(data[at / 8] >> (at % 8) & 1) << i;
	}
	if (is_signed && bits < 64 && number >> (bits - 1) & 1)
		number |= ~0ULL << bits;
	return number;
}

/* A buffer without a NUL is printed with the trailer, but not the byte that only says so. */
static void set_string(struct value *value, const char *bytes, uint32_t capacity)
{
	size_t length = strnlen(bytes, capacity);

	value->string.bytes = bytes;
	value->cut = capacity && length == capacity;
	value->string.length = (uint32_t)(length - (value->cut && bytes[length - 1] == ABI_CUT));
}

static void set_buffer(struct value *value, const char *data, uint32_t size)
{
	uint32_t length;

	memcpy(&length, data, sizeof(length));
	value->string.bytes = data + sizeof(length);
	value->string.length =
		length < size - sizeof(length) ? length : size - (uint32_t)sizeof(length);
}

static void start_value(struct value *value, const struct image_type *type)
{
	value->kind = (enum image_kind)type->kind;
	value->is_signed = type->flags & IMAGE_TYPE_SIGNED;
	value->cut = false;
	value->type = type;
}

static int decode_array(const struct image *image, struct decode_arena *arena,
			const struct image_type *type, const char *data, struct value *value)
{
	struct value *items = decode_arena_values(arena, type->count);
	uint32_t size = image->types[type->elem].size;
	int err = items ? 0 : -ENOMEM;

	for (uint32_t i = 0; !err && i < type->count; i++)
		err = decode_value(image, arena, type->elem, data + (size_t)i * size, &items[i]);
	value->list.items = items;
	value->list.count = type->count;
	return err;
}

static int decode_field(const struct image *image, struct decode_arena *arena,
			const struct image_field *field, const char *data, struct value *value)
{
	const struct image_type *type = &image->types[field->type];

	if (!field->bits)
		return decode_value(image, arena, field->type, data + field->offset, value);
	start_value(value, type);
	value->number = read_bits((const unsigned char *)data + field->offset, field->bit,
				  field->bits, value->is_signed);
	return 0;
}

static int decode_fields(const struct image *image, struct decode_arena *arena,
			 const struct image_type *type, const char *data, struct value *value)
{
	struct value *items = decode_arena_values(arena, type->n_fields);
	int err = items ? 0 : -ENOMEM;

	for (uint32_t i = 0; !err && i < type->n_fields; i++)
		err = decode_field(image, arena, &image->fields[type->first_field + i], data,
				   &items[i]);
	value->list.items = items;
	value->list.count = type->n_fields;
	return err;
}

int decode_value(const struct image *image, struct decode_arena *arena, uint32_t index,
		 const void *data, struct value *value)
{
	const struct image_type *type = &image->types[index];

	start_value(value, type);
	switch (value->kind) {
	case IMAGE_BOOL:
		value->number = *(const uint8_t *)data != 0;
		return 0;
	case IMAGE_INT:
	case IMAGE_ENUM:
	case IMAGE_POINTER:
	case IMAGE_PROBE:
	case IMAGE_USERNAME:
	case IMAGE_ERROR_NAME:
	case IMAGE_SIGNAL_NAME:
	case IMAGE_SYSCALL_NAME:
	case IMAGE_CGROUP_PATH:
	case IMAGE_KSYM:
	case IMAGE_BYTES:
	case IMAGE_DURATION:
		value->number = read_number(data, type->size, value->is_signed);
		return 0;
	case IMAGE_COUNT:
	case IMAGE_SUM:
	case IMAGE_MIN:
	case IMAGE_MAX:
		value->number = read_number(data, 8, value->is_signed);
		return 0;
	case IMAGE_AVG:
	case IMAGE_STATS:
		memcpy(&value->average, data, sizeof(struct abi_average));
		return 0;
	case IMAGE_STRING:
		set_string(value, data, type->size);
		return 0;
	case IMAGE_BUFFER:
		set_buffer(value, data, type->size);
		return 0;
	case IMAGE_INET:
		memcpy(&value->inet, data, sizeof(value->inet));
		return 0;
	case IMAGE_MACADDR:
		value->string.bytes = data;
		value->string.length = IMAGE_MACADDR_SIZE;
		return 0;
	case IMAGE_USYM:
		memcpy(&value->usym, data, sizeof(value->usym));
		return 0;
	case IMAGE_KSTACK:
	case IMAGE_USTACK:
		memcpy(&value->stack.head, data, sizeof(value->stack.head));
		value->stack.frames = NULL;
		return 0;
	case IMAGE_TIMESTAMP:
		memcpy(&value->timestamp, data, sizeof(value->timestamp));
		return 0;
	case IMAGE_ARRAY:
		return decode_array(image, arena, type, data, value);
	case IMAGE_STRUCT:
	case IMAGE_TUPLE:
		return decode_fields(image, arena, type, data, value);
	case IMAGE_VOID:
	case IMAGE_HIST:
	case IMAGE_LHIST:
	case IMAGE_TSERIES:
	case IMAGE_KINDS:
		break;
	}
	value->number = 0;
	return 0;
}

static bool is_stack(const struct value *value)
{
	return value->kind == IMAGE_KSTACK || value->kind == IMAGE_USTACK;
}

/* The frames of a stack may be in the record, behind its strings. */
static int take_frames(struct value *value, const char *record, size_t size, size_t *tail)
{
	const struct abi_stack *head = &value->stack.head;
	size_t bytes = (size_t)head->frames * abi_stack_frame(head->how);

	if (!(head->how & ABI_STACK_INLINE))
		return 0;
	if (bytes > size - *tail)
		return -EBADMSG;
	value->stack.frames = record + *tail;
	*tail += bytes;
	return 0;
}

int decode_record(const struct image *image, struct decode_arena *arena,
		  const struct image_event *event, const void *record, size_t size,
		  struct value **args)
{
	const struct image_arg *arg = &image->args[event->first_arg];
	const char *data = record;
	size_t tail = event->size;
	struct value *values;

	if (size < event->size)
		return -EBADMSG;
	values = decode_arena_values(arena, event->n_args);
	if (!values)
		return -ENOMEM;
	for (uint32_t i = 0; i < event->n_args; i++, arg++) {
		struct abi_string slot;
		int err;

		if (image->types[arg->type].kind != IMAGE_STRING) {
			err = decode_value(image, arena, arg->type, data + arg->offset, &values[i]);
			if (!err && is_stack(&values[i]))
				err = take_frames(&values[i], data, size, &tail);
			if (err)
				return err;
			continue;
		}
		memcpy(&slot, data + arg->offset, sizeof(slot));
		if (slot.length > size - tail)
			return -EBADMSG;
		start_value(&values[i], &image->types[arg->type]);
		values[i].string.bytes = data + tail;
		values[i].string.length = slot.length;
		values[i].cut = slot.truncated != 0;
		tail += slot.length;
	}
	*args = values;
	return 0;
}
