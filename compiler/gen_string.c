// SPDX-License-Identifier: Apache-2.0
/*
 * Strings. In memory a string is a buffer of its type's capacity, padded with zeros; one that was
 * longer than its buffer has no NUL, and is printed with the trailer. In a record a string takes the
 * bytes it has. str() reads straight to where its string is wanted.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>
#include <string.h>

#include "lang/attach_point.h"
#include "lang/form.h"
#include "lang/proto.h"

/* Literals up to this length are compared by words in line. */
#define INLINE_COMPARE 64u

static bool is_str_call(const struct node *node)
{
	return node->kind == NODE_CALL && !strcmp(node->call.text, "str") &&
	       type_is_scalar(node->call.args.items[0]->type);
}

/* str() of a string or an array, which may be shorter than it or cut. */
static bool is_str_of_memory(const struct node *node)
{
	return node->kind == NODE_CALL && !strcmp(node->call.text, "str") &&
	       !type_is_scalar(node->call.args.items[0]->type) &&
	       node->call.args.items[0]->type->kind != TYPE_INET &&
	       (node->call.args.count > 1 || node->call.args.items[0]->type != node->type);
}

enum type_space gen_space(const struct gen *g, const struct node *pointer)
{
	if (pointer->type->kind == TYPE_POINTER)
		return pointer->type->space;
	return g->probe->targets[0].type->form->values == VALUES_NONE ? SPACE_USER : SPACE_NONE;
}

bool gen_is_user(const struct gen *g, enum type_space space)
{
	return space == SPACE_USER || (space == SPACE_NONE && g->probe->targets[0].n_sites);
}

/*
 * Call one of two functions that read a string, the one for the pointer's space; where that is not
 * known, addresses with the highest bit set are the kernel's.
 */
static LLVMValueRef read_string(struct gen *g, struct gen_place place, const char *kernel,
				const char *user, LLVMValueRef *args, unsigned n)
{
	LLVMBasicBlockRef blocks[2], done;
	LLVMValueRef result, is_kernel;

	if (place.space != SPACE_NONE)
		return gen_bpffn(g, place.space == SPACE_USER ? user : kernel, args, n);
	result = gen_register(g, "string");
	blocks[0] = gen_block(g, "kernel");
	blocks[1] = gen_block(g, "user");
	done = gen_block(g, "done");
	is_kernel = LLVMBuildICmp(g->b, LLVMIntSLT, place.address, gen_const(g, 0), "");
	gen_if(g, is_kernel, blocks[0], blocks[1]);
	for (unsigned i = 0; i < 2; i++) {
		gen_at(g, blocks[i]);
		gen_write(g, result, gen_bpffn(g, i ? user : kernel, args, n));
		gen_goto(g, done);
	}
	gen_at(g, done);
	return gen_read(g, result);
}

LLVMValueRef gen_read_text(struct gen *g, struct gen_place place, LLVMValueRef memory,
			   LLVMValueRef asked, uint32_t size, enum abi_mark mark)
{
	LLVMValueRef args[] = {memory, asked ? asked : gen_const(g, size), place.address,
			       gen_const(g, asked ? ABI_MARK_NONE : mark)};

	return read_string(g, place, "str_kernel_into", "str_user_into", args, 4);
}

void gen_read_chars(struct gen *g, struct gen_place place, LLVMValueRef memory, LLVMValueRef size)
{
	LLVMValueRef args[] = {memory, size, place.address, gen_const(g, ABI_MARK_TEXT)};

	read_string(g, place, "str_kernel_into", "str_user_into", args, 4);
}

static enum image_error read_error(const struct gen *g, const struct node *pointer)
{
	return gen_is_user(g, gen_space(g, pointer)) ? IMAGE_ERROR_READ_USER_STR
						     : IMAGE_ERROR_READ_KERNEL_STR;
}

/* The length argument, NUL included, cut to what there is room for; NULL without the argument. */
static LLVMValueRef asked_length(struct gen *g, const struct node *call, uint32_t capacity)
{
	LLVMValueRef asked, limit = gen_const(g, capacity);

	if (call->call.args.count < 2)
		return NULL;
	asked = gen_scalar(g, call->call.args.items[1]);
	return LLVMBuildSelect(g->b, LLVMBuildICmp(g->b, LLVMIntULT, asked, limit, ""), asked, limit,
			       "");
}

/* BPF functions return the length, with this bit if the string was cut. */
#define CUT (1ULL << 32)

/* No length is above `most`, but older verifiers have lost that by now: check it once more. */
static struct gen_text unpack(struct gen *g, LLVMValueRef packed, uint32_t most)
{
	LLVMValueRef cut = LLVMBuildAnd(g->b, LLVMBuildLShr(g->b, packed, gen_const(g, 32), ""),
					gen_const(g, 1), "");
	LLVMValueRef length =
		gen_opaque(g, LLVMBuildAnd(g->b, packed, gen_const(g, CUT - 1), ""));
	LLVMValueRef fits = LLVMBuildICmp(g->b, LLVMIntULE, length, gen_const(g, most), "");

	return (struct gen_text){LLVMBuildSelect(g->b, fits, length, gen_const(g, 0), ""), cut};
}

static struct gen_text append_str(struct gen *g, const struct node *call, LLVMValueRef tail)
{
	const struct node *pointer = call->call.args.items[0];
	uint32_t capacity = call->type->size;
	LLVMValueRef asked = asked_length(g, call, capacity);
	/* One more byte than it may have tells a string that fits exactly from a longer one. */
	LLVMValueRef room = asked ? asked : gen_const(g, capacity + 1);

	struct gen_place place = {gen_scalar(g, pointer), gen_space(g, pointer)};
	LLVMValueRef args[] = {tail, room, gen_const(g, capacity), place.address};
	LLVMValueRef read = read_string(g, place, "str_kernel", "str_user", args, 4);

	gen_warn_failed(g, read, call->span, read_error(g, pointer));
	return unpack(g, read, capacity);
}

uint32_t gen_string_room(const struct node *node)
{
	return (node->type->size + 1 + 7) & ~7u;
}

struct gen_text gen_string_append(struct gen *g, const struct node *node, LLVMValueRef tail)
{
	struct gen_mark mark = gen_mark(g);
	struct gen_text text;
	LLVMValueRef from;

	if (node->kind == NODE_STRING) {
		/* "a\0b" is printed as far as its NUL, as it is from a variable */
		size_t length = strlen(node->string.bytes);

		gen_copy(g, tail, gen_memory(g, node), (uint32_t)length);
		return (struct gen_text){gen_const(g, length), gen_const(g, 0)};
	}
	if (is_str_call(node)) {
		text = append_str(g, node, tail);
	} else if (node->kind == NODE_FIELD && node->field.object->type->kind == TYPE_CONTEXT &&
		   gen_data_is(g->probe)) {
		text = unpack(g, gen_data_append(g, node->field.field, tail), node->type->size);
	} else if (node->kind == NODE_FIELD && node->field.object->type->kind == TYPE_CONTEXT) {
		text = unpack(g, GEN_BPFFN(g, "str_kernel", tail, gen_const(g, node->type->size + 1),
					   gen_const(g, node->type->size + 1),
					   gen_context_string(g, node->field.field)),
			      node->type->size);
	} else {
		from = gen_memory(g, node);
		text = unpack(g, GEN_BPFFN(g, "str_copy", tail, from, gen_const(g, node->type->size)),
			      node->type->size);
	}
	gen_release(g, mark);
	return text;
}

void gen_string_into(struct gen *g, const struct node *node, LLVMValueRef memory, uint32_t capacity)
{
	struct gen_mark mark = gen_mark(g);
	uint32_t size = node->type->size < capacity ? node->type->size : capacity;

	if (is_str_call(node)) {
		const struct node *pointer = node->call.args.items[0];
		LLVMValueRef asked = asked_length(g, node, size), address = gen_scalar(g, pointer);

		gen_zero(g, memory, capacity);

		LLVMValueRef read =
			gen_read_text(g, (struct gen_place){address, gen_space(g, pointer)}, memory,
				      asked, size, ABI_MARK_CUT);

		gen_warn_failed(g, read, node->span, read_error(g, pointer));
	} else if (is_str_of_memory(node)) {
		LLVMValueRef asked = asked_length(g, node, size);
		LLVMValueRef from = gen_memory(g, node->call.args.items[0]);

		gen_zero(g, memory, capacity);
		GEN_BPFFN(g, "str_kernel_into", memory, asked ? asked : gen_const(g, size), from,
			  gen_const(g, 0));
	} else {
		LLVMValueRef from = gen_memory(g, node);

		if (size < capacity)
			gen_zero(g, memory, capacity);
		gen_copy(g, memory, from, size);
	}
	gen_release(g, mark);
}

/* Compare the first `length` bytes with a constant, by words; differ: not 0 if something else does. */
static LLVMValueRef equals_constant(struct gen *g, LLVMValueRef memory, const char *bytes,
				    uint32_t length, LLVMValueRef differ)
{
	for (uint32_t at = 0; at < length;) {
		uint32_t size = length - at >= 8 ? 8 : length - at >= 4 ? 4 : length - at >= 2 ? 2 : 1;
		LLVMTypeRef word = LLVMIntTypeInContext(g->context, size * 8);
		uint64_t expected = 0;
		LLVMValueRef value;

		memcpy(&expected, bytes + at, size);
		value = LLVMBuildLoad2(g->b, word, gen_offset(g, memory, at), "");
		LLVMSetAlignment(value, size);
		value = LLVMBuildXor(g->b, value, LLVMConstInt(word, expected, 0), "");
		differ = LLVMBuildOr(g->b, differ, LLVMBuildZExt(g->b, value, g->i64, ""), "");
		at += size;
	}
	return LLVMBuildZExt(g->b, LLVMBuildICmp(g->b, LLVMIntEQ, differ, gen_const(g, 0), ""), g->i64,
			     "");
}

/* Memory that starts at a multiple of 8: a tuple's member does not. */
static LLVMValueRef aligned_memory(struct gen *g, const struct node *node)
{
	LLVMValueRef from = gen_memory(g, node), copy;

	if (node->kind != NODE_FIELD)
		return from;
	copy = gen_take(g, node->type->size);
	gen_copy(g, copy, from, node->type->size);
	return copy;
}

/* A text of `args`, which may begin anywhere, is compared where it lies. */
static LLVMValueRef text_equals(struct gen *g, const struct gen_data_text *text, const struct node *constant)
{
	LLVMValueRef offset = gen_opaque(g, text->offset), length = gen_const(g, constant->string.length);

	return equals_constant(g, LLVMBuildGEP2(g->b, g->i8, text->buffer, &offset, 1, ""),
			       constant->string.bytes, (uint32_t)constant->string.length,
			       LLVMBuildXor(g->b, text->length, length, ""));
}

LLVMValueRef gen_string_equal(struct gen *g, const struct node *left, const struct node *right)
{
	struct gen_mark mark = gen_mark(g);
	struct gen_data_text text;
	LLVMValueRef a, b, equal;
	bool is_short;

	if (left->kind == NODE_STRING) {
		const struct node *swap = left;

		left = right;
		right = swap;
	}
	is_short = right->kind == NODE_STRING && right->string.length < INLINE_COMPARE &&
		   right->string.length < left->type->size;
	if (is_short && gen_data_text(g, left, &text)) {
		equal = text_equals(g, &text, right);
		gen_release(g, mark);
		return equal;
	}
	a = aligned_memory(g, left);
	if (is_short) {
		equal = equals_constant(g, a, right->string.bytes, (uint32_t)right->string.length + 1,
					gen_const(g, 0));
	} else {
		uint32_t size = left->type->size < right->type->size ? left->type->size
								     : right->type->size;

		b = aligned_memory(g, right);
		equal = GEN_BPFFN(g, "str_equal", a, b, gen_const(g, size));
	}
	gen_release(g, mark);
	return equal;
}
