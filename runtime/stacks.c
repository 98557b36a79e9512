/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks by their hash; each takes the bytes of its frames and a slot. None is ever taken out. */
#include "runtime/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "bpf-helpers/abi.h"
#include "runtime/message.h"
#include "runtime/value.h"

#define FIRST_SLOTS 256
#define MAX_BYTES   ((size_t)256 << 20)

struct stack_slot {
	uint64_t hash; /* 0: free */
	uint32_t bytes;
	char *frames;
};

struct symbols *stacks_symbols(struct stacks *stacks)
{
	if (!stacks->symbols)
		stacks->symbols = symbols_new(&stacks->options);
	return stacks->symbols;
}

/* Where a hash is, or a free slot for it. */
static struct stack_slot *find(const struct stacks *stacks, uint64_t hash)
{
	uint32_t at = (uint32_t)(hash >> 20) & (stacks->n_slots - 1);

	while (stacks->slots[at].hash && stacks->slots[at].hash != hash)
		at = (at + 1) & (stacks->n_slots - 1);
	return &stacks->slots[at];
}

/* At most half of the slots are used. */
static bool make_room(struct stacks *stacks)
{
	struct stack_slot *old = stacks->slots;
	uint32_t n_old = stacks->n_slots;

	if (n_old && stacks->n_used < n_old / 2)
		return true;
	stacks->slots = calloc(n_old ? (size_t)n_old * 2 : FIRST_SLOTS, sizeof(*old));
	if (!stacks->slots) {
		stacks->slots = old;
		return false;
	}
	stacks->n_slots = n_old ? n_old * 2 : FIRST_SLOTS;
	for (uint32_t i = 0; i < n_old; i++)
		if (old[i].hash)
			*find(stacks, old[i].hash) = old[i];
	free(old);
	return true;
}

static void keep(struct stacks *stacks, const struct abi_stack *head, const char *frames)
{
	uint32_t bytes = head->frames * abi_stack_frame(head->how);
	struct stack_slot *slot;

	if (stacks->bytes > (stacks->limit ? stacks->limit : MAX_BYTES) || !make_room(stacks)) {
		if (!stacks->full)
			message_warning("The frames of stacks take too much memory: those of new "
					"ones are lost");
		stacks->full = true;
		return;
	}
	slot = find(stacks, head->hash);
	if (slot->hash)
		return;
	slot->frames = malloc(bytes + 1);
	if (!slot->frames)
		return;
	memcpy(slot->frames, frames, bytes);
	slot->hash = head->hash;
	slot->bytes = bytes;
	stacks->n_used++;
	stacks->bytes += bytes + sizeof(*slot);
}

static void look_up(struct stacks *stacks, const struct abi_stack *head, const char *frames)
{
	struct symbols *symbols = stacks_symbols(stacks);
	struct symbol symbol;
	uint64_t address;

	if (!symbols || abi_stack_frame(head->how) != sizeof(address))
		return;
	symbols_begin(symbols, head->tgid);
	for (uint32_t i = 0; i < head->frames; i++) {
		memcpy(&address, frames + i * sizeof(address), sizeof(address));
		symbols_user(symbols, address, &symbol);
	}
}

void stacks_add(struct stacks *stacks, const struct value *value)
{
	const struct abi_stack *head = &value->stack.head;

	/* The record may hold anything. */
	if (!head->hash || !value->stack.frames)
		return;
	keep(stacks, head, value->stack.frames);
	if (value->kind == IMAGE_USTACK)
		look_up(stacks, head, value->stack.frames);
}

const char *stacks_frames(const struct stacks *stacks, const struct abi_stack *head)
{
	const struct stack_slot *slot =
		stacks->n_slots && head->hash ? find(stacks, head->hash) : NULL;

	if (!slot || !slot->hash || slot->bytes < head->frames * abi_stack_frame(head->how))
		return NULL;
	return slot->frames;
}

void stacks_free(struct stacks *stacks)
{
	symbols_free(stacks->symbols);
	for (uint32_t i = 0; i < stacks->n_slots; i++)
		free(stacks->slots[i].frames);
	free(stacks->slots);
	memset(stacks, 0, sizeof(*stacks));
}
