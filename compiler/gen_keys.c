// SPDX-License-Identifier: Apache-2.0
/*
 * once() and limit(): each call of the script has keys of its own, in two maps that are made when its
 * code is (bpf-helpers/keys.bpf.c).
 */
#include "compiler/gen.h"

#include <stdio.h>

#include "compiler/lower.h"
#include "lang/arena.h"
#include "lang/settings.h"
#include "lang/unit.h"

/* Room in the hash for keys that several CPUs put in before each has its slot. */
#define ON_THE_WAY 256

struct gen_keys {
	const struct node *call;
	const struct type *type; /* of its keys */
	LLVMValueRef keys, slots;
	struct gen_keys *next;
};

static const struct type *key_type(struct gen *g, const struct node *call, uint32_t first)
{
	uint32_t n = call->call.args.count - first;
	const struct type **types = arena_array(g->arena, n + 1, sizeof(*types));

	for (uint32_t i = 0; i < n; i++)
		types[i] = call->call.args.items[first + i]->type;
	if (n > 1)
		return type_tuple(unit_types(g->unit), types, n);
	return n ? types[0] : type_int(unit_types(g->unit), 4, false);
}

static LLVMValueRef key_memory(struct gen *g, const struct node *call, uint32_t first, const struct type *type)
{
	uint32_t n = call->call.args.count - first;
	LLVMValueRef memory = gen_take(g, type->size);

	if (n != 1)
		gen_zero(g, memory, type->size);
	for (uint32_t i = 0; i < n; i++) {
		const struct node *arg = call->call.args.items[first + i];

		if (n == 1)
			gen_into(g, arg, memory, type);
		else
			gen_into(g, arg, gen_offset(g, memory, type->fields[i].offset),
				 type->fields[i].type);
	}
	return memory;
}

static uint64_t capacity(const struct gen *g)
{
	return g->unit->settings[SETTING_max_map_keys] ? unit_setting(g->unit, SETTING_max_map_keys) : ABI_KEYS;
}

/* A call that is generated several times is one: in an unroll, in a function that several probes call. */
static const struct gen_keys *keys_of(struct gen *g, const struct node *call, const struct type *type)
{
	uint32_t key_size = type->size;
	struct gen_keys *keys;
	char name[32];

	for (keys = g->keys; keys; keys = keys->next)
		if (keys->call->span.begin == call->span.begin && keys->call->span.end == call->span.end &&
		    keys->type == type)
			return keys;
	keys = arena_alloc(g->arena, sizeof(*keys));
	*keys = (struct gen_keys){.call = call, .type = type, .next = g->keys};
	snprintf(name, sizeof(name), "keys_%u", g->n_keys);
	keys->keys = gen_module_hash(g, name, key_size, 8, (uint32_t)capacity(g) + ON_THE_WAY);
	snprintf(name, sizeof(name), "slots_%u", g->n_keys++);
	keys->slots = gen_module_array(g, name, 8 + ((key_size + 7) & ~7u), (uint32_t)capacity(g) + 1);
	g->keys = keys;
	return keys;
}

static void count_if(struct gen *g, LLVMValueRef condition, enum abi_lost what)
{
	LLVMBasicBlockRef count = gen_block(g, "count"), done = gen_block(g, "counted");

	gen_if(g, condition, count, done);
	gen_at(g, count);
	GEN_BPFFN(g, "count", gen_probe_index(g), gen_const(g, what));
	gen_goto(g, done);
	gen_at(g, done);
}

static LLVMValueRef has_flag(struct gen *g, LLVMValueRef flags, uint64_t flag)
{
	return LLVMBuildICmp(g->b, LLVMIntNE, LLVMBuildAnd(g->b, flags, gen_const(g, flag), ""),
			     gen_const(g, 0), "");
}

/* limits: NULL: once(). */
static LLVMValueRef ask(struct gen *g, const struct node *call, uint32_t first, LLVMValueRef limits)
{
	const struct type *type = key_type(g, call, first);
	const struct gen_keys *keys = keys_of(g, call, type);
	LLVMValueRef key = key_memory(g, call, first, type), flags, result = gen_register(g, "key");
	LLVMValueRef sizes = gen_const(g, capacity(g) | (uint64_t)type->size << 32);

	if (limits)
		flags = GEN_BPFFN(g, "keys_limit", keys->keys, keys->slots, key, sizes, limits);
	else
		flags = GEN_BPFFN(g, "keys_once", keys->keys, keys->slots, key, sizes);
	gen_write(g, result, flags);
	count_if(g, has_flag(g, flags, ABI_KEY_FORGOT), ABI_COUNT_FORGOTTEN);
	flags = gen_read(g, result);
	return LLVMBuildAnd(g->b, flags, gen_const(g, ABI_KEY_NEW), "");
}

LLVMValueRef lower_once(struct gen *g, const struct node *node)
{
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef once = ask(g, node, 0, NULL);

	gen_release(g, mark);
	return once;
}

LLVMValueRef lower_limit(struct gen *g, const struct node *node)
{
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef limits = gen_take(g, 16), result = gen_register(g, "limit");

	LLVMBuildStore(g->b, gen_scalar(g, node->call.args.items[0]), limits);
	LLVMBuildStore(g->b, gen_scalar(g, node->call.args.items[1]), gen_offset(g, limits, 8));
	gen_write(g, result, ask(g, node, 2, limits));
	count_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, gen_read(g, result), gen_const(g, 0), ""), ABI_COUNT_HELD);
	gen_release(g, mark);
	return gen_read(g, result);
}
