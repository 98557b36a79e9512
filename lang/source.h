/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script's text, and where its bytes are: the line table is made when the first message needs
 * it. Lines end at '\n'; a '\r' before it does not belong to the line either.
 */
#ifndef DUETRACE_SOURCE_H
#define DUETRACE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct arena;

struct source {
	const char *name;
	const char *text;
	uint32_t size;
	struct arena *arena;
	uint32_t *lines; /* byte at which each line begins; NULL: not made yet */
	uint32_t n_lines;
};

void source_init(struct source *source, struct arena *arena, const char *name, const char *text,
		 size_t size);
/* 1-based; a byte past the end is taken as the end. Columns count bytes. */
void source_locate(struct source *source, uint32_t byte, uint32_t *line, uint32_t *column);
/* How wide the first `columns` bytes of a line, which has them, are in an excerpt. */
uint32_t source_width(struct source *source, uint32_t line, uint32_t columns);
/*
 * The text of a 1-based line with tabs expanded to four blanks and control bytes made '?'. NULL if
 * the line is longer than `most` bytes.
 */
const char *source_line(struct source *source, uint32_t line, uint32_t most);

#endif
