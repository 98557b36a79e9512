// SPDX-License-Identifier: Apache-2.0
/*
 * Aggregations: `@m[key] = count()` and its like update a per-CPU value in place, with no lock and no
 * message; user space reduces them when a map is printed. Layouts are in bpf-helpers/abi.h.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>

/* Add to an i64 in memory. */
static void add(struct gen *g, LLVMValueRef memory, LLVMValueRef value)
{
	LLVMBuildStore(g->b, LLVMBuildAdd(g->b, LLVMBuildLoad2(g->b, g->i64, memory, ""), value, ""),
		       memory);
}

static void update_extreme(struct gen *g, const struct map *map, LLVMValueRef slot, LLVMValueRef value)
{
	LLVMBasicBlockRef compare = gen_block(g, "compare"), take = gen_block(g, "take"),
			  done = gen_block(g, "done");
	bool is_signed = map->value->is_signed;
	LLVMIntPredicate better;
	LLVMValueRef set = gen_offset(g, slot, offsetof(struct abi_extreme, set));

	if (map->value->kind == TYPE_MIN)
		better = is_signed ? LLVMIntSLT : LLVMIntULT;
	else
		better = is_signed ? LLVMIntSGT : LLVMIntUGT;
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, LLVMBuildLoad2(g->b, g->i64, set, ""),
				gen_const(g, 0), ""),
	       take, compare);
	gen_at(g, compare);
	gen_if(g, LLVMBuildICmp(g->b, better, value, LLVMBuildLoad2(g->b, g->i64, slot, ""), ""),
	       take, done);
	gen_at(g, take);
	LLVMBuildStore(g->b, value, slot);
	LLVMBuildStore(g->b, gen_const(g, 1), set);
	gen_goto(g, done);
	gen_at(g, done);
}

/* The index is below `buckets`; the verifier must see that, even where LLVM can prove it. */
static void bump(struct gen *g, LLVMValueRef slot, LLVMValueRef index, uint64_t buckets)
{
	LLVMBasicBlockRef inside = gen_block(g, "inside"), done = gen_block(g, "done");

	index = gen_opaque(g, index);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntULT, index, gen_const(g, buckets), ""), inside, done);
	gen_at(g, inside);
	LLVMValueRef offset = LLVMBuildShl(g->b, index, gen_const(g, 3), "");
	add(g, LLVMBuildGEP2(g->b, g->i8, slot, &offset, 1, ""), gen_const(g, 1));
	gen_goto(g, done);
	gen_at(g, done);
}

/* As with bump(), the verifier must see that the bucket is inside. */
static void add_to_series(struct gen *g, const struct map *map, LLVMValueRef slot, LLVMValueRef value)
{
	LLVMBasicBlockRef inside = gen_block(g, "inside"), done = gen_block(g, "done");
	LLVMValueRef count = gen_const(g, (uint64_t)map->numbers[1]);
	LLVMValueRef now = gen_helper(g, BPF_FUNC_ktime_get_boot_ns, NULL, 0), index, epoch, offset;
	uint64_t how = (uint64_t)map->numbers[2] | (map->value->is_signed ? ABI_SERIES_SIGNED : 0);

	epoch = LLVMBuildUDiv(g->b, now, gen_const(g, (uint64_t)map->numbers[0]), "");
	index = gen_opaque(g, LLVMBuildURem(g->b, epoch, count, ""));
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntULT, index, count, ""), inside, done);
	gen_at(g, inside);
	offset = LLVMBuildMul(g->b, index, gen_const(g, sizeof(struct abi_series)), "");
	GEN_BPFFN(g, "series_add", LLVMBuildGEP2(g->b, g->i8, slot, &offset, 1, ""),
		  LLVMBuildAdd(g->b, epoch, gen_const(g, 1), ""), value, gen_const(g, how), now);
	gen_goto(g, done);
	gen_at(g, done);
}

static void update(struct gen *g, const struct map *map, LLVMValueRef slot, LLVMValueRef value)
{
	const int64_t *numbers = map->numbers;

	switch (map->value->kind) {
	case TYPE_COUNT:
		add(g, slot, gen_const(g, 1));
		return;
	case TYPE_SUM:
		add(g, slot, value);
		return;
	case TYPE_MIN:
	case TYPE_MAX:
		update_extreme(g, map, slot, value);
		return;
	case TYPE_AVG:
	case TYPE_STATS:
		add(g, slot, value);
		add(g, gen_offset(g, slot, offsetof(struct abi_average, count)), gen_const(g, 1));
		return;
	case TYPE_HIST:
		bump(g, slot,
		     GEN_BPFFN(g, "hist_bucket", value, gen_const(g, (uint64_t)numbers[0])),
		     ABI_HIST_BUCKETS(numbers[0]));
		return;
	case TYPE_LHIST:
		bump(g, slot,
		     GEN_BPFFN(g, "lhist_bucket", value, gen_const(g, (uint64_t)numbers[0]),
			       gen_const(g, (uint64_t)numbers[1]), gen_const(g, (uint64_t)numbers[2])),
		     (uint64_t)((numbers[1] - numbers[0]) / numbers[2] + 2));
		return;
	case TYPE_TSERIES:
		add_to_series(g, map, slot, value);
		return;
	case TYPE_VOID: case TYPE_BOOL: case TYPE_INT: case TYPE_STRING: case TYPE_BUFFER:
	case TYPE_POINTER: case TYPE_ARRAY: case TYPE_STRUCT: case TYPE_ENUM: case TYPE_TUPLE:
	case TYPE_INET: case TYPE_MACADDR: case TYPE_USERNAME: case TYPE_ERROR_NAME:
	case TYPE_SIGNAL_NAME: case TYPE_SYSCALL_NAME: case TYPE_CGROUP_PATH:
	case TYPE_KSYM: case TYPE_USYM: case TYPE_KSTACK: case TYPE_USTACK: case TYPE_BYTES: case TYPE_DURATION:
	case TYPE_PROBE: case TYPE_TIMESTAMP: case TYPE_CONTEXT: case TYPE_MAP: case TYPE_POISON:
	case TYPE_KINDS:
		return;
	}
}

/* A key that is new: insert a value of zeros, then look again. */
static LLVMValueRef insert(struct gen *g, const struct map *map, LLVMValueRef key)
{
	uint32_t size = gen_map_value_size(map);
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef zeros = gen_take(g, size), element;

	gen_zero(g, zeros, size);
	/* Another CPU may have just inserted it: then there is nothing to do, whatever this says. */
	GEN_HELPER(g, map_update_elem, g->maps[map->index], key, zeros, gen_const(g, BPF_NOEXIST));
	element = gen_map_lookup(g, map, key);
	gen_release(g, mark);
	return element;
}

void gen_aggregate(struct gen *g, const struct node *target, const struct node *call)
{
	const struct map *map = target->map.map;
	const struct node_list *args = &call->call.args;
	struct gen_mark mark = gen_mark(g);
	LLVMBasicBlockRef missing = gen_block(g, "missing"), full = gen_block(g, "full"),
			  there = gen_block(g, "there"), done = gen_block(g, "done");
	LLVMValueRef value = args->count ? gen_scalar(g, args->items[0]) : NULL;
	LLVMValueRef key = gen_map_key(g, map, target->map.key);
	LLVMValueRef found = gen_register(g, "found"), element = gen_map_lookup(g, map, key);
	LLVMValueRef null = LLVMConstNull(g->ptr);

	LLVMBuildStore(g->b, element, found);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, element, null, ""), missing, there);
	gen_at(g, missing);
	if (map->key) {
		element = insert(g, map, key);
		LLVMBuildStore(g->b, element, found);
		gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, element, null, ""), full, there);
		gen_at(g, full);
		gen_map_full(g, target->span);
	} else {
		gen_goto(g, done);
		gen_at(g, full);
	}
	gen_goto(g, done);

	gen_at(g, there);
	element = LLVMBuildLoad2(g->b, g->ptr, found, "");
	if (!map->key)
		LLVMBuildStore(g->b, gen_const(g, 1), element);
	update(g, map, gen_offset(g, element, gen_map_value_offset(map)), value);
	gen_goto(g, done);
	gen_at(g, done);
	gen_release(g, mark);
}

/* The value of an aggregation now, over all CPUs, as an integer. */
LLVMValueRef gen_aggregate_read(struct gen *g, const struct map *map, LLVMValueRef key)
{
	LLVMValueRef offset = gen_const(g, gen_map_value_offset(map));
	LLVMValueRef m = g->maps[map->index], is_signed = gen_const(g, map->value->is_signed);

	switch (map->value->kind) {
	case TYPE_MIN:
	case TYPE_MAX:
		return GEN_BPFFN(g, "percpu_extreme", m, key, offset, is_signed,
				 gen_const(g, map->value->kind == TYPE_MAX));
	case TYPE_AVG:
	case TYPE_STATS:
		return GEN_BPFFN(g, "percpu_average", m, key, offset, is_signed);
	case TYPE_COUNT: case TYPE_SUM: case TYPE_HIST: case TYPE_LHIST: case TYPE_TSERIES:
	case TYPE_VOID: case TYPE_BOOL: case TYPE_INT: case TYPE_STRING: case TYPE_BUFFER:
	case TYPE_POINTER: case TYPE_ARRAY: case TYPE_STRUCT: case TYPE_ENUM: case TYPE_TUPLE:
	case TYPE_INET: case TYPE_MACADDR: case TYPE_USERNAME: case TYPE_ERROR_NAME:
	case TYPE_SIGNAL_NAME: case TYPE_SYSCALL_NAME: case TYPE_CGROUP_PATH:
	case TYPE_KSYM: case TYPE_USYM: case TYPE_KSTACK: case TYPE_USTACK: case TYPE_BYTES: case TYPE_DURATION:
	case TYPE_PROBE: case TYPE_TIMESTAMP: case TYPE_CONTEXT: case TYPE_MAP: case TYPE_POISON:
	case TYPE_KINDS:
		break;
	}
	return GEN_BPFFN(g, "percpu_sum", m, key, offset);
}
