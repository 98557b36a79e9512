/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF is a list of types of different lengths, so one pass finds where each begins; names are then
 * looked for by walking the list, which for a kernel's 150 000 types takes about a millisecond.
 */
#include "lang/btf.h"

#include <string.h>

#include "lang/arena.h"

/* Typedefs of typedefs end somewhere; in a broken BTF here. */
#define MAX_STRIPS 64

struct btf {
	const unsigned char *types;
	const char *strings;
	uint32_t types_size, strings_size;
	uint32_t *offsets; /* of each type in `types`, by id; id 0 is not used */
	uint32_t count;
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
	btf->count = n;
	offset = 0;
	for (uint32_t i = 1; i < n; i++) {
		btf->offsets[i] = offset;
		offset += length_of(at(btf, offset));
	}
	return true;
}

struct btf *btf_open(struct arena *arena, const void *data, size_t size)
{
	const struct btf_header *header = data;
	struct btf *btf = arena_alloc(arena, sizeof(*btf));
	uint64_t types, strings;

	if (size < sizeof(*header) || size > UINT32_MAX || header->magic != BTF_MAGIC)
		return NULL;
	types = (uint64_t)header->hdr_len + header->type_off;
	strings = (uint64_t)header->hdr_len + header->str_off;
	if (types + header->type_len > size || strings + header->str_len > size || types % 4 ||
	    !header->str_len || ((const char *)data)[strings + header->str_len - 1])
		return NULL;
	btf->types = (const unsigned char *)data + types;
	btf->types_size = header->type_len;
	btf->strings = (const char *)data + strings;
	btf->strings_size = header->str_len;
	return index_types(arena, btf) ? btf : NULL;
}

const struct btf_type *btf_type(const struct btf *btf, uint32_t id)
{
	return id && id < btf->count ? at(btf, btf->offsets[id]) : NULL;
}

const char *btf_name(const struct btf *btf, uint32_t offset)
{
	return offset < btf->strings_size ? btf->strings + offset : "";
}

uint32_t btf_find(const struct btf *btf, unsigned kind, const char *name)
{
	for (uint32_t i = 1; i < btf->count; i++) {
		const struct btf_type *type = at(btf, btf->offsets[i]);

		if (BTF_INFO_KIND(type->info) == kind &&
		    !strcmp(btf_name(btf, type->name_off), name))
			return i;
	}
	return 0;
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
		if (has_enumerator(btf, at(btf, btf->offsets[i]), name))
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
