/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/layout.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/btf.h"
#include "lang/c.h"
#include "lang/data_event.h"
#include "lang/layout_build.h"
#include "lang/unit.h"
#include "lang/user_type.h"
#include "lang/world.h"

struct layouts *layouts_of(struct unit *unit)
{
	if (!unit->layouts) {
		unit->layouts = arena_alloc(unit->arena, sizeof(*unit->layouts));
		unit->layouts->known.arena = unit->arena;
	}
	return unit->layouts;
}

struct btf *layout_btf(struct unit *unit)
{
	const struct world_ops *world = unit->options->world;
	struct layouts *all = layouts_of(unit);
	struct world_answer answer;

	if (all->asked)
		return all->btf;
	all->asked = true;
	if (world && !world->ask(world->self, WORLD_KERNEL_BTF, "", &answer))
		all->btf = btf_open(unit->arena, answer.data, answer.size);
	return all->btf;
}

uint32_t layout_module(struct unit *unit, const char *name, uint32_t *end)
{
	const struct world_ops *world = unit->options->world;
	struct btf *btf = layout_btf(unit);
	struct layouts *all = layouts_of(unit);
	struct world_answer answer;
	struct layout_module *module = all->modules;

	while (module && strcmp(module->name, name) != 0)
		module = module->next;
	if (!module) {
		module = arena_alloc(unit->arena, sizeof(*module));
		*module = (struct layout_module){.name = name, .next = all->modules};
		all->modules = module;
		if (btf && !world->ask(world->self, WORLD_KERNEL_BTF, name, &answer))
			module->first = btf_add(unit->arena, btf, answer.data, answer.size);
		module->end = btf ? btf_count(btf) : 0;
	}
	*end = module->end;
	return module->first;
}

bool layout_has_function(struct unit *unit, const char *name)
{
	const struct btf *btf = layout_btf(unit);

	return btf && btf_find(btf, BTF_KIND_FUNC, name);
}

const char *layout_kernel(struct unit *unit)
{
	const struct world_ops *world = unit->options->world;
	struct world_answer answer;

	if (!world || world->ask(world->self, WORLD_KERNEL_ID, "", &answer))
		return "";
	return answer.data;
}

void layout_add(struct layout_members *members, struct type_field field)
{
	struct type_field *items;

	if (!*field.name && field.type->kind == TYPE_STRUCT && !*field.type->name) {
		for (uint32_t i = 0; i < field.type->count; i++) {
			struct type_field inner = field.type->fields[i];

			inner.offset += field.offset;
			layout_add(members, inner);
		}
		return;
	}
	if (!*field.name)
		return; /* padding between bitfields */
	if (members->count == members->capacity) {
		members->capacity = members->capacity ? members->capacity * 2 : 16;
		items = arena_array(members->unit->arena, members->capacity, sizeof(*items));
		if (members->count)
			memcpy(items, members->items, members->count * sizeof(*items));
		members->items = items;
	}
	members->items[members->count++] = field;
}

const struct type *layout_reference(struct unit *unit, bool is_union, const char *name)
{
	return is_union ? type_union(unit->types, name, NULL, 0, 0, 1)
			: type_struct(unit->types, TYPE_STRUCT, name, NULL, 0, 0, 1);
}

const struct type *layout_array(struct unit *unit, const struct type *elem, bool is_char,
				uint64_t count)
{
	if (count * elem->size > LAYOUT_MAX_SIZE)
		return NULL;
	if (is_char && count)
		return type_string(unit->types, (uint32_t)count);
	return type_array(unit->types, elem, (uint32_t)count);
}

/* Of C, of stdint.h, of the kernel, and our own. */
static const struct {
	const char *name;
	uint32_t size; /* 0: void */
	bool is_signed;
} basic_types[] = {
	{"int8", 1, true},
	{"int16", 2, true},
	{"int32", 4, true},
	{"int64", 8, true},
	{"uint8", 1, false},
	{"uint16", 2, false},
	{"uint32", 4, false},
	{"uint64", 8, false},
	{"int8_t", 1, true},
	{"int16_t", 2, true},
	{"int32_t", 4, true},
	{"int64_t", 8, true},
	{"uint8_t", 1, false},
	{"uint16_t", 2, false},
	{"uint32_t", 4, false},
	{"uint64_t", 8, false},
	{"s8", 1, true},
	{"s16", 2, true},
	{"s32", 4, true},
	{"s64", 8, true},
	{"u8", 1, false},
	{"u16", 2, false},
	{"u32", 4, false},
	{"u64", 8, false},
	{"__s8", 1, true},
	{"__s16", 2, true},
	{"__s32", 4, true},
	{"__s64", 8, true},
	{"__u8", 1, false},
	{"__u16", 2, false},
	{"__u32", 4, false},
	{"__u64", 8, false},
	{"__be16", 2, false},
	{"__be32", 4, false},
	{"__be64", 8, false},
	{"size_t", 8, false},
	{"ssize_t", 8, true},
	{"uintptr_t", 8, false},
	{"intptr_t", 8, true},
	{"pid_t", 4, true},
	{"uid_t", 4, false},
	{"gid_t", 4, false},
	{"loff_t", 8, true},
	{"char", 1, true},
	{"signed char", 1, true},
	{"unsigned char", 1, false},
	{"short", 2, true},
	{"short int", 2, true},
	{"unsigned short", 2, false},
	{"int", 4, true},
	{"signed int", 4, true},
	{"unsigned int", 4, false},
	{"unsigned", 4, false},
	{"signed", 4, true},
	{"long", 8, true},
	{"long int", 8, true},
	{"unsigned long", 8, false},
	{"long unsigned int", 8, false},
	{"unsigned long int", 8, false},
	{"long long", 8, true},
	{"long long int", 8, true},
	{"unsigned long long", 8, false},
	{"unsigned long long int", 8, false},
	{"short unsigned int", 2, false},
	{"unsigned short int", 2, false},
	{"long long unsigned int", 8, false},
	{"void", 0, false},
};

/* That have a size and no value that could be read. */
static const struct {
	const char *name;
	uint32_t size, align;
} opaque_types[] = {
	{"float", 4, 4},
	{"double", 8, 8},
	{"long double", 16, 16},
	{"__int128", 16, 16},
	{"__builtin_va_list", 24, 8},
	{"_Complex", 16, 8},
};

const struct type *layout_basic(struct unit *unit, const char *name)
{
	if (!strcmp(name, "bool") || !strcmp(name, "_Bool"))
		return type_bool(unit->types);
	for (size_t i = 0; i < sizeof(opaque_types) / sizeof(opaque_types[0]); i++) {
		if (!strcmp(opaque_types[i].name, name))
			return type_struct(unit->types, TYPE_VOID, opaque_types[i].name, NULL, 0,
					   opaque_types[i].size, opaque_types[i].align);
	}
	for (size_t i = 0; i < sizeof(basic_types) / sizeof(basic_types[0]); i++) {
		if (!strcmp(basic_types[i].name, name))
			return basic_types[i].size ? type_int(unit->types, basic_types[i].size,
							      basic_types[i].is_signed)
						   : type_void(unit->types);
	}
	return NULL;
}

/* The BTF kinds of a form, the first one most likely. */
static uint32_t find_in_btf(struct unit *unit, enum type_form form, const char *name)
{
	static const unsigned kinds[][3] = {
		[FORM_NAME] = {BTF_KIND_TYPEDEF, BTF_KIND_INT},
		[FORM_STRUCT] = {BTF_KIND_STRUCT},
		[FORM_UNION] = {BTF_KIND_UNION},
		[FORM_ENUM] = {BTF_KIND_ENUM, BTF_KIND_ENUM64},
	};
	struct btf *btf = layout_btf(unit);
	uint32_t id = 0;

	for (int i = 0; btf && !id && kinds[form][i]; i++)
		id = btf_find(btf, kinds[form][i], name);
	return id;
}

/* The language's own types, which C does not have, by the names that messages give them. */
static const struct type *opaque(struct unit *unit, const char *name)
{
	static const char *const names[TYPE_STAMP_END] = {
#define TYPE(id, name) [TYPE_##id] = name,
#include "image/types.def"
#undef TYPE
	};

	for (int kind = TYPE_PROBE; kind < TYPE_STAMP_END; kind++)
		if (!strcmp(names[kind], name))
			return type_simple(unit->types, (enum type_kind)kind, false);
	return NULL;
}

const struct type *layout_named(struct unit *unit, enum type_form form, const char *name)
{
	static const char *const words[] = {[FORM_NAME] = "type",
					    [FORM_STRUCT] = "struct",
					    [FORM_UNION] = "union",
					    [FORM_ENUM] = "enum"};
	struct layouts *all = layouts_of(unit);
	const struct definition *definition;
	const struct type *type = NULL;
	uint32_t id;
	void **known;

	definition = c_find(unit, form, name);
	if (!definition && form == FORM_NAME && (type = layout_basic(unit, name)))
		return type;
	name = arena_printf(unit->arena, "%s %s", words[form], name);
	known = names_at(&all->known, name);
	if (*known || all->depth > LAYOUT_MAX_DEPTH)
		return *known;
	name += strlen(words[form]) + 1;
	all->depth++;
	if (definition)
		type = layout_from_definition(unit, definition);
	else if (form == FORM_NAME)
		type = opaque(unit, name);
	if (!definition && !type && (id = find_in_btf(unit, form, name)))
		type = layout_from_btf(unit, id);
	all->depth--;
	*names_at(&all->known, name - strlen(words[form]) - 1) = (void *)type;
	return type;
}

const struct type *layout_complete(struct unit *unit, const struct type *type)
{
	uint32_t id = 0;

	if (!type || type->kind != TYPE_STRUCT || type->fields || type->size || type->is_record)
		return type;
	if (strchr(type->name, '@'))
		return user_type_complete(unit, type);
	if (type->name[0] != '#')
		return layout_named(unit, type->is_union ? FORM_UNION : FORM_STRUCT, type->name);
	for (const char *at = type->name + 1; *at; at++)
		id = id * 10 + (uint32_t)(*at - '0');
	return layout_btf(unit) ? layout_from_btf(unit, id) : NULL;
}

static bool enumerator_of(const struct type *type, const char *name, int64_t *value)
{
	const struct type_field *field =
		type && type->kind == TYPE_ENUM ? type_field(type, name) : NULL;

	if (field)
		*value = field->value;
	return field != NULL;
}

bool layout_own_enumerator(struct unit *unit, const char *name, const struct type **type,
			   int64_t *value)
{
	const struct definition *definition = c_find_enumerator(unit, name, value);

	*type = definition ? layout_from_definition(unit, definition) : NULL;
	return *type;
}

bool layout_enumerator(struct unit *unit, const char *name, const struct type **type,
		       int64_t *value)
{
	struct btf *btf;
	uint32_t id;

	if (layout_own_enumerator(unit, name, type, value))
		return true;
	if (data_event_enumerator(unit, name, type, value))
		return true;
	btf = layout_btf(unit);
	id = btf ? btf_find_enumerator(btf, name) : 0;
	*type = id ? layout_from_btf(unit, id) : NULL;
	return enumerator_of(*type, name, value);
}
