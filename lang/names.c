/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with FNV-1a; a script with a hundred thousand names must not take long to refuse.
 */
#include "lang/names.h"

#include <string.h>

#include "lang/arena.h"

static uint32_t hash_name(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash;
}

static struct names_slot *find(const struct names *names, const char *name)
{
	uint32_t at = hash_name(name) & (names->n_slots - 1);

	while (names->slots[at].name && strcmp(names->slots[at].name, name) != 0)
		at = (at + 1) & (names->n_slots - 1);
	return &names->slots[at];
}

static void grow(struct names *names)
{
	struct names_slot *old = names->slots;
	uint32_t n_old = names->n_slots;

	names->n_slots = n_old ? n_old * 2 : 32;
	names->slots = arena_array(names->arena, names->n_slots, sizeof(*names->slots));
	for (uint32_t i = 0; i < n_old; i++) {
		if (old[i].name)
			*find(names, old[i].name) = old[i];
	}
}

void **names_at(struct names *names, const char *name)
{
	struct names_slot *slot;

	if (names->count * 2 >= names->n_slots)
		grow(names);
	slot = find(names, name);
	if (!slot->name) {
		slot->name = name;
		names->count++;
	}
	return &slot->value;
}
