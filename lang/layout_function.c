/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of the kernel's BTF; see the header. */
#include "lang/layout_function.h"

#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/btf.h"
#include "lang/layout.h"
#include "lang/layout_build.h"
#include "lang/text.h"
#include "lang/unit.h"

/* A slot of a context: BPF programs see each argument as a u64. */
#define SLOT	       8u
#define TYPEDEF_PREFIX "btf_trace_"
/* The kernel's own caller of a tracepoint's programs: the typedef's parameters with their names. */
#define NAMED_PREFIX "__traceiter_"

bool layout_has_btf(struct unit *unit)
{
	return layout_btf(unit);
}

static uint32_t proto_of(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf ? btf_type(btf, id) : NULL;

	while (type && (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC ||
			BTF_INFO_KIND(type->info) == BTF_KIND_PTR ||
			BTF_INFO_KIND(type->info) == BTF_KIND_TYPEDEF)) {
		id = type->type;
		type = btf_type(btf, id);
	}
	return type && BTF_INFO_KIND(type->info) == BTF_KIND_FUNC_PROTO ? id : 0;
}

/* The type of a kind with a name that a module brings, or the kernel. */
static uint32_t find(struct unit *unit, const char *module, unsigned kind, const char *name)
{
	struct btf *btf = layout_btf(unit);
	uint32_t id, end = UINT32_MAX, first = 1;

	if (btf && *module && strcmp(module, LAYOUT_KERNEL) != 0)
		first = layout_module(unit, module, &end);
	if (!btf || !first)
		return 0;
	id = btf_find_from(btf, first, kind, name);
	return id < end ? id : 0;
}

uint32_t layout_function(struct unit *unit, const char *module, const char *name)
{
	return proto_of(layout_btf(unit), find(unit, module, BTF_KIND_FUNC, name));
}

uint32_t layout_raw_tracepoint(struct unit *unit, const char *module, const char *event)
{
	uint32_t id = find(unit, module, BTF_KIND_TYPEDEF,
			   arena_printf(unit->arena, TYPEDEF_PREFIX "%s", event));
	uint32_t named;

	if (!id)
		return 0;
	named = layout_function(unit, module, arena_printf(unit->arena, NAMED_PREFIX "%s", event));
	return named ? named : proto_of(layout_btf(unit), id);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **names(struct unit *unit, const char *module, unsigned kind, const char *prefix,
			  const char *pattern, uint32_t *count)
{
	struct btf *btf = layout_btf(unit);
	bool kernel = !*module || !strcmp(module, LAYOUT_KERNEL);
	uint32_t end = btf ? btf_own(btf) : 0;
	uint32_t first = kernel ? 1 : layout_module(unit, module, &end);
	size_t skip = strlen(prefix);
	const struct btf_type *type;
	const char **found = NULL;
	uint32_t n = 0;

	*count = 0;
	/* Once to count, once to keep. */
	for (int keep = 0; btf && keep < 2; keep++) {
		n = 0;
		for (uint32_t id = first; id && id < end && (type = btf_type(btf, id)); id++) {
			const char *name;

			if (BTF_INFO_KIND(type->info) != kind)
				continue;
			name = btf_name(btf, type->name_off);
			if (strncmp(name, prefix, skip) ||
			    !text_match(pattern, name + skip, strlen(name + skip)))
				continue;
			if (keep)
				found[n] = name + skip;
			n++;
		}
		if (!keep)
			found = arena_array(unit->arena, n + 1, sizeof(*found));
	}
	if (n)
		qsort(found, n, sizeof(*found), by_name);
	*count = n;
	return found;
}

const char **layout_functions(struct unit *unit, const char *module, const char *pattern,
			      uint32_t *count)
{
	return names(unit, module, BTF_KIND_FUNC, "", pattern, count);
}

const char **layout_raw_tracepoints(struct unit *unit, const char *module, const char *pattern,
				    uint32_t *count)
{
	return names(unit, module, BTF_KIND_TYPEDEF, TYPEDEF_PREFIX, pattern, count);
}

/* As a program gets it: pointers lead into the kernel's memory. */
static const struct type *slot_type(struct unit *unit, uint32_t id)
{
	const struct type *type = layout_from_btf(unit, id);

	if (type && type->kind == TYPE_POINTER)
		return type_pointer(unit->types, type->elem, SPACE_KERNEL);
	return type;
}

/* A parameter or result that is larger than a slot takes several. */
static uint32_t slots_of(const struct type *type)
{
	return type && type->size > SLOT ? (type->size + SLOT - 1) / SLOT : 1;
}

static bool is_void(const struct btf *btf, uint32_t id)
{
	return !btf_strip(btf, id);
}

const struct type *layout_arguments(struct unit *unit, uint32_t proto, uint32_t first,
				    bool returned)
{
	struct btf *btf = layout_btf(unit);
	const struct btf_type *type = btf ? btf_type(btf, proto) : NULL;
	const struct btf_param *params = type ? (const struct btf_param *)(type + 1) : NULL;
	uint32_t n = type ? BTF_INFO_VLEN(type->info) : 0, count = 0, offset = 0;
	struct type_field *fields = arena_array(unit->arena, n + 1, sizeof(*fields));

	if (!type)
		return NULL;
	for (uint32_t i = first; i < n; i++) {
		struct type_field field = {
			.name = btf_name(btf, params[i].name_off),
			.type = slot_type(unit, params[i].type),
			.offset = offset,
			.slot = true,
		};

		offset += slots_of(field.type) * SLOT;
		if (!*field.name)
			field.name = arena_printf(unit->arena, "arg%u", i - first);
		/* The last of a variadic function's has no type. */
		if (field.type && field.type->size)
			fields[count++] = field;
	}
	if (returned && !is_void(btf, type->type))
		fields[count++] = (struct type_field){.name = LAYOUT_RETVAL,
						      .type = slot_type(unit, type->type),
						      .offset = offset,
						      .slot = true};
	if (count && !fields[count - 1].type)
		count--;
	return type_struct(unit->types, TYPE_CONTEXT, "", fields, count, offset + SLOT, SLOT);
}

/* A type as C writes it in front of a name. */
static const char *c_text(struct unit *unit, const struct btf *btf, uint32_t id, unsigned depth)
{
	const struct btf_type *type = btf_type(btf, id);
	const char *name, *kind;

	if (!type || depth > 8)
		return "void";
	name = btf_name(btf, type->name_off);
	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_PTR:
		return arena_printf(unit->arena, "%s *", c_text(unit, btf, type->type, depth + 1));
	case BTF_KIND_CONST:
		return arena_printf(unit->arena, "const %s",
				    c_text(unit, btf, type->type, depth + 1));
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return c_text(unit, btf, type->type, depth + 1);
	case BTF_KIND_STRUCT:
		kind = "struct";
		break;
	case BTF_KIND_UNION:
		kind = "union";
		break;
	case BTF_KIND_FWD:
		kind = BTF_INFO_KFLAG(type->info) ? "union" : "struct";
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		kind = "enum";
		break;
	case BTF_KIND_FUNC_PROTO:
		return "void (*)()";
	default:
		return name;
	}
	return arena_printf(unit->arena, "%s %s", kind, *name ? name : "{ ... }");
}

const char *layout_arguments_text(struct unit *unit, uint32_t proto, uint32_t first, bool returned)
{
	struct btf *btf = layout_btf(unit);
	const struct btf_type *type = btf ? btf_type(btf, proto) : NULL;
	const struct btf_param *params = type ? (const struct btf_param *)(type + 1) : NULL;
	struct arena_buffer out = {.arena = unit->arena};
	uint32_t n = type ? BTF_INFO_VLEN(type->info) : 0;

	arena_buffer_add(&out, "", 0);
	for (uint32_t i = first; i < n; i++) {
		const char *name = btf_name(btf, params[i].name_off);

		if (!params[i].type)
			arena_buffer_puts(&out, "    ...\n");
		else
			arena_buffer_printf(
				&out, "    %s %s\n", c_text(unit, btf, params[i].type, 0),
				*name ? name : arena_printf(unit->arena, "arg%u", i - first));
	}
	if (type && returned && !is_void(btf, type->type))
		arena_buffer_printf(&out, "    %s retval\n", c_text(unit, btf, type->type, 0));
	return out.text;
}

const struct type *layout_iterator(struct unit *unit, const char *name)
{
	const struct type *type =
		layout_named(unit, FORM_STRUCT, arena_printf(unit->arena, "bpf_iter__%s", name));
	struct type_field *fields;

	if (!type)
		return NULL;
	fields = arena_array(unit->arena, type->count + 1, sizeof(*fields));
	for (uint32_t i = 0; i < type->count; i++) {
		fields[i] = type->fields[i];
		fields[i].slot = true;
		if (fields[i].type->kind == TYPE_POINTER)
			fields[i].type =
				type_pointer(unit->types, fields[i].type->elem, SPACE_KERNEL);
	}
	return type_struct(unit->types, TYPE_CONTEXT, name, fields, type->count, type->size, SLOT);
}
