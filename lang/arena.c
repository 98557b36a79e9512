/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arena: a chain of blocks, each twice as large as the one before up to a limit. Large requests
 * get a block of their own, so that they do not waste the rest of the current one.
 */
#include "lang/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK (16u << 10)
#define LAST_BLOCK  (1u << 20)

struct block {
	struct block *next;
	max_align_t data[];
};

struct arena {
	struct block *blocks;
	char *at, *end;
	size_t next_size;
};

_Noreturn void arena_out_of_memory(void)
{
	fputs("ERROR: out of memory\n", stderr);
	abort();
}

struct arena *arena_new(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		arena_out_of_memory();
	arena->next_size = FIRST_BLOCK;
	return arena;
}

void arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (!arena)
		return;
	for (block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

static struct block *add_block(struct arena *arena, size_t size)
{
	struct block *block;

	if (size > SIZE_MAX - sizeof(*block))
		arena_out_of_memory();
	block = calloc(1, sizeof(*block) + size);
	if (!block)
		arena_out_of_memory();
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block;
	char *result;

	if (size > SIZE_MAX / 2)
		arena_out_of_memory();
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!size)
		size = alignof(max_align_t);
	if (size > (size_t)(arena->end - arena->at)) {
		if (size > arena->next_size / 4)
			return add_block(arena, size)->data;
		block = add_block(arena, arena->next_size);
		arena->at = (char *)block->data;
		arena->end = arena->at + arena->next_size;
		if (arena->next_size < LAST_BLOCK)
			arena->next_size *= 2;
	}
	result = arena->at;
	arena->at += size;
	return result;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		arena_out_of_memory();
	return arena_alloc(arena, count * size);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

char *arena_text(struct arena *arena, const char *bytes, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (length)
		memcpy(copy, bytes, length);
	return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		length = 0;
	text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void arena_buffer_add(struct arena_buffer *buffer, const char *bytes, size_t length)
{
	char *text;

	if (buffer->capacity - buffer->length <= length) {
		buffer->capacity = (buffer->capacity + length + 64) * 2;
		text = arena_alloc(buffer->arena, buffer->capacity);
		if (buffer->length)
			memcpy(text, buffer->text, buffer->length);
		buffer->text = text;
	}
	if (length)
		memcpy(buffer->text + buffer->length, bytes, length);
	buffer->length += length;
	buffer->text[buffer->length] = '\0';
}

void arena_buffer_puts(struct arena_buffer *buffer, const char *text)
{
	arena_buffer_add(buffer, text, strlen(text));
}

void arena_buffer_printf(struct arena_buffer *buffer, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(buffer->arena, format, args);
	va_end(args);
	arena_buffer_puts(buffer, text);
}
