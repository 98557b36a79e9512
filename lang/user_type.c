/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/user_type.h"

#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/layout_build.h"
#include "lang/registers.h"
#include "lang/type.h"
#include "lang/unit.h"

/* One answer: its types are made when they are first needed. */
struct user_types {
	uint32_t number;
	const char *text;  /* of the answer, which the next tells from others */
	const char **rows; /* the line of each type, by its number - 1 */
	const struct type **made;
	bool *tried; /* it is made, being made, or none that can be */
	uint32_t count;
	struct user_types *next;
};

/* What is read of a line: words, then the rest. */
struct line {
	const char *at, *end;
};

static const char *line_end(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end : line + strlen(line);
}

static const char *next_row(const char *line)
{
	const char *end = line_end(line);

	return *end ? end + 1 : end;
}

static struct line open_line(const char *text)
{
	return (struct line){text, line_end(text)};
}

static const char *word(struct unit *unit, struct line *line)
{
	const char *from = line->at, *end = from;

	while (end < line->end && *end != ' ' && *end != '\t')
		end++;
	line->at = end < line->end ? end + 1 : end;
	return arena_text(unit->arena, from, (size_t)(end - from));
}

static uint64_t value(struct unit *unit, struct line *line)
{
	return strtoull(word(unit, line), NULL, 10);
}

static bool is_row(const char *line)
{
	return *line && strncmp(line, "p ", 2) && strncmp(line, "m ", 2) &&
	       strncmp(line, "b ", 2) && strncmp(line, "e ", 2);
}

/* The types of an answer; the same for the same. */
static struct user_types *open_types(struct unit *unit, const char *text)
{
	struct user_types *types, **last = &unit->user_types;
	uint32_t n = 0;

	for (; *last; last = &(*last)->next)
		if (!strcmp((*last)->text, text))
			return *last;
	types = arena_alloc(unit->arena, sizeof(*types));
	types->number = unit->n_user_types++;
	types->text = text;
	for (const char *line = text; *line; line = next_row(line))
		types->count += is_row(line);
	types->rows = arena_array(unit->arena, types->count + 1, sizeof(*types->rows));
	types->made = arena_array(unit->arena, types->count + 1, sizeof(*types->made));
	types->tried = arena_array(unit->arena, types->count + 1, sizeof(*types->tried));
	for (const char *line = text; *line; line = next_row(line))
		if (is_row(line))
			types->rows[n++] = line;
	return *last = types;
}

static const struct type *find(struct unit *unit, struct user_types *types, uint64_t number);

static bool is_struct(const struct user_types *types, uint64_t number)
{
	return number && number <= types->count &&
	       (!strncmp(types->rows[number - 1], "struct ", 7) ||
		!strncmp(types->rows[number - 1], "union ", 6));
}

static bool is_char(const struct user_types *types, uint64_t number)
{
	return number && number <= types->count && !strncmp(types->rows[number - 1], "char ", 5);
}

/* "point@2.7": type 7 of answer 2. */
static const struct type *reference(struct unit *unit, struct user_types *types, uint64_t number)
{
	struct line line = open_line(types->rows[number - 1]);
	bool is_union = *word(unit, &line) == 'u';

	value(unit, &line);
	return layout_reference(unit, is_union,
				arena_printf(unit->arena, "%s@%u.%u", word(unit, &line),
					     types->number, (unsigned)number));
}

static const struct type *pointer(struct unit *unit, struct user_types *types, uint64_t number)
{
	const struct type *elem = is_struct(types, number) ? reference(unit, types, number)
							   : find(unit, types, number);

	return type_pointer(unit->types, elem && elem->kind == TYPE_VOID ? NULL : elem, SPACE_NONE);
}

static const struct type *array(struct unit *unit, struct user_types *types, struct line line)
{
	uint64_t number = value(unit, &line), counts[8];
	const struct type *type = find(unit, types, number);
	bool text = is_char(types, number);
	uint32_t n = 0;

	while (line.at < line.end && n < 8)
		counts[n++] = value(unit, &line);
	while (type && n--) {
		type = counts[n] <= LAYOUT_MAX_SIZE ? layout_array(unit, type, text, counts[n])
						    : NULL;
		text = false;
	}
	return type;
}

static const struct type *enumeration(struct unit *unit, struct line line)
{
	uint32_t size = (uint32_t)value(unit, &line), count = 0;
	bool is_signed = value(unit, &line);
	const char *name = word(unit, &line);
	struct type_field *fields;
	const char *first;

	for (const char *at = next_row(line.at); !strncmp(at, "e ", 2); at = next_row(at))
		count++;
	fields = arena_array(unit->arena, count + 1, sizeof(*fields));
	first = next_row(line.at);
	for (uint32_t i = 0; i < count; i++, first = next_row(first)) {
		struct line item = open_line(first + 2);

		fields[i].value = (int64_t)strtoll(word(unit, &item), NULL, 10);
		fields[i].name = word(unit, &item);
	}
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return NULL;
	return type_enum(unit->types, name, fields, count, size, is_signed);
}

/* A member that begins at a bit; a bitfield is in a word of its type. */
static void place(struct type_field *field, uint64_t at, uint32_t bits)
{
	uint32_t wide = field->type->size * 8;

	/* What is further out is in no struct: structure() finds that. */
	field->offset = at / 8 > LAYOUT_MAX_SIZE ? LAYOUT_MAX_SIZE + 1 : (uint32_t)(at / 8);
	if (!bits || bits > 64)
		return;
	if (wide && at % wide + bits <= wide)
		field->offset = (uint32_t)(at / wide * (wide / 8));
	field->bit = (uint16_t)(at - (uint64_t)field->offset * 8);
	field->bits = (uint16_t)bits;
}

static void add_member(struct layout_members *members, struct user_types *types, const char *text)
{
	struct unit *unit = members->unit;
	struct line line = open_line(text + 2);
	struct type_field field = {.type = find(unit, types, value(unit, &line))};
	uint64_t at = value(unit, &line), bits = value(unit, &line);

	field.name = word(unit, &line);
	if (!field.type)
		return;
	place(&field, at, (uint32_t)bits);
	if (*text == 'm') {
		layout_add(members, field);
		return;
	}
	for (uint32_t i = 0; field.type->kind == TYPE_STRUCT && i < field.type->count; i++) {
		struct type_field inner = field.type->fields[i];

		inner.offset += field.offset;
		layout_add(members, inner);
	}
}

static const struct type *structure(struct unit *unit, struct user_types *types, struct line line,
				    bool is_union)
{
	struct layout_members members = {.unit = unit};
	uint32_t size = (uint32_t)value(unit, &line), align = 1;
	const char *name = word(unit, &line);

	for (const char *at = next_row(line.at); !strncmp(at, "m ", 2) || !strncmp(at, "b ", 2);
	     at = next_row(at))
		add_member(&members, types, at);
	for (uint32_t i = 0; i < members.count; i++) {
		const struct type_field *field = &members.items[i];
		uint32_t wanted = field->type->align ? field->type->align : 1;

		if (field->offset + (field->bits ? 0 : field->type->size) > size)
			return NULL;
		if (field->offset % wanted == 0 && wanted > align && size % wanted == 0)
			align = wanted;
	}
	if (!size || size > LAYOUT_MAX_SIZE)
		return NULL;
	if (is_union)
		return type_union(unit->types, name, members.items, members.count, size, align);
	return type_struct(unit->types, TYPE_STRUCT, name, members.items, members.count, size,
			   align);
}

static const struct type *make(struct unit *unit, struct user_types *types, const char *row)
{
	struct line line = open_line(row);
	const char *kind = word(unit, &line);
	uint64_t size;

	if (!strcmp(kind, "ptr"))
		return pointer(unit, types, value(unit, &line));
	if (!strcmp(kind, "array"))
		return array(unit, types, line);
	if (!strcmp(kind, "enum"))
		return enumeration(unit, line);
	if (!strcmp(kind, "struct") || !strcmp(kind, "union"))
		return structure(unit, types, line, *kind == 'u');
	if (!strcmp(kind, "bool"))
		return type_bool(unit->types);
	size = value(unit, &line);
	if (!strcmp(kind, "float"))
		return size == 4 || size == 8 ? layout_basic(unit, size == 4 ? "float" : "double")
					      : NULL;
	if (size == 16)
		return type_array(unit->types, type_int(unit->types, 8, false), 2);
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return NULL;
	return type_int(unit->types, (uint32_t)size, value(unit, &line));
}

/* NULL: a type that the language does not have. */
static const struct type *find(struct unit *unit, struct user_types *types, uint64_t number)
{
	struct layouts *all = layouts_of(unit);

	if (!number || number > types->count)
		return type_void(unit->types);
	if (types->tried[number - 1] || all->depth > LAYOUT_MAX_DEPTH)
		return types->made[number - 1];
	types->tried[number - 1] = true;
	all->depth++;
	types->made[number - 1] = make(unit, types, types->rows[number - 1]);
	all->depth--;
	return types->made[number - 1];
}

const struct type *user_type_complete(struct unit *unit, const struct type *type)
{
	char *end;
	unsigned long answer = strtoul(strrchr(type->name, '@') + 1, &end, 10);
	struct user_types *types = unit->user_types;
	unsigned long number = *end ? strtoul(end + 1, NULL, 10) : 0;
	const struct type *made;

	while (types && types->number != answer)
		types = types->next;
	made = types && is_struct(types, number) ? find(unit, types, number) : NULL;
	return made && made->size ? made : NULL;
}

/* "r1", "R1", "s0", "v": see WORLD_PARAMETERS. */
static bool read_place(const char *text, struct type_field *field)
{
	uint32_t number = (uint32_t)strtoul(text + 1, NULL, 10);

	field->on_stack = *text == 's';
	field->vector = *text == 'v';
	if ((*text == 'r' || *text == 'R') && number < REGISTER_ARGUMENTS)
		field->offset = register_argument(number);
	else if (*text == 's' && number < 4096)
		field->offset = REGISTER_STACK_SKIP + number * 8;
	else
		return field->vector;
	if (*text == 'r' && number + 1 < REGISTER_ARGUMENTS)
		field->second = register_argument(number + 1);
	return true;
}

/* What is not one number, in one register or two. False: they do not hold it. */
static bool place_whole(struct type_field *field, char place)
{
	if (place != 'r' || (field->type->kind != TYPE_STRUCT && field->type->kind != TYPE_ARRAY))
		return true;
	field->halves = true;
	return field->type->size <= 8 || (field->second && field->type->size <= 16);
}

const struct type *user_type_context(struct unit *unit, const struct world_answer *answer)
{
	struct user_types *types = open_types(unit, answer->data);
	struct type_field *fields;
	uint32_t count = 0;

	for (const char *at = types->text; !strncmp(at, "p ", 2); at = next_row(at))
		count++;
	fields = arena_array(unit->arena, count + 1, sizeof(*fields));
	count = 0;
	for (const char *at = types->text; !strncmp(at, "p ", 2); at = next_row(at)) {
		struct line line = open_line(at + 2);
		struct type_field field = {.name = ""};
		const char *place = word(unit, &line);
		bool is_there = read_place(place, &field);

		field.type = find(unit, types, value(unit, &line));
		field.name = word(unit, &line);
		if (field.vector) {
			field.type = type_void(unit->types);
			fields[count++] = field;
			continue;
		}
		if (!is_there || !field.type || !field.type->size ||
		    field.type->kind == TYPE_VOID || !place_whole(&field, *place))
			continue;
		if (*place == 'R')
			field.type = type_pointer(unit->types, field.type, SPACE_USER);
		if (field.type->kind == TYPE_POINTER)
			field.type = type_pointer(unit->types, field.type->elem, SPACE_USER);
		fields[count++] = field;
	}
	return type_struct(unit->types, TYPE_CONTEXT, "", fields, count, 168, 8);
}

const char *user_type_list(struct unit *unit, const struct world_answer *answer)
{
	struct arena_buffer out = {.arena = unit->arena};

	arena_buffer_add(&out, "", 0);
	for (const char *at = answer->data; !strncmp(at, "p ", 2); at = next_row(at)) {
		struct line line = open_line(at + 2);
		const char *name;

		word(unit, &line);
		word(unit, &line);
		name = word(unit, &line);
		arena_buffer_printf(&out, "    %.*s %s\n", (int)(line.end - line.at), line.at,
				    name);
	}
	return out.text;
}
