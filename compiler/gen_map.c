// SPDX-License-Identifier: Apache-2.0
/*
 * Maps: keys, reads, assignments, steps and deletes. How a map's values lie in the kernel is in
 * bpf-helpers/abi.h; aggregations are in gen_aggregate.c.
 */
#include "compiler/gen.h"

#include <errno.h>
#include <linux/bpf.h>

bool gen_map_percpu(const struct map *map)
{
	return type_is_aggregation(map->value);
}

uint32_t gen_map_value_offset(const struct map *map)
{
	return map->key ? 0 : 8;
}

uint32_t gen_map_value_size(const struct map *map)
{
	uint64_t size = map->value->size;

	switch (map->value->kind) {
	case TYPE_COUNT:
	case TYPE_SUM:
		size = sizeof(struct abi_number);
		break;
	case TYPE_MIN:
	case TYPE_MAX:
		size = sizeof(struct abi_extreme);
		break;
	case TYPE_AVG:
	case TYPE_STATS:
		size = sizeof(struct abi_average);
		break;
	case TYPE_HIST:
		size = ABI_HIST_BUCKETS(map->numbers[0]) * 8;
		break;
	case TYPE_LHIST:
		size = (uint64_t)((map->numbers[1] - map->numbers[0]) / map->numbers[2] + 2) * 8;
		break;
	case TYPE_TSERIES:
		size = (uint64_t)map->numbers[1] * sizeof(struct abi_series);
		break;
	case TYPE_VOID: case TYPE_BOOL: case TYPE_INT: case TYPE_STRING: case TYPE_BUFFER:
	case TYPE_POINTER: case TYPE_ARRAY: case TYPE_STRUCT: case TYPE_ENUM: case TYPE_TUPLE:
	case TYPE_INET: case TYPE_MACADDR: case TYPE_USERNAME: case TYPE_ERROR_NAME:
	case TYPE_SIGNAL_NAME: case TYPE_SYSCALL_NAME: case TYPE_CGROUP_PATH:
	case TYPE_KSYM: case TYPE_USYM: case TYPE_KSTACK: case TYPE_USTACK: case TYPE_BYTES: case TYPE_DURATION:
	case TYPE_PROBE: case TYPE_TIMESTAMP: case TYPE_CONTEXT: case TYPE_MAP: case TYPE_POISON:
	case TYPE_KINDS:
		break;
	}
	return (uint32_t)((size + gen_map_value_offset(map) + 7) & ~7ULL);
}

LLVMValueRef gen_lost(struct gen *g, enum abi_lost reason)
{
	return GEN_BPFFN(g, "lost", gen_probe_index(g), gen_const(g, reason));
}

void gen_map_full(struct gen *g, struct span span)
{
	LLVMValueRef before = gen_lost(g, ABI_LOST_MAP);

	gen_warn_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, before, gen_const(g, 0), ""), span,
		    IMAGE_ERROR_MAP_FULL, gen_const(g, (uint64_t)-E2BIG));
}

/* Memory that holds the key, ready for a helper. A scalar map is an array: index 0. */
LLVMValueRef gen_map_key(struct gen *g, const struct map *map, const struct node *key)
{
	LLVMValueRef memory = gen_take(g, map->key ? map->key->size : 4);

	if (map->key)
		gen_into(g, key, memory, map->key);
	else
		LLVMBuildStore(g->b, LLVMConstInt(g->i32, 0, 0), memory);
	return memory;
}

/* A pointer to the element's value, or null; an element of a scalar map is always there. */
LLVMValueRef gen_map_lookup(struct gen *g, const struct map *map, LLVMValueRef key)
{
	LLVMValueRef args[] = {g->maps[map->index], key};

	return gen_helper_pointer(g, BPF_FUNC_map_lookup_elem, args, 2);
}

static LLVMValueRef is_null(struct gen *g, LLVMValueRef pointer)
{
	return LLVMBuildICmp(g->b, LLVMIntEQ, pointer, LLVMConstNull(g->ptr), "");
}

/* The element of a scalar map is always there; it says itself whether it was assigned. */
static void warn_unset(struct gen *g, const struct node *node, LLVMValueRef element)
{
	if (node->map.map->key || !gen_warns(g, IMAGE_ERROR_LOOKUP))
		return;
	gen_warn_if(g,
		    LLVMBuildICmp(g->b, LLVMIntEQ, LLVMBuildLoad2(g->b, g->i64, element, ""),
				  gen_const(g, 0), ""),
		    node->span, IMAGE_ERROR_LOOKUP, gen_const(g, 0));
}

LLVMValueRef gen_map_scalar(struct gen *g, const struct node *node)
{
	const struct map *map = node->map.map;
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef key = gen_map_key(g, map, node->map.key);

	if (gen_map_percpu(map)) {
		LLVMValueRef value;

		if (map->key && gen_warns(g, IMAGE_ERROR_LOOKUP))
			gen_warn_if(g, is_null(g, gen_map_lookup(g, map, key)), node->span,
				    IMAGE_ERROR_LOOKUP, gen_const(g, 0));
		value = gen_aggregate_read(g, map, key);

		gen_release(g, mark);
		return value;
	}

	LLVMValueRef result = gen_register(g, "read");
	LLVMBasicBlockRef there = gen_block(g, "there"), missing = gen_block(g, "missing"),
			  done = gen_block(g, "done");
	LLVMValueRef element = gen_map_lookup(g, map, key);

	gen_write(g, result, gen_const(g, 0));
	gen_if(g, is_null(g, element), missing, there);
	gen_at(g, missing);
	gen_warn(g, node->span, IMAGE_ERROR_LOOKUP, gen_const(g, 0));
	gen_goto(g, done);
	gen_at(g, there);
	warn_unset(g, node, element);
	gen_write(g, result, gen_load(g, gen_offset(g, element, gen_map_value_offset(map)),
				      map->value, false));
	gen_goto(g, done);
	gen_at(g, done);
	gen_release(g, mark);
	return gen_read(g, result);
}

/* A copy: what the map holds can change or go while it is used. */
LLVMValueRef gen_map_memory(struct gen *g, const struct node *node)
{
	const struct map *map = node->map.map;
	LLVMValueRef copy = gen_take(g, map->value->size);
	struct gen_mark mark = gen_mark(g);
	LLVMBasicBlockRef there = gen_block(g, "there"), missing = gen_block(g, "missing"),
			  done = gen_block(g, "done");
	LLVMValueRef element = gen_map_lookup(g, map, gen_map_key(g, map, node->map.key));

	gen_if(g, is_null(g, element), missing, there);
	gen_at(g, missing);
	gen_zero(g, copy, map->value->size);
	gen_warn(g, node->span, IMAGE_ERROR_LOOKUP, gen_const(g, 0));
	gen_goto(g, done);
	gen_at(g, there);
	warn_unset(g, node, element);
	gen_copy(g, copy, gen_offset(g, element, gen_map_value_offset(map)), map->value->size);
	gen_goto(g, done);
	gen_at(g, done);
	gen_release(g, mark);
	return copy;
}

/* Write a value, already in memory, for a key; a full map is counted. */
static void update_hash(struct gen *g, const struct map *map, LLVMValueRef key, LLVMValueRef value,
			struct span span)
{
	LLVMBasicBlockRef full = gen_block(g, "full"), done = gen_block(g, "done");
	LLVMValueRef result = GEN_HELPER(g, map_update_elem, g->maps[map->index], key, value,
					 gen_const(g, BPF_ANY));

	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, result, gen_const(g, 0), ""), done, full);
	gen_at(g, full);
	gen_map_full(g, span);
	gen_goto(g, done);
	gen_at(g, done);
}

/* Mark a scalar map as assigned and return where its value is; leaves the builder in a new block. */
static LLVMValueRef scalar_slot(struct gen *g, const struct map *map, LLVMBasicBlockRef done)
{
	LLVMBasicBlockRef there = gen_block(g, "there");
	LLVMValueRef element = gen_map_lookup(g, map, gen_map_key(g, map, NULL));

	gen_if(g, is_null(g, element), done, there);
	gen_at(g, there);
	LLVMBuildStore(g->b, gen_const(g, 1), element);
	return gen_offset(g, element, gen_map_value_offset(map));
}

void gen_map_assign(struct gen *g, const struct node *target, const struct node *value)
{
	const struct map *map = target->map.map;
	struct gen_mark mark = gen_mark(g);

	if (map->key) {
		LLVMValueRef memory = gen_take(g, map->value->size);

		gen_into(g, value, memory, map->value);
		update_hash(g, map, gen_map_key(g, map, target->map.key), memory,
			    target->span);
	} else if (type_is_scalar(map->value)) {
		LLVMBasicBlockRef done = gen_block(g, "done");
		LLVMValueRef number = gen_scalar(g, value);

		gen_store(g, scalar_slot(g, map, done), number, map->value);
		gen_goto(g, done);
		gen_at(g, done);
	} else {
		LLVMBasicBlockRef done = gen_block(g, "done");
		LLVMValueRef memory = gen_take(g, map->value->size);

		gen_into(g, value, memory, map->value);
		gen_copy(g, scalar_slot(g, map, done), memory, map->value->size);
		gen_goto(g, done);
		gen_at(g, done);
	}
	gen_release(g, mark);
}

/*
 * Read, change, write back: ++, -- and op=. In place when the key is there, so a full map still
 * counts what it has. Not atomic, as in bpftrace: count() and sum() are for that. Returns the value
 * before or after.
 */
static LLVMValueRef modify(struct gen *g, const struct node *target, enum binary_op op,
			   LLVMValueRef operand, bool want_old)
{
	const struct map *map = target->map.map;
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef before = gen_register(g, "before"), after = gen_register(g, "after");
	LLVMBasicBlockRef there = gen_block(g, "there"), missing = gen_block(g, "missing"),
			  done = gen_block(g, "done");
	LLVMValueRef key = gen_map_key(g, map, target->map.key);
	LLVMValueRef element = gen_map_lookup(g, map, key);
	LLVMValueRef slot, old, new;

	gen_write(g, before, gen_const(g, 0));
	gen_if(g, is_null(g, element), missing, there);

	gen_at(g, missing);
	if (map->key)
		gen_warn(g, target->span, IMAGE_ERROR_LOOKUP, gen_const(g, 0));
	new = gen_narrow(g, gen_binary_op(g, op, gen_const(g, 0), operand, map->value->is_signed),
			 map->value->size, map->value->is_signed);
	gen_write(g, after, new);
	if (map->key) {
		slot = gen_take(g, map->value->size);
		gen_store(g, slot, new, map->value);
		update_hash(g, map, key, slot, target->span);
	}
	gen_goto(g, done);

	gen_at(g, there);
	warn_unset(g, target, element);
	if (!map->key)
		LLVMBuildStore(g->b, gen_const(g, 1), element);
	slot = gen_offset(g, element, gen_map_value_offset(map));
	old = gen_load(g, slot, map->value, false);
	new = gen_narrow(g, gen_binary_op(g, op, old, operand, map->value->is_signed),
			 map->value->size, map->value->is_signed);
	gen_store(g, slot, new, map->value);
	gen_write(g, before, old);
	gen_write(g, after, new);
	gen_goto(g, done);

	gen_at(g, done);
	gen_release(g, mark);
	return gen_read(g, want_old ? before : after);
}

LLVMValueRef gen_map_step(struct gen *g, const struct node *node)
{
	return modify(g, node->step.target, node->step.decrement ? BINARY_SUB : BINARY_ADD,
		      gen_scaled(g, node->step.target->type, gen_const(g, 1), node->span), !node->step.prefix);
}

void gen_map_update(struct gen *g, const struct node *target, enum binary_op op,
		    const struct node *value)
{
	LLVMValueRef operand = gen_scaled(g, target->type, gen_scalar(g, value), value->span);

	gen_warn_division(g, op, value, operand);
	modify(g, target, op, operand, false);
}

/* delete(@m, k), delete(@scalar), delete(@m[k]) */
static const struct node *key_argument(const struct node *call)
{
	if (call->call.args.count > 1)
		return call->call.args.items[1];
	return call->call.args.items[0]->map.key;
}

LLVMValueRef gen_map_delete(struct gen *g, const struct node *call)
{
	const struct map *map = call->call.map;
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef key, result, found;

	if (!map->key) {
		found = GEN_BPFFN(g, "scalar_delete", g->maps[map->index],
				  gen_const(g, gen_map_value_size(map)), gen_const(g, gen_map_percpu(map)));
	} else {
		key = gen_map_key(g, map, key_argument(call));
		result = GEN_HELPER(g, map_delete_elem, g->maps[map->index], key);
		found = LLVMBuildZExt(
			g->b, LLVMBuildICmp(g->b, LLVMIntEQ, result, gen_const(g, 0), ""), g->i64, "");
	}
	if (g->discarded == call)
		gen_warn_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, found, gen_const(g, 0), ""), call->span,
			    IMAGE_ERROR_DELETE, gen_const(g, (uint64_t)-ENOENT));
	gen_release(g, mark);
	return found;
}

/*
 * To the verifier it is a map, which nothing can be added to. Scratch memory keeps no types: what is
 * read from there is a number.
 */
LLVMValueRef gen_map_address(struct gen *g, const struct map *map)
{
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef memory = gen_take_scratch(g, 8), value;

	LLVMSetVolatile(LLVMBuildStore(g->b, g->maps[map->index], memory), 1);
	value = LLVMBuildLoad2(g->b, g->i64, memory, "address");
	LLVMSetVolatile(value, 1);
	gen_release(g, mark);
	return value;
}

LLVMValueRef gen_map_has_key(struct gen *g, const struct node *call)
{
	const struct map *map = call->call.map;
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef element = gen_map_lookup(g, map, gen_map_key(g, map, key_argument(call)));

	gen_release(g, mark);
	return LLVMBuildZExt(g->b, LLVMBuildNot(g->b, is_null(g, element), ""), g->i64, "");
}
