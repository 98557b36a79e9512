// SPDX-License-Identifier: Apache-2.0
/*
 * Values in memory that are made of parts: what casts make of other memory, records, and whether
 * two such values are equal.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>
#include <string.h>

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The bytes of a buffer stand behind its length. */
static uint32_t header_of(const struct type *type)
{
	return type->kind == TYPE_BUFFER ? (uint32_t)sizeof(uint32_t) : 0;
}

/* The bytes of an integer, as many as there is room for. */
static void integer_into(struct gen *g, const struct node *node, LLVMValueRef to, uint32_t room)
{
	LLVMValueRef word = gen_take(g, 8);

	LLVMBuildStore(g->b, gen_scalar(g, node), word);
	gen_copy(g, to, word, smaller(room, 8));
}

void gen_cast_into(struct gen *g, const struct node *node, LLVMValueRef memory)
{
	const struct node *operand = node->cast.operand;
	const struct type *to = node->type, *from = operand->type;
	uint32_t header = header_of(to), room = to->size - header;
	LLVMValueRef bytes = gen_offset(g, memory, header);

	gen_zero(g, memory, to->size);
	if (header)
		LLVMBuildStore(g->b, LLVMConstInt(g->i32, room, 0), memory);
	if (from->kind == TYPE_POINTER && to->kind == TYPE_STRING) {
		gen_read_text(g, (struct gen_place){gen_scalar(g, operand), from->space}, bytes,
			      NULL, room, ABI_MARK_CUT);
	} else if (from->kind == TYPE_POINTER && to->kind == TYPE_BUFFER) {
		gen_read_place(g, (struct gen_place){gen_scalar(g, operand), from->space}, bytes,
			       room, node->span);
	} else if (type_is_scalar(from)) {
		integer_into(g, operand, bytes, room);
	} else {
		gen_copy(g, bytes, gen_offset(g, gen_memory(g, operand), header_of(from)),
			 smaller(room, from->size - header_of(from)));
	}
}

/* (uint32)array: the bytes as a number. */
LLVMValueRef gen_cast_bytes(struct gen *g, const struct node *node)
{
	const struct node *operand = node->cast.operand;
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef word = gen_take(g, 8), value;

	gen_zero(g, word, 8);
	/* a string is true if it is not empty */
	gen_copy(g, word, gen_memory(g, operand),
		 smaller(operand->type->size, operand->type->kind == TYPE_STRING ? 1 : 8));
	value = LLVMBuildLoad2(g->b, g->i64, word, "");
	gen_release(g, mark);
	return value;
}

void gen_record_into(struct gen *g, const struct node *node, LLVMValueRef memory,
		     const struct type *type)
{
	gen_zero(g, memory, type->size);
	for (uint32_t i = 0; i < node->record.list.count; i++) {
		const struct type_field *field = type_field(type, node->record.names[i]);

		gen_into(g, node->record.list.items[i], gen_offset(g, memory, field->offset),
			 field->type);
	}
}

/* 0 if the bytes are the same. */
static LLVMValueRef bytes_differ(struct gen *g, LLVMValueRef a, LLVMValueRef b, uint32_t size)
{
	LLVMValueRef differ = gen_const(g, 0);

	for (uint32_t at = 0; at < size;) {
		uint32_t step = size - at >= 8 ? 8 : size - at >= 4 ? 4 : size - at >= 2 ? 2 : 1;
		const struct type *word = type_int(unit_types(g->unit), step, false);
		LLVMValueRef x = gen_load(g, gen_offset(g, a, at), word, false);
		LLVMValueRef y = gen_load(g, gen_offset(g, b, at), word, false);

		differ = LLVMBuildOr(g->b, differ, LLVMBuildXor(g->b, x, y, ""), "");
		at += step;
	}
	return differ;
}

/* A copy that begins at a multiple of 8, as what compares words wants it. */
static LLVMValueRef aligned(struct gen *g, LLVMValueRef from, uint32_t size)
{
	LLVMValueRef copy = gen_take(g, size);

	gen_copy(g, copy, from, size);
	return copy;
}

static LLVMValueRef differ(struct gen *g, LLVMValueRef a, const struct type *a_type, LLVMValueRef b,
			   const struct type *b_type);

static LLVMValueRef fields_differ(struct gen *g, LLVMValueRef a, const struct type *a_type,
				  LLVMValueRef b, const struct type *b_type)
{
	LLVMValueRef result = gen_const(g, 0);

	for (uint32_t i = 0; i < a_type->count; i++) {
		const struct type_field *x = &a_type->fields[i];
		const struct type_field *y =
			a_type->is_record ? type_field(b_type, x->name) : &b_type->fields[i];

		result = LLVMBuildOr(g->b, result,
				     differ(g, gen_offset(g, a, x->offset), x->type,
					    gen_offset(g, b, y->offset), y->type),
				     "");
	}
	return result;
}

static LLVMValueRef differ(struct gen *g, LLVMValueRef a, const struct type *a_type, LLVMValueRef b,
			   const struct type *b_type)
{
	struct gen_mark mark = gen_mark(g);
	uint32_t size = smaller(a_type->size, b_type->size);
	LLVMValueRef result;

	if (type_is_scalar(a_type))
		result = LLVMBuildXor(g->b, gen_load(g, a, a_type, false),
				      gen_load(g, b, b_type, false), "");
	else if (a_type->kind == TYPE_STRING)
		result = LLVMBuildXor(g->b,
				      GEN_BPFFN(g, "str_equal", aligned(g, a, a_type->size),
						aligned(g, b, b_type->size), gen_const(g, size)),
				      gen_const(g, 1), "");
	else if (a_type->kind == TYPE_TUPLE || a_type->kind == TYPE_STRUCT)
		result = fields_differ(g, a, a_type, b, b_type);
	else
		result = bytes_differ(g, aligned(g, a, size), aligned(g, b, size), size);
	gen_release(g, mark);
	return result;
}

LLVMValueRef gen_equal(struct gen *g, const struct node *left, const struct node *right)
{
	struct gen_mark mark = gen_mark(g);
	/* Copies: either may be a map's own memory, gone once the other is looked up. */
	LLVMValueRef a = gen_take(g, left->type->size), b = gen_take(g, right->type->size), result;

	gen_into(g, left, a, left->type);
	gen_into(g, right, b, right->type);
	result = differ(g, a, left->type, b, right->type);
	gen_release(g, mark);
	result = LLVMBuildICmp(g->b, LLVMIntEQ, result, gen_const(g, 0), "");
	return LLVMBuildZExt(g->b, result, g->i64, "");
}
