/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One arena per compilation: memory that is only ever freed all at once. No call returns NULL: a
 * compiler that has no memory for its tree has nothing sensible left to say, so it aborts.
 */
#ifndef DUETRACE_ARENA_H
#define DUETRACE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Say so and abort: for what else allocates in lang/. */
_Noreturn void arena_out_of_memory(void);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
/* The same for `count` elements; a product that overflows aborts. */
void *arena_array(struct arena *arena, size_t count, size_t size);
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
/* A copy with a NUL behind it. */
char *arena_text(struct arena *arena, const char *bytes, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* Text that grows in an arena; text[length] is always 0 once something was added. */
struct arena_buffer {
	struct arena *arena;
	char *text;
	size_t length, capacity;
};

void arena_buffer_add(struct arena_buffer *buffer, const char *bytes, size_t length);
void arena_buffer_puts(struct arena_buffer *buffer, const char *text);
void arena_buffer_printf(struct arena_buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
