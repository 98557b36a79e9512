/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte buffer that grows, for text under construction. Emptied and filled again for every event,
 * so a session soon stops allocating. Running out of memory, or of BUFFER_MIB, is remembered in `failed`,
 * and what did not fit is left out.
 */
#ifndef DUETRACE_RUNTIME_BUFFER_H
#define DUETRACE_RUNTIME_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * More than any text needs. A format of an image may repeat one long literal as often as it likes, so what
 * comes of a record is not bounded by anything else.
 */
#define BUFFER_MIB 512u

struct buffer {
	char *data;
	size_t length;
	size_t capacity;
	bool failed;
};

void buffer_free(struct buffer *buffer);
/* Make room for `more` bytes behind the end. */
bool buffer_reserve_slow(struct buffer *buffer, size_t more);
void buffer_add_u64(struct buffer *buffer, uint64_t value);
void buffer_add_i64(struct buffer *buffer, int64_t value);
void buffer_add_hex(struct buffer *buffer, uint64_t value); /* lower case, no prefix */
void buffer_repeat(struct buffer *buffer, char byte, size_t n);

static inline bool buffer_reserve(struct buffer *buffer, size_t more)
{
	return more <= buffer->capacity - buffer->length || buffer_reserve_slow(buffer, more);
}

static inline void buffer_add(struct buffer *buffer, const void *bytes, size_t n)
{
	if (!n || !buffer_reserve(buffer, n))
		return;
	memcpy(buffer->data + buffer->length, bytes, n);
	buffer->length += n;
}

static inline void buffer_add_byte(struct buffer *buffer, char byte)
{
	if (!buffer_reserve(buffer, 1))
		return;
	buffer->data[buffer->length++] = byte;
}

static inline void buffer_add_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

#endif
