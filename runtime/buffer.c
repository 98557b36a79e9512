/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The growing byte buffer, and numbers into it: these run several times for every event, so they
 * do without stdio.
 */
#include "runtime/buffer.h"

#include <stdlib.h>

#define BUFFER_LIMIT ((size_t)BUFFER_MIB << 20)

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	memset(buffer, 0, sizeof(*buffer));
}

bool buffer_reserve_slow(struct buffer *buffer, size_t more)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 256;
	char *data;

	if (more > BUFFER_LIMIT - buffer->length) {
		buffer->failed = true;
		return false;
	}
	while (capacity - buffer->length < more)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data) {
		buffer->failed = true;
		return false;
	}
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

void buffer_add_u64(struct buffer *buffer, uint64_t value)
{
	char digits[20];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + value % 10);
	while (value /= 10);
	buffer_add(buffer, digits + n, sizeof(digits) - n);
}

void buffer_add_i64(struct buffer *buffer, int64_t value)
{
	if (value < 0)
		buffer_add_byte(buffer, '-');
	buffer_add_u64(buffer, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void buffer_add_hex(struct buffer *buffer, uint64_t value)
{
	char digits[16];
	size_t n = sizeof(digits);

	do
		digits[--n] = "0123456789abcdef"[value & 15];
	while (value >>= 4);
	buffer_add(buffer, digits + n, sizeof(digits) - n);
}

void buffer_repeat(struct buffer *buffer, char byte, size_t n)
{
	if (!n || !buffer_reserve(buffer, n))
		return;
	memset(buffer->data + buffer->length, byte, n);
	buffer->length += n;
}
