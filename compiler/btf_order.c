// SPDX-License-Identifier: Apache-2.0
#include "compiler/btf_order.h"

#include "image/elf_section.h"
#include "lang/arena.h"
#include "lang/btf.h"

#include <stdbool.h>
#include <string.h>

struct declarations {
	struct btf *btf;
	char *strings, *strings_end;
	uint32_t first, end;	/* ids of the declarations behind all other types */
	struct btf_type **places; /* where each stands, by id - first */
	uint32_t *ranks;	/* which each will be; unranked until something refers to it */
};

static const uint32_t unranked = UINT32_MAX;

static struct btf_type *type_at(const struct declarations *all, uint32_t id)
{
	return (struct btf_type *)btf_type(all->btf, id);
}

/* The declaration that a type is derived from, as id - first. */
static bool refers(const struct declarations *all, const struct btf_type *type, uint32_t *which)
{
	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
		*which = type->type - all->first;
		return type->type >= all->first && type->type < all->end;
	default:
		return false;
	}
}

/* False: one has nothing that refers to it, and so no order. */
static bool rank(struct declarations *all)
{
	uint32_t next = 0, which;

	for (uint32_t id = 1; id < all->first; id++) {
		if (refers(all, type_at(all, id), &which) && all->ranks[which] == unranked)
			all->ranks[which] = next++;
	}
	return next == all->end - all->first;
}

/* Where the names begin that were added with the declarations, behind all other strings. */
static char *new_names(const struct declarations *all)
{
	uint32_t n = all->end - all->first;
	char *begin = all->strings_end;
	bool found = true;

	while (found) {
		found = false;
		for (uint32_t i = 0; i < n && !found; i++) {
			char *name = all->strings + all->places[i]->name_off;

			found = name < begin && name + strlen(name) + 1 == begin;
			if (found)
				begin = name;
		}
	}
	return begin;
}

/* A name that stands in the old strings from `begin` on is written to *to, once. */
static uint32_t move_name(const struct declarations *all, const char *begin, const char *old, char **to,
			  uint32_t offset)
{
	char *new = all->strings + (begin - all->strings);
	const char *name = old + (all->strings + offset - begin);

	if (all->strings + offset < begin)
		return offset;
	while (new < *to && strcmp(new, name) != 0)
		new += strlen(new) + 1;
	if (new == *to) {
		memcpy(new, name, strlen(name) + 1);
		*to += strlen(name) + 1;
	}
	return (uint32_t)(new - all->strings);
}

static void reorder(struct arena *arena, struct declarations *all)
{
	uint32_t n = all->end - all->first, which;
	struct btf_type *sorted = arena_array(arena, n, sizeof(*sorted));
	char *begin = new_names(all), *to = begin;
	char *old = arena_array(arena, (size_t)(all->strings_end - begin) + 1, 1);

	memcpy(old, begin, (size_t)(all->strings_end - begin));
	for (uint32_t i = 0; i < n; i++)
		sorted[all->ranks[i]] = *all->places[i];
	for (uint32_t i = 0; i < n; i++) {
		sorted[i].name_off = move_name(all, begin, old, &to, sorted[i].name_off);
		*all->places[i] = sorted[i];
	}
	for (uint32_t id = 1; id < all->first; id++) {
		struct btf_type *type = type_at(all, id);

		if (refers(all, type, &which))
			type->type = all->first + all->ranks[which];
	}
}

static bool find(struct arena *arena, struct declarations *all)
{
	uint32_t id = all->end;

	while (id > 1 && BTF_INFO_KIND(type_at(all, id - 1)->info) == BTF_KIND_FWD)
		id--;
	all->first = id;
	all->places = arena_array(arena, all->end - id + 1, sizeof(*all->places));
	all->ranks = arena_array(arena, all->end - id + 1, sizeof(*all->ranks));
	for (; id < all->end; id++) {
		all->places[id - all->first] = type_at(all, id);
		all->ranks[id - all->first] = unranked;
	}
	return all->end - all->first > 1;
}

void btf_order(struct arena *arena, void *object, size_t size)
{
	struct declarations all = {0};
	struct elf_section section;
	struct btf_header header;
	char *data;

	if (elf_section_find(object, size, ".BTF", &section) || section.size < sizeof(header))
		return;
	data = (char *)object + section.offset;
	all.btf = btf_open(arena, data, section.size);
	if (!all.btf)
		return;
	memcpy(&header, data, sizeof(header));
	all.strings = data + header.hdr_len + header.str_off;
	all.strings_end = all.strings + header.str_len;
	all.end = btf_count(all.btf);
	if (find(arena, &all) && rank(&all))
		reorder(arena, &all);
}
