/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF is a list of types of different lengths, so one pass finds where each begins; names are then
 * looked for by walking the list, which for a kernel's 150 000 types takes about a millisecond.
 * A module's BTF goes on where the kernel's ends, so that of a second one the ids and names move.
 */
#include "lang/btf.h"

#include <string.h>

#include "lang/arena.h"

/* The strings of modules: name offsets go on behind the kernel's. */
struct more_strings {
	const char *text;
	uint32_t first, size;
	struct more_strings *next;
};

/* Typedefs of typedefs end somewhere; in a broken BTF here. */
#define MAX_STRIPS 64

struct btf {
	const unsigned char *types;
	const char *strings;
	uint32_t types_size, strings_size;
	uint32_t *offsets; /* of each type in `types`, by id; id 0 is not used */
	uint32_t count;	   /* with those of modules */
	uint32_t own;	   /* without them */
	uint32_t strings_end;
	const struct btf_type **added; /* by id - own */
	struct more_strings *more;
};

/* Bytes of a type with all that belongs to it. */
static uint32_t length_of(const struct btf_type *type)
{
	uint32_t n = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(*type) + sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(*type) + sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return sizeof(*type) + n * (uint32_t)sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return sizeof(*type) + n * (uint32_t)sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return sizeof(*type) + n * (uint32_t)sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return sizeof(*type) + n * (uint32_t)sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return sizeof(*type) + n * (uint32_t)sizeof(struct btf_var_secinfo);
	}
	return sizeof(*type);
}

static const struct btf_type *at(const struct btf *btf, uint32_t offset)
{
	return (const struct btf_type *)(btf->types + offset);
}

/* One pass to count, one to note the offsets. */
static bool index_types(struct arena *arena, struct btf *btf)
{
	uint32_t offset, n = 1;

	for (offset = 0; btf->types_size - offset >= sizeof(struct btf_type); n++) {
		uint32_t length = length_of(at(btf, offset));

		if (length > btf->types_size - offset)
			return false;
		offset += length;
	}
	btf->offsets = arena_array(arena, n, sizeof(*btf->offsets));
	btf->count = btf->own = n;
	offset = 0;
	for (uint32_t i = 1; i < n; i++) {
		btf->offsets[i] = offset;
		offset += length_of(at(btf, offset));
	}
	return true;
}

/* Where the types and the strings are; false: not in `size` bytes. */
static bool find_parts(const void *data, size_t size, struct btf *btf)
{
	const struct btf_header *header = data;
	uint64_t types, strings;

	if (size < sizeof(*header) || size > UINT32_MAX || header->magic != BTF_MAGIC)
		return false;
	types = (uint64_t)header->hdr_len + header->type_off;
	strings = (uint64_t)header->hdr_len + header->str_off;
	if (types + header->type_len > size || strings + header->str_len > size || types % 4 ||
	    !header->str_len || ((const char *)data)[strings + header->str_len - 1])
		return false;
	btf->types = (const unsigned char *)data + types;
	btf->types_size = header->type_len;
	btf->strings = (const char *)data + strings;
	btf->strings_size = btf->strings_end = header->str_len;
	return true;
}

struct btf *btf_open(struct arena *arena, const void *data, size_t size)
{
	struct btf *btf = arena_alloc(arena, sizeof(*btf));

	return find_parts(data, size, btf) && index_types(arena, btf) ? btf : NULL;
}

/* How far the ids and the names of a module's types are from where they go. */
struct shift {
	uint32_t own, strings; /* below: the kernel's, which stay */
	uint32_t id, name;
};

static void move_id(const struct shift *shift, uint32_t *id)
{
	if (*id >= shift->own)
		*id += shift->id;
}

static void move_name(const struct shift *shift, uint32_t *name)
{
	if (*name >= shift->strings)
		*name += shift->name;
}

static void move_parts(const struct shift *shift, struct btf_type *type)
{
	uint32_t *word = (uint32_t *)(type + 1), n = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_ARRAY:
		move_id(shift, &((struct btf_array *)word)->type);
		move_id(shift, &((struct btf_array *)word)->index_type);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM64: /* three words each, the name first */
		for (uint32_t i = 0; i < n; i++, word += 3) {
			move_name(shift, word);
			if (BTF_INFO_KIND(type->info) != BTF_KIND_ENUM64)
				move_id(shift, word + 1);
		}
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		for (uint32_t i = 0; i < n; i++, word += 2) {
			move_name(shift, word);
			if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC_PROTO)
				move_id(shift, word + 1);
		}
		break;
	case BTF_KIND_DATASEC:
		for (uint32_t i = 0; i < n; i++, word += 3)
			move_id(shift, word);
		break;
	}
}

static void move_type(const struct shift *shift, struct btf_type *type)
{
	move_name(shift, &type->name_off);
	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FUNC_PROTO:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
	case BTF_KIND_TYPE_TAG:
		move_id(shift, &type->type);
		break;
	}
	move_parts(shift, type);
}

uint32_t btf_add(struct arena *arena, struct btf *btf, const void *data, size_t size)
{
	struct btf part = {0};
	struct shift shift = {btf->own, btf->strings_size, btf->count - btf->own,
			      btf->strings_end - btf->strings_size};
	struct more_strings *strings = arena_alloc(arena, sizeof(*strings));
	const struct btf_type **added;
	unsigned char *types;
	uint32_t first = btf->count, old = btf->count - btf->own;

	if (!find_parts(data, size, &part) || !index_types(arena, &part) ||
	    UINT32_MAX - btf->strings_end < part.strings_size ||
	    UINT32_MAX - btf->count < part.count)
		return 0;
	types = arena_alloc(arena, part.types_size);
	memcpy(types, part.types, part.types_size);
	added = arena_array(arena, old + part.count, sizeof(*added));
	if (old)
		memcpy(added, btf->added, old * sizeof(*added));
	for (uint32_t i = 1; i < part.count; i++) {
		struct btf_type *type = (struct btf_type *)(types + part.offsets[i]);

		move_type(&shift, type);
		added[old + i - 1] = type;
	}
	*strings =
		(struct more_strings){part.strings, btf->strings_end, part.strings_size, btf->more};
	btf->more = strings;
	btf->strings_end += part.strings_size;
	btf->added = added;
	btf->count += part.count - 1;
	return first;
}

uint32_t btf_count(const struct btf *btf)
{
	return btf->count;
}

uint32_t btf_own(const struct btf *btf)
{
	return btf->own;
}

const struct btf_type *btf_type(const struct btf *btf, uint32_t id)
{
	if (!id || id >= btf->count)
		return NULL;
	return id < btf->own ? at(btf, btf->offsets[id]) : btf->added[id - btf->own];
}

const char *btf_name(const struct btf *btf, uint32_t offset)
{
	if (offset < btf->strings_size)
		return btf->strings + offset;
	for (const struct more_strings *more = btf->more; more; more = more->next)
		if (offset >= more->first && offset - more->first < more->size)
			return more->text + (offset - more->first);
	return "";
}

uint32_t btf_find_from(const struct btf *btf, uint32_t first, unsigned kind, const char *name)
{
	for (uint32_t i = first; i < btf->count; i++) {
		const struct btf_type *type = btf_type(btf, i);

		if (BTF_INFO_KIND(type->info) == kind &&
		    !strcmp(btf_name(btf, type->name_off), name))
			return i;
	}
	return 0;
}

uint32_t btf_find(const struct btf *btf, unsigned kind, const char *name)
{
	return btf_find_from(btf, 1, kind, name);
}

static bool has_enumerator(const struct btf *btf, const struct btf_type *type, const char *name)
{
	uint32_t kind = BTF_INFO_KIND(type->info);
	uint32_t size = kind == BTF_KIND_ENUM ? sizeof(struct btf_enum) : sizeof(struct btf_enum64);
	const unsigned char *item = (const unsigned char *)(type + 1);
	uint32_t name_off;

	if (kind != BTF_KIND_ENUM && kind != BTF_KIND_ENUM64)
		return false;
	for (uint32_t i = 0; i < BTF_INFO_VLEN(type->info); i++, item += size) {
		memcpy(&name_off, item, sizeof(name_off)); /* first in both structs */
		if (!strcmp(btf_name(btf, name_off), name))
			return true;
	}
	return false;
}

uint32_t btf_find_enumerator(const struct btf *btf, const char *name)
{
	for (uint32_t i = 1; i < btf->count; i++) {
		if (has_enumerator(btf, btf_type(btf, i), name))
			return i;
	}
	return 0;
}

uint32_t btf_strip(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type;

	for (uint32_t i = 0; i < MAX_STRIPS; i++) {
		type = btf_type(btf, id);
		if (!type)
			return 0;
		switch (BTF_INFO_KIND(type->info)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			id = type->type;
			continue;
		}
		return id;
	}
	return 0;
}
