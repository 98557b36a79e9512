/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The types of a program: made once each, so that pointers compare. The table is a hash of all
 * types made so far; a new type is built on the caller's stack and copied only if there is none
 * like it.
 */
#include "lang/type.h"

#include <string.h>

#include "image/image.h"
#include "bpf-helpers/abi.h"
#include "lang/arena.h"

struct types {
	struct arena *arena;
	const struct type **slots; /* open addressing; n_slots is a power of two */
	uint32_t n_slots, count;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash ^= value;
	hash *= 0x9e3779b97f4a7c15ULL;
	return hash ^ (hash >> 29);
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = mix(hash, (unsigned char)*text);
	return hash;
}

static uint64_t hash_type(const struct type *type)
{
	uint64_t hash = mix(type->kind, type->size);

	hash = mix(hash, type->align);
	hash = mix(hash, (uint64_t)type->is_signed | (uint64_t)type->is_union << 1 |
				 (uint64_t)type->is_record << 2 | (uint64_t)type->literal << 3 |
				 (uint64_t)type->space << 4);
	hash = mix(hash, (uintptr_t)type->elem);
	hash = mix(hash, type->count);
	hash = mix_text(hash, type->name);
	for (uint32_t i = 0; type->fields && i < type->count; i++) {
		hash = mix_text(hash, type->fields[i].name);
		hash = mix(hash, (uintptr_t)type->fields[i].type);
		hash = mix(hash, type->fields[i].offset);
		hash = mix(hash, (uint64_t)type->fields[i].value);
	}
	return hash;
}

static bool same_fields(const struct type *a, const struct type *b)
{
	for (uint32_t i = 0; i < a->count; i++) {
		const struct type_field *x = &a->fields[i], *y = &b->fields[i];

		if (x->type != y->type || x->offset != y->offset || x->bit != y->bit ||
		    x->bits != y->bits || x->data_loc != y->data_loc || x->slot != y->slot || x->value != y->value ||
		    strcmp(x->name, y->name) != 0)
			return false;
	}
	return true;
}

static bool same_type(const struct type *a, const struct type *b)
{
	return a->kind == b->kind && a->size == b->size && a->align == b->align &&
	       a->is_signed == b->is_signed && a->is_union == b->is_union &&
	       a->is_record == b->is_record && a->is_kernel == b->is_kernel && a->literal == b->literal && a->space == b->space &&
	       a->elem == b->elem && a->count == b->count && !a->fields == !b->fields &&
	       !strcmp(a->name, b->name) && (!a->fields || same_fields(a, b));
}

static void grow(struct types *types)
{
	const struct type **old = types->slots;
	uint32_t n_old = types->n_slots;
	uint32_t at;

	types->n_slots = n_old ? n_old * 2 : 256;
	types->slots = arena_array(types->arena, types->n_slots, sizeof(*types->slots));
	for (uint32_t i = 0; i < n_old; i++) {
		if (!old[i])
			continue;
		at = (uint32_t)hash_type(old[i]) & (types->n_slots - 1);
		while (types->slots[at])
			at = (at + 1) & (types->n_slots - 1);
		types->slots[at] = old[i];
	}
}

struct types *types_new(struct arena *arena)
{
	struct types *types = arena_alloc(arena, sizeof(*types));

	types->arena = arena;
	grow(types);
	return types;
}

static const struct type *intern(struct types *types, const struct type *wanted)
{
	struct type_field *fields;
	struct type *type;
	uint32_t at;

	if (types->count * 2 >= types->n_slots)
		grow(types);
	at = (uint32_t)hash_type(wanted) & (types->n_slots - 1);
	for (; types->slots[at]; at = (at + 1) & (types->n_slots - 1)) {
		if (same_type(types->slots[at], wanted))
			return types->slots[at];
	}
	type = arena_copy(types->arena, wanted, sizeof(*wanted));
	type->name = arena_text(types->arena, wanted->name, strlen(wanted->name));
	if (wanted->fields) {
		fields = arena_copy(types->arena, wanted->fields, wanted->count * sizeof(*fields));
		for (uint32_t i = 0; i < wanted->count; i++)
			fields[i].name =
				arena_text(types->arena, fields[i].name, strlen(fields[i].name));
		type->fields = fields;
	}
	types->slots[at] = type;
	types->count++;
	return type;
}

const struct type *type_void(struct types *types)
{
	return intern(types, &(struct type){.kind = TYPE_VOID, .align = 1, .name = ""});
}

const struct type *type_bool(struct types *types)
{
	return intern(types, &(struct type){.kind = TYPE_BOOL, .size = 1, .align = 1, .name = ""});
}

const struct type *type_int(struct types *types, uint32_t size, bool is_signed)
{
	return intern(types, &(struct type){.kind = TYPE_INT,
					    .size = size,
					    .align = size,
					    .is_signed = is_signed,
					    .name = ""});
}

const struct type *type_literal_int(struct types *types, uint32_t size, bool is_signed)
{
	return intern(types, &(struct type){.kind = TYPE_INT,
					    .size = size,
					    .align = size,
					    .is_signed = is_signed,
					    .literal = true,
					    .name = ""});
}

const struct type *type_string(struct types *types, uint32_t capacity)
{
	return intern(
		types,
		&(struct type){.kind = TYPE_STRING, .size = capacity, .align = 1, .name = ""});
}

const struct type *type_buffer(struct types *types, uint32_t capacity)
{
	return intern(types, &(struct type){.kind = TYPE_BUFFER,
					    .size = capacity + (uint32_t)sizeof(uint32_t),
					    .align = sizeof(uint32_t),
					    .name = ""});
}

const struct type *type_pointer(struct types *types, const struct type *elem, enum type_space space)
{
	return intern(types, &(struct type){.kind = TYPE_POINTER,
					    .size = 8,
					    .align = 8,
					    .elem = elem,
					    .space = space,
					    .name = ""});
}

const struct type *type_array(struct types *types, const struct type *elem, uint32_t count)
{
	return intern(types, &(struct type){.kind = TYPE_ARRAY,
					    .size = elem->size * count,
					    .align = elem->align,
					    .elem = elem,
					    .count = count,
					    .name = ""});
}

static const struct type *sequence(struct types *types, enum type_kind kind,
				   const char *const *names, const struct type *const *elems,
				   uint32_t count)
{
	struct type_field *fields = arena_array(types->arena, count, sizeof(*fields));
	uint32_t offset = 0, align = 1;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t own = elems[i]->align ? elems[i]->align : 1;

		offset = (offset + own - 1) & ~(own - 1);
		fields[i] = (struct type_field){
			.name = names ? names[i] : "", .type = elems[i], .offset = offset};
		offset += elems[i]->size;
		if (own > align)
			align = own;
	}
	return intern(types, &(struct type){.kind = kind,
					    .size = (offset + align - 1) & ~(align - 1),
					    .align = align,
					    .is_record = names != NULL,
					    .count = count,
					    .fields = fields,
					    .name = ""});
}

const struct type *type_tuple(struct types *types, const struct type *const *elems, uint32_t count)
{
	return sequence(types, TYPE_TUPLE, NULL, elems, count);
}

const struct type *type_record(struct types *types, const char *const *names,
			       const struct type *const *elems, uint32_t count)
{
	return sequence(types, TYPE_STRUCT, names, elems, count);
}

const struct type *type_union(struct types *types, const char *name,
			      const struct type_field *fields, uint32_t count, uint32_t size,
			      uint32_t align)
{
	return intern(types, &(struct type){.kind = TYPE_STRUCT,
					    .size = size,
					    .align = align,
					    .is_union = true,
					    .count = count,
					    .fields = fields,
					    .name = name});
}

const struct type *type_enum(struct types *types, const char *name, const struct type_field *fields,
			     uint32_t count, uint32_t size, bool is_signed)
{
	return intern(types, &(struct type){.kind = TYPE_ENUM,
					    .size = size,
					    .align = size,
					    .is_signed = is_signed,
					    .count = count,
					    .fields = fields,
					    .name = name});
}

const struct type *type_struct(struct types *types, enum type_kind kind, const char *name,
			       const struct type_field *fields, uint32_t count, uint32_t size,
			       uint32_t align)
{
	return intern(types, &(struct type){.kind = kind,
					    .size = size,
					    .align = align,
					    .count = count,
					    .fields = fields,
					    .name = name});
}

const struct type *type_of_kernel(struct types *types, const struct type *type)
{
	struct type kernel = *type;

	kernel.is_kernel = true;
	return intern(types, &kernel);
}

/* What a value of the kind takes where one is stored: the reduced form of an aggregation. */
static uint32_t simple_size(enum type_kind kind)
{
	switch (kind) {
	case TYPE_PROBE:
	case TYPE_COUNT:
	case TYPE_SUM:
	case TYPE_USERNAME:
	case TYPE_ERROR_NAME:
	case TYPE_SIGNAL_NAME:
	case TYPE_SYSCALL_NAME:
	case TYPE_CGROUP_PATH:
	case TYPE_KSYM:
	case TYPE_BYTES:
	case TYPE_DURATION:
		return 8;
	case TYPE_USYM:
		return sizeof(struct image_usym);
	case TYPE_KSTACK:
	case TYPE_USTACK:
		return sizeof(struct abi_stack);
	case TYPE_MIN:
	case TYPE_MAX:
	case TYPE_AVG:
	case TYPE_STATS:
		return 16;
	case TYPE_TIMESTAMP:
		return sizeof(struct image_timestamp);
	case TYPE_INET:
		return sizeof(struct image_inet);
	case TYPE_MACADDR:
		return IMAGE_MACADDR_SIZE;
	case TYPE_VOID:
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_STRING:
	case TYPE_BUFFER:
	case TYPE_POINTER:
	case TYPE_ARRAY:
	case TYPE_STRUCT:
	case TYPE_ENUM:
	case TYPE_TUPLE:
	case TYPE_HIST:
	case TYPE_LHIST:
	case TYPE_TSERIES:
	case TYPE_CONTEXT:
	case TYPE_MAP:
	case TYPE_POISON:
	case TYPE_KINDS:
		return 0;
	}
	return 0;
}

const struct type *type_simple(struct types *types, enum type_kind kind, bool is_signed)
{
	return intern(types, &(struct type){.kind = kind,
					    .size = simple_size(kind),
					    .align = kind == TYPE_INET	    ? 4
						     : kind == TYPE_MACADDR ? 1
									    : 8,
					    .is_signed = is_signed,
					    .name = ""});
}

const struct type *type_of_quantity(struct types *types, const struct type *aggregation,
				    const struct type *quantity)
{
	struct type with = *aggregation;

	with.elem = quantity;
	return intern(types, &with);
}

const struct type_field *type_field(const struct type *type, const char *name)
{
	for (uint32_t i = 0; type->fields && i < type->count; i++) {
		if (!strcmp(type->fields[i].name, name))
			return &type->fields[i];
	}
	return NULL;
}

bool type_is_integer(const struct type *type)
{
	return type->kind == TYPE_INT || type->kind == TYPE_BOOL || type->kind == TYPE_ENUM;
}

bool type_is_name(const struct type *type)
{
	return type->kind < TYPE_STAMP_END && image_kind_is_name((uint32_t)type->kind);
}

bool type_is_quantity(const struct type *type)
{
	return type->kind == TYPE_BYTES || type->kind == TYPE_DURATION;
}

bool type_is_scalar(const struct type *type)
{
	return type_is_integer(type) || type->kind == TYPE_POINTER || type->kind == TYPE_PROBE ||
	       type_is_name(type) || type_is_quantity(type);
}

bool type_is_aggregation(const struct type *type)
{
	return type->kind >= TYPE_COUNT && type->kind <= TYPE_TSERIES;
}

static const char *tuple_text(struct arena *arena, const struct type *type)
{
	struct arena_buffer out = {.arena = arena};

	arena_buffer_puts(&out, "(");
	for (uint32_t i = 0; i < type->count; i++) {
		if (i)
			arena_buffer_puts(&out, ", ");
		arena_buffer_puts(&out, type_text(arena, type->fields[i].type));
	}
	arena_buffer_puts(&out, type->count == 1 ? ",)" : ")");
	return out.text;
}

const char *type_text(struct arena *arena, const struct type *type)
{
	static const char *const names[] = {
#define TYPE(id, name) [TYPE_##id] = name,
#include "image/types.def"
#undef TYPE
		[TYPE_CONTEXT] = "args",
		[TYPE_MAP] = "map",
		[TYPE_POISON] = "unknown",
	};

	switch (type->kind) {
	case TYPE_INT:
		return arena_printf(arena, "%sint%u", type->is_signed ? "" : "u", type->size * 8);
	case TYPE_STRING:
		return arena_printf(arena, "%s[%u]", names[type->kind], type->size);
	case TYPE_BUFFER:
		return arena_printf(arena, "%s[%u]", names[type->kind],
				    type->size - (uint32_t)sizeof(uint32_t));
	case TYPE_POINTER:
		return arena_printf(arena, "%s *",
				    type->elem ? type_text(arena, type->elem) : "void");
	case TYPE_ARRAY:
		return arena_printf(arena, "%s[%u]", type_text(arena, type->elem), type->count);
	case TYPE_STRUCT:
		/* Behind a '@' stands whose it is: see user_type.c. */
		return arena_printf(arena, "%s%s%.*s", type->is_union ? "union" : "struct",
				    *type->name ? " " : "", (int)strcspn(type->name, "@"),
				    type->name);
	case TYPE_ENUM:
		return arena_printf(arena, "enum %s", type->name);
	case TYPE_TUPLE:
		return tuple_text(arena, type);
	case TYPE_SUM:
	case TYPE_MIN:
	case TYPE_MAX:
	case TYPE_AVG:
	case TYPE_STATS:
		return arena_printf(arena, "%s%s", type->is_signed ? "" : "u", names[type->kind]);
	case TYPE_VOID:
	case TYPE_BOOL:
	case TYPE_PROBE:
	case TYPE_COUNT:
	case TYPE_HIST:
	case TYPE_LHIST:
	case TYPE_TSERIES:
	case TYPE_TIMESTAMP:
	case TYPE_INET:
	case TYPE_MACADDR:
	case TYPE_USERNAME:
	case TYPE_ERROR_NAME:
	case TYPE_SIGNAL_NAME:
	case TYPE_SYSCALL_NAME:
	case TYPE_CGROUP_PATH:
	case TYPE_KSYM:
	case TYPE_USYM:
	case TYPE_KSTACK:
	case TYPE_USTACK:
	case TYPE_BYTES:
	case TYPE_DURATION:
	case TYPE_CONTEXT:
	case TYPE_MAP:
	case TYPE_POISON:
		return names[type->kind];
	case TYPE_KINDS:
		break;
	}
	return names[TYPE_POISON];
}
