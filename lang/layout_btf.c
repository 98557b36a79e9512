/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's types as types of the language.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/btf.h"
#include "lang/layout.h"
#include "lang/layout_build.h"
#include "lang/unit.h"

static const struct type *integer(struct unit *unit, const struct btf_type *type)
{
	uint32_t encoding = *(const uint32_t *)(type + 1);
	uint32_t size = type->size;

	if (BTF_INT_ENCODING(encoding) & BTF_INT_BOOL)
		return type_bool(unit->types);
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return type_array(unit->types, type_int(unit->types, 8, false), size / 8);
	return type_int(unit->types, size, BTF_INT_ENCODING(encoding) & BTF_INT_SIGNED);
}

/* In the kernel's BTF, char has no encoding of its own: its name tells. */
static bool is_char(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf_type(btf, id);

	return type && BTF_INFO_KIND(type->info) == BTF_KIND_INT &&
	       !strcmp(btf_name(btf, type->name_off), "char");
}

static const struct type *pointer(struct unit *unit, const struct btf *btf, uint32_t id)
{
	uint32_t target = btf_strip(btf, id);
	const struct btf_type *type = btf_type(btf, target);
	const struct type *elem = NULL;
	uint32_t kind = type ? BTF_INFO_KIND(type->info) : 0;
	const char *name;

	if (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_FWD) {
		name = btf_name(btf, type->name_off);
		elem = layout_reference(unit,
					kind == BTF_KIND_UNION || (kind == BTF_KIND_FWD &&
								   BTF_INFO_KFLAG(type->info)),
					*name ? name : arena_printf(unit->arena, "#%u", target));
	} else if (type && kind != BTF_KIND_FUNC_PROTO && kind != BTF_KIND_FUNC) {
		elem = layout_from_btf(unit, target);
	}
	return type_pointer(unit->types, elem && elem->kind == TYPE_VOID ? NULL : elem, SPACE_NONE);
}

static const struct type *array(struct unit *unit, const struct btf *btf,
				const struct btf_type *type)
{
	const struct btf_array *info = (const struct btf_array *)(type + 1);
	uint32_t id = btf_strip(btf, info->type);
	const struct type *elem = layout_from_btf(unit, id);

	return elem ? layout_array(unit, elem, is_char(btf, id), info->nelems) : NULL;
}

static const struct type *enumeration(struct unit *unit, const struct btf *btf,
				      const struct btf_type *type)
{
	uint32_t count = BTF_INFO_VLEN(type->info);
	struct type_field *fields = arena_array(unit->arena, count, sizeof(*fields));
	bool is_signed = BTF_INFO_KFLAG(type->info);

	for (uint32_t i = 0; i < count; i++) {
		if (BTF_INFO_KIND(type->info) == BTF_KIND_ENUM) {
			const struct btf_enum *item = (const struct btf_enum *)(type + 1) + i;

			fields[i].name = btf_name(btf, item->name_off);
			fields[i].value = is_signed ? item->val : (int64_t)(uint32_t)item->val;
		} else {
			const struct btf_enum64 *item = (const struct btf_enum64 *)(type + 1) + i;

			fields[i].name = btf_name(btf, item->name_off);
			fields[i].value =
				(int64_t)((uint64_t)item->val_hi32 << 32 | item->val_lo32);
		}
	}
	return type_of_kernel(unit->types, type_enum(unit->types, btf_name(btf, type->name_off), fields,
						     count, type->size, is_signed));
}

/* Bits from the start of the struct to a byte offset and a bit in a word of the member's type. */
static void place(struct type_field *field, uint32_t bits_offset, uint32_t bits)
{
	uint32_t word = field->type->size * 8;

	field->offset = bits_offset / 8;
	if (!bits)
		return;
	if (word && bits_offset % word + bits <= word)
		field->offset = bits_offset / word * (word / 8);
	field->bit = (uint16_t)(bits_offset - field->offset * 8);
	field->bits = (uint16_t)bits;
}

static const struct type *structure(struct unit *unit, const struct btf *btf,
				    const struct btf_type *type)
{
	const struct btf_member *item = (const struct btf_member *)(type + 1);
	bool is_union = BTF_INFO_KIND(type->info) == BTF_KIND_UNION;
	struct layout_members members = {.unit = unit};
	const char *name = btf_name(btf, type->name_off);
	uint32_t align = 1;

	for (uint32_t i = 0; i < BTF_INFO_VLEN(type->info); i++, item++) {
		struct type_field field = {.name = btf_name(btf, item->name_off),
					   .type = layout_from_btf(unit, item->type)};
		uint32_t bits = 0, offset = item->offset;

		if (!field.type)
			continue;
		if (BTF_INFO_KFLAG(type->info)) {
			bits = BTF_MEMBER_BITFIELD_SIZE(item->offset);
			offset = BTF_MEMBER_BIT_OFFSET(item->offset);
		}
		place(&field, offset, bits);
		if (field.offset % (field.type->align ? field.type->align : 1) == 0 &&
		    field.type->align > align && type->size % field.type->align == 0)
			align = field.type->align;
		layout_add(&members, field);
	}
	return type_of_kernel(unit->types,
			      is_union ? type_union(unit->types, name, members.items, members.count,
						    type->size, align)
				       : type_struct(unit->types, TYPE_STRUCT, name, members.items,
						     members.count, type->size, align));
}

static const struct type *make(struct unit *unit, const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf_type(btf, id);
	uint32_t kind = type ? BTF_INFO_KIND(type->info) : BTF_KIND_UNKN;

	if (!type)
		return type_void(unit->types);
	if (kind == BTF_KIND_INT)
		return integer(unit, type);
	if (kind == BTF_KIND_PTR)
		return pointer(unit, btf, type->type);
	if (kind == BTF_KIND_ARRAY)
		return array(unit, btf, type);
	if (kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64)
		return enumeration(unit, btf, type);
	if (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION)
		return structure(unit, btf, type);
	if (kind == BTF_KIND_FLOAT)
		return layout_basic(unit, type->size == 4 ? "float" : "double");
	return NULL;
}

const struct type *layout_from_btf(struct unit *unit, uint32_t id)
{
	struct btf *btf = layout_btf(unit);
	struct layouts *all = unit->layouts;
	const struct type *type;
	const char *key;
	void **known;

	id = btf_strip(btf, id);
	key = arena_printf(unit->arena, "#%u", id);
	known = names_at(&all->known, key);
	if (*known || all->depth > LAYOUT_MAX_DEPTH)
		return *known;
	all->depth++;
	type = make(unit, btf, id);
	all->depth--;
	*names_at(&all->known, key) = (void *)type;
	return type;
}
