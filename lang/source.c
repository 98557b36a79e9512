/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script's text, its line table and the excerpts that messages show. A column is a byte; only
 * excerpts print a tab as four blanks, and their markers follow that.
 */
#include "lang/source.h"

#include <string.h>

#include "lang/arena.h"

#define TAB_COLUMNS 4

void source_init(struct source *source, struct arena *arena, const char *name, const char *text,
		 size_t size)
{
	*source = (struct source){
		.name = name,
		.text = text,
		.size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size,
		.arena = arena,
	};
	source->script_end = source->size;
}

/* Room for so many bytes behind what is there; old text stays where it was, too. */
static char *make_room(struct source *source, uint32_t size)
{
	uint32_t capacity = source->capacity ? source->capacity : 1 << 16;
	char *text;

	if (size <= source->capacity)
		return (char *)source->text;
	while (capacity < size)
		capacity *= 2;
	text = arena_alloc(source->arena, capacity);
	memcpy(text, source->text, source->size);
	source->capacity = capacity;
	return text;
}

uint32_t source_append(struct source *source, const char *name, const char *text, uint32_t size)
{
	/* A NUL ends what is there for the lexer, the newline is where the file's first line
	 * begins. */
	uint32_t begin = source->size + 2;
	struct source_file *file = arena_alloc(source->arena, sizeof(*file));
	char *all = make_room(source, begin + size + 1);

	all[source->size] = '\0';
	all[source->size + 1] = '\n';
	memcpy(all + begin, text, size);
	*file = (struct source_file){name, begin, begin + size, source->files};
	all[begin + size] = '\0';
	source->files = file;
	source->text = all;
	source->size = begin + size;
	source->lines = NULL;
	return begin;
}

static void find_lines(struct source *source)
{
	uint32_t n = 1;

	for (uint32_t i = 0; i < source->size; i++)
		n += source->text[i] == '\n';
	source->lines = arena_array(source->arena, n, sizeof(*source->lines));
	source->n_lines = 1;
	for (uint32_t i = 0; i < source->size; i++) {
		if (source->text[i] == '\n')
			source->lines[source->n_lines++] = i + 1;
	}
}

static uint32_t find_line(struct source *source, uint32_t byte)
{
	uint32_t low = 0, high, middle;

	if (!source->lines)
		find_lines(source);
	for (high = source->n_lines; high - low > 1;) {
		middle = low + (high - low) / 2;
		if (source->lines[middle] <= byte)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static const struct source_file *file_at(const struct source *source, uint32_t byte)
{
	const struct source_file *file = source->files;

	while (file && byte < file->begin)
		file = file->next;
	return file;
}

const char *source_place(struct source *source, uint32_t line, uint32_t *file_line)
{
	const struct source_file *file;

	if (!source->lines)
		find_lines(source);
	file = file_at(source, source->lines[line - 1]);
	*file_line = file ? line - find_line(source, file->begin) : line;
	return file ? file->name : source->name;
}

/* Where the file that a byte is in ends. */
static uint32_t file_end(const struct source *source, uint32_t byte)
{
	const struct source_file *file = file_at(source, byte);

	return file ? file->end : source->script_end;
}

void source_locate(struct source *source, uint32_t byte, uint32_t *line, uint32_t *column)
{
	uint32_t index;

	if (byte > source->size)
		byte = source->size;
	index = find_line(source, byte);
	*line = index + 1;
	*column = byte - source->lines[index] + 1;
}

uint32_t source_width(struct source *source, uint32_t line, uint32_t columns)
{
	uint32_t width = 0;

	for (uint32_t i = 0; i < columns; i++)
		width += source->text[source->lines[line - 1] + i] == '\t' ? TAB_COLUMNS : 1;
	return width;
}

const char *source_line(struct source *source, uint32_t line, uint32_t most)
{
	struct arena_buffer buffer = {.arena = source->arena};
	uint32_t begin, end;

	if (!source->lines)
		find_lines(source);
	if (line < 1 || line > source->n_lines)
		return "";
	begin = source->lines[line - 1];
	end = line < source->n_lines ? source->lines[line] - 1 : source->size;
	if (end > file_end(source, begin))
		end = file_end(source, begin);
	if (end > begin && source->text[end - 1] == '\r')
		end--;
	if (end - begin > most)
		return NULL;
	arena_buffer_add(&buffer, "", 0);
	for (uint32_t i = begin; i < end; i++) {
		unsigned char byte = (unsigned char)source->text[i];

		if (byte == '\t')
			arena_buffer_puts(&buffer, "    ");
		else if (byte < ' ' || byte == 0x7f)
			arena_buffer_puts(&buffer, "?");
		else
			arena_buffer_add(&buffer, source->text + i, 1);
	}
	return buffer.text;
}
