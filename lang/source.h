/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script's text, and where its bytes are: the line table is made when the first message needs
 * it. Lines end at '\n'; a '\r' before it does not belong to the line either. Files that the script
 * imports stand behind it in the same text, so that a place is a byte, whichever file it is in; lines
 * are counted through.
 */
#ifndef DUETRACE_SOURCE_H
#define DUETRACE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* An imported file. */
struct source_file {
	const char *name;
	uint32_t begin, end; /* of its bytes */
	struct source_file *next; /* the one before it */
};

struct source {
	const char *name; /* of the script */
	const char *text;
	uint32_t size;
	uint32_t capacity;   /* 0: the text is not ours */
	uint32_t script_end; /* bytes of the script itself */
	struct source_file *files; /* the last one first */
	struct arena *arena;
	uint32_t *lines; /* byte at which each line begins; NULL: not made yet */
	uint32_t n_lines;
};

void source_init(struct source *source, struct arena *arena, const char *name, const char *text,
		 size_t size);
/* Put a file behind the text; returns where it begins. The text moves. */
uint32_t source_append(struct source *source, const char *name, const char *text, uint32_t size);
/* The file that a line is in, and the line's number there. */
const char *source_place(struct source *source, uint32_t line, uint32_t *file_line);
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
