/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of a tracepoint's format is
 *	field:const char * filename;	offset:24;	size:8;	signed:0;
 * The declaration says more than size and sign do: the arguments of system calls all have eight
 * bytes and no sign there, although the kernel takes an `int dfd` from the low four. So a basic C
 * type that is not larger than the field wins; a typedef is taken by its size and sign.
 */
#include "lang/tracepoint_format.h"

#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"

struct field {
	const char *type, *name; /* "const char *", "filename"; an array's [N] is not in them */
	uint32_t offset, size;
	bool is_signed;
	bool is_array;
	uint32_t count; /* of an array; 0: not a plain number */
};

struct reader {
	const char *at, *end;
	struct arena *arena;
};

/* The number behind "key:" in a line, or 0. */
static uint32_t read_number(const char *line, const char *key)
{
	const char *found = strstr(line, key);

	return found ? (uint32_t)strtoul(found + strlen(key), NULL, 10) : 0;
}

static void trim(char *text)
{
	size_t length = strlen(text);

	while (length && strchr(" \t", text[length - 1]))
		text[--length] = '\0';
}

/* Split "const char name[16]" into the field's type, name and count. */
static bool split_declaration(char *text, struct field *field)
{
	char *bracket, *name;

	trim(text);
	bracket = strrchr(text, '[');
	if (bracket && strchr(bracket, ']') && !strchr(bracket, ']')[1]) {
		field->is_array = true;
		field->count = (uint32_t)strtoul(bracket + 1, NULL, 10);
		*bracket = '\0';
		trim(text);
	}
	name = text + strlen(text);
	while (name > text && !strchr(" \t*]", name[-1]))
		name--;
	if (name == text || !*name)
		return false;
	field->name = name;
	field->type = "";
	return true;
}

/* The next field of the format that is not one of those all tracepoints share. */
static bool next_field(struct reader *reader, struct field *field)
{
	const char *line_end;
	char *line, *end, *declaration;

	while (reader->at < reader->end) {
		line_end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
		if (!line_end)
			line_end = reader->end;
		line = arena_text(reader->arena, reader->at, (size_t)(line_end - reader->at));
		reader->at = line_end < reader->end ? line_end + 1 : line_end;
		line += strspn(line, " \t");
		if (strncmp(line, "field:", 6) != 0)
			continue;
		end = strchr(line, ';');
		if (!end)
			continue;
		declaration = arena_text(reader->arena, line + 6, (size_t)(end - line - 6));
		*field = (struct field){
			.offset = read_number(end, "offset:"),
			.size = read_number(end, "size:"),
			.is_signed = read_number(end, "signed:") != 0,
		};
		if (!split_declaration(declaration, field) || !strncmp(field->name, "common_", 7))
			continue;
		field->type =
			arena_text(reader->arena, declaration, (size_t)(field->name - declaration));
		trim((char *)field->type);
		return true;
	}
	return false;
}

/* `text` without const, volatile and struct-less qualifiers, blanks made single. */
static const char *base_type(struct arena *arena, const char *text)
{
	struct arena_buffer out = {.arena = arena};
	size_t length;

	arena_buffer_add(&out, "", 0);
	while (*(text += strspn(text, " \t*"))) {
		length = strcspn(text, " \t*");
		if ((length == 5 && !memcmp(text, "const", 5)) ||
		    (length == 8 && !memcmp(text, "volatile", 8))) {
			text += length;
			continue;
		}
		if (out.length)
			arena_buffer_puts(&out, " ");
		arena_buffer_add(&out, text, length);
		text += length;
	}
	return out.text;
}

/* The integer that a basic C type names on a 64-bit machine; NULL if it is not one of them. */
static const struct type *basic_type(struct types *types, const char *name)
{
	static const struct {
		const char *name;
		uint8_t size;
		bool is_signed;
	} basics[] = {
		{"char", 1, true},
		{"signed char", 1, true},
		{"unsigned char", 1, false},
		{"short", 2, true},
		{"unsigned short", 2, false},
		{"int", 4, true},
		{"unsigned int", 4, false},
		{"unsigned", 4, false},
		{"long", 8, true},
		{"unsigned long", 8, false},
		{"long long", 8, true},
		{"unsigned long long", 8, false},
		{"u8", 1, false},
		{"u16", 2, false},
		{"u32", 4, false},
		{"u64", 8, false},
		{"s8", 1, true},
		{"s16", 2, true},
		{"s32", 4, true},
		{"s64", 8, true},
		{"__u8", 1, false},
		{"__u16", 2, false},
		{"__u32", 4, false},
		{"__u64", 8, false},
		{"size_t", 8, false},
		{"ssize_t", 8, true},
		{"pid_t", 4, true},
		{"umode_t", 2, false},
		{"uid_t", 4, false},
		{"gid_t", 4, false},
		{"off_t", 8, true},
		{"loff_t", 8, true},
		{"key_t", 4, true},
	};

	for (size_t i = 0; i < sizeof(basics) / sizeof(basics[0]); i++) {
		if (!strcmp(basics[i].name, name))
			return type_int(types, basics[i].size, basics[i].is_signed);
	}
	return strcmp(name, "bool") != 0 && strcmp(name, "_Bool") != 0 ? NULL : type_bool(types);
}

/* What a declared type without its last array bound is, when it needs `size` bytes. */
static const struct type *plain_type(struct types *types, struct arena *arena, const char *text,
				     uint32_t size, bool is_signed)
{
	const struct type *basic = basic_type(types, base_type(arena, text));

	if (basic && basic->size <= size)
		return basic;
	if (size == 1 || size == 2 || size == 4 || size == 8)
		return type_int(types, size, is_signed);
	return type_array(types, type_int(types, 1, false), size);
}

static const struct type *pointer_type(struct types *types, struct arena *arena, const char *text,
				       enum type_space space)
{
	const char *base = base_type(arena, text);
	const struct type *type = basic_type(types, base);

	if (!type && !strncmp(base, "struct ", 7))
		type = type_struct(types, TYPE_STRUCT, base + 7, NULL, 0, 0, 1);
	for (; (text = strchr(text, '*')); text++)
		type = type_pointer(types, type, space);
	return type;
}

static const struct type *array_type(struct types *types, struct arena *arena,
				     const struct field *field, enum type_space space)
{
	const struct type *elem;
	uint32_t count = field->count;

	if (!strcmp(base_type(arena, field->type), "char") && !strchr(field->type, '*'))
		return type_string(types, field->size);
	if (strchr(field->type, '*'))
		elem = pointer_type(types, arena, field->type, space);
	else
		elem = plain_type(types, arena, field->type, count ? field->size / count : 1,
				  field->is_signed);
	if (!elem->size || (count && elem->size * count != field->size))
		elem = type_int(types, 1, false);
	return type_array(types, elem, field->size / elem->size);
}

/*
 * The type of a field, or NULL for what the language cannot read yet: a dynamic array of anything
 * but characters.
 */
static const struct type *field_type(struct types *types, struct arena *arena,
				     const struct field *field, enum type_space space,
				     uint32_t max_strlen, bool *data_loc)
{
	if (!strncmp(field->type, "__rel_loc ", 10))
		return NULL;
	if (!strncmp(field->type, "__data_loc ", 11)) {
		*data_loc = true;
		if (strcmp(base_type(arena, field->type + 11), "char[]") != 0)
			return NULL;
		return type_string(types, max_strlen);
	}
	if (field->is_array)
		return array_type(types, arena, field, space);
	if (strchr(field->type, '*'))
		return pointer_type(types, arena, field->type, space);
	if (!strncmp(field->type, "enum ", 5))
		return type_enum(types, field->type + 5, NULL, 0, field->size, field->is_signed);
	return plain_type(types, arena, field->type, field->size, field->is_signed);
}

const struct type *tracepoint_context(struct types *types, struct arena *arena, uint32_t max_strlen,
				      const char *category, const char *text, size_t size)
{
	enum type_space space = strcmp(category, "syscalls") != 0 ? SPACE_KERNEL : SPACE_USER;
	struct reader reader = {text, text + size, arena};
	struct type_field *fields = NULL, *larger;
	uint32_t count = 0, capacity = 0, end = 0;
	struct field field;

	while (next_field(&reader, &field)) {
		struct type_field made = {.name = field.name, .offset = field.offset};

		made.type = field_type(types, arena, &field, space, max_strlen, &made.data_loc);
		if (!made.type)
			continue;
		if (count == capacity) {
			capacity = capacity ? capacity * 2 : 16;
			larger = arena_array(arena, capacity, sizeof(*larger));
			if (count)
				memcpy(larger, fields, count * sizeof(*larger));
			fields = larger;
		}
		fields[count++] = made;
		if (field.offset + field.size > end)
			end = field.offset + field.size;
	}
	return type_struct(types, TYPE_CONTEXT, "", fields, count, end, 8);
}

const char *tracepoint_arguments(struct arena *arena, const char *text, size_t size)
{
	struct reader reader = {text, text + size, arena};
	struct arena_buffer out = {.arena = arena};
	struct field field;

	arena_buffer_add(&out, "", 0);
	while (next_field(&reader, &field)) {
		arena_buffer_printf(&out, "    %s %s", field.type, field.name);
		if (field.is_array && field.count)
			arena_buffer_printf(&out, "[%u]", field.count);
		else if (field.is_array)
			arena_buffer_puts(&out, "[]");
		arena_buffer_puts(&out, "\n");
	}
	return out.text;
}
