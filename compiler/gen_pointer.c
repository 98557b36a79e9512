// SPDX-License-Identifier: Apache-2.0
/*
 * What pointers lead to. A chain such as p->a.b[3].c is one place: an address that is computed, and
 * one read of the bytes that are wanted, by the helper of the address space. A read that fails
 * gives zeros. Offsets are those of the kernel's BTF (see gen_kernel.c) or of the script's
 * definitions.
 *
 * Where nothing tells the space (an integer made a pointer), the helper looks at the address: the
 * spaces do not overlap on the machines supported.
 */
#include "compiler/gen.h"

#include <assert.h>
#include <linux/bpf.h>

#include "lang/layout.h"

static const struct type *pointee(struct gen *g, const struct type *pointer)
{
	return pointer->elem ? layout_complete(g->unit, pointer->elem) : NULL;
}

bool gen_is_place(const struct node *node)
{
	const struct type *object;

	if (node->kind == NODE_UNARY)
		return node->unary.op == UNARY_DEREF;
	if (node->kind == NODE_CAST)
		return node->type->kind == TYPE_STRUCT && gen_is_place(node->cast.operand);
	if (node->kind == NODE_FIELD) {
		object = node->field.object->type;
		return object->kind == TYPE_POINTER ||
		       (object->kind == TYPE_STRUCT && gen_is_place(node->field.object));
	}
	if (node->kind == NODE_INDEX) {
		object = node->index.object->type;
		return object->kind == TYPE_POINTER ||
		       (object->kind != TYPE_TUPLE && gen_is_place(node->index.object));
	}
	return false;
}

static uint32_t element_size(struct gen *g, const struct type *type)
{
	const struct type *elem = NULL;

	if (type->kind == TYPE_STRING)
		return 1;
	if (type->kind == TYPE_POINTER)
		elem = pointee(g, type);
	else if (type->kind == TYPE_ARRAY)
		elem = type->elem;
	return elem && elem->size ? elem->size : 1;
}

/* The same as an i64. */
static LLVMValueRef element_bytes(struct gen *g, const struct type *type, struct span span)
{
	uint32_t at = type->elem ? gen_kernel_size(g, type->elem, span) : GEN_FIXED;

	return at == GEN_FIXED ? gen_const(g, element_size(g, type))
			       : gen_kernel(g, at, offsetof(struct abi_member, bytes));
}

LLVMValueRef gen_scaled(struct gen *g, const struct type *pointer, LLVMValueRef count,
			struct span span)
{
	if (pointer->kind != TYPE_POINTER || element_size(g, pointer) == 1)
		return count;
	return LLVMBuildMul(g->b, count, element_bytes(g, pointer, span), "");
}

/* How many elements there are, or 0 where nobody knows. */
static uint32_t bound(const struct type *type)
{
	if (type->kind == TYPE_STRING)
		return type->size;
	return type->kind == TYPE_ARRAY ? type->count : 0;
}

static struct gen_place pointed(struct gen *g, const struct node *pointer)
{
	return (struct gen_place){gen_scalar(g, pointer), pointer->type->space};
}

static struct gen_place element(struct gen *g, const struct node *node)
{
	const struct node *object = node->index.object;
	struct gen_place place =
		object->type->kind == TYPE_POINTER ? pointed(g, object) : gen_place(g, object);
	LLVMValueRef index = gen_scalar(g, node->index.index), inside, size, count;
	uint32_t at = object->kind == NODE_FIELD ? gen_kernel_field(g, object) : GEN_FIXED;

	if (at == GEN_FIXED || object->type->kind == TYPE_POINTER) {
		size = element_bytes(g, object->type, node->span);
		count = gen_const(g, bound(object->type));
	} else {
		size = gen_kernel(g, at, offsetof(struct abi_member, element));
		count = gen_kernel(g, at, offsetof(struct abi_member, count));
	}
	place.address = LLVMBuildAdd(g->b, place.address, LLVMBuildMul(g->b, index, size, ""), "");
	if (!bound(object->type))
		return place;
	/* Beyond the end there is nothing: what reads at 0 gets zeros. */
	inside = LLVMBuildICmp(g->b, LLVMIntULT, index, count, "");
	gen_warn_if(g, LLVMBuildNot(g->b, inside, ""), node->span, IMAGE_ERROR_INDEX,
		    gen_const(g, 0));
	place.address = LLVMBuildSelect(g->b, inside, place.address, gen_const(g, 0), "");
	return place;
}

LLVMValueRef gen_field_offset(struct gen *g, const struct node *field)
{
	uint32_t at = gen_kernel_field(g, field);

	assert(field->field.field);
	return at == GEN_FIXED ? gen_const(g, field->field.field->offset)
			       : gen_kernel(g, at, offsetof(struct abi_member, offset));
}

struct gen_place gen_place(struct gen *g, const struct node *node)
{
	struct gen_place place;

	if (node->kind == NODE_UNARY)
		return pointed(g, node->unary.operand);
	if (node->kind == NODE_CAST)
		return gen_place(g, node->cast.operand);
	if (node->kind == NODE_INDEX)
		return element(g, node);
	place = node->field.object->type->kind == TYPE_POINTER ? pointed(g, node->field.object)
							       : gen_place(g, node->field.object);
	place.address = LLVMBuildAdd(g->b, place.address, gen_field_offset(g, node), "");
	return place;
}

static void read_bytes(struct gen *g, struct gen_place place, LLVMValueRef to, LLVMValueRef size,
		       struct span span)
{
	static const unsigned helpers[] = {
		[SPACE_NONE] = BPF_FUNC_probe_read,
		[SPACE_KERNEL] = BPF_FUNC_probe_read_kernel,
		[SPACE_USER] = BPF_FUNC_probe_read_user,
		[SPACE_CONTEXT] = BPF_FUNC_probe_read_kernel,
	};

	LLVMValueRef read =
		gen_helper(g, helpers[place.space], (LLVMValueRef[]){to, size, place.address}, 3);

	gen_warn_negative(g, read, span,
			  gen_is_user(g, place.space) ? IMAGE_ERROR_READ_USER
						      : IMAGE_ERROR_READ_KERNEL);
}

void gen_read_place(struct gen *g, struct gen_place place, LLVMValueRef to, uint32_t size,
		    struct span span)
{
	if (size)
		read_bytes(g, place, to, gen_const(g, size), span);
}

LLVMValueRef gen_bits(struct gen *g, LLVMValueRef word, const struct type_field *field)
{
	word = LLVMBuildShl(g->b, word, gen_const(g, 64u - field->bit - field->bits), "");
	return field->type->is_signed
		       ? LLVMBuildAShr(g->b, word, gen_const(g, 64u - field->bits), "")
		       : LLVMBuildLShr(g->b, word, gen_const(g, 64u - field->bits), "");
}

/* A bitfield may take parts of more bytes than its type has, if its struct is packed. */
static uint32_t bytes_of(const struct type_field *field)
{
	uint32_t bytes = ((uint32_t)field->bit + field->bits + 7) / 8;

	return bytes > 8 ? 8 : bytes;
}

/* An integer that may have other bits in a word of another size in the running kernel. */
static LLVMValueRef read_moved(struct gen *g, struct gen_place place, LLVMValueRef copy,
			       uint32_t at, const struct node *node)
{
	LLVMValueRef right = gen_kernel(g, at, offsetof(struct abi_member, right)), word;

	gen_zero(g, copy, 8);
	read_bytes(g, place, copy, gen_kernel(g, at, offsetof(struct abi_member, bytes)),
		   node->span);
	word = LLVMBuildShl(g->b, LLVMBuildLoad2(g->b, g->i64, copy, ""),
			    gen_kernel(g, at, offsetof(struct abi_member, left)), "");
	word = node->type->is_signed ? LLVMBuildAShr(g->b, word, right, "")
				     : LLVMBuildLShr(g->b, word, right, "");
	return gen_narrow(g, word, node->type->size, node->type->is_signed);
}

LLVMValueRef gen_place_scalar(struct gen *g, const struct node *node)
{
	const struct type_field *field = node->kind == NODE_FIELD ? node->field.field : NULL;
	uint32_t at = field && type_is_integer(node->type) ? gen_kernel_field(g, node) : GEN_FIXED;
	struct gen_mark mark = gen_mark(g);
	struct gen_place place = gen_place(g, node);
	LLVMValueRef copy = gen_take(g, 8), value;

	if (at != GEN_FIXED) {
		value = read_moved(g, place, copy, at, node);
	} else if (field && field->bits) {
		gen_zero(g, copy, 8);
		gen_read_place(g, place, copy, bytes_of(field), node->span);
		value = gen_bits(g, LLVMBuildLoad2(g->b, g->i64, copy, ""), field);
	} else {
		gen_read_place(g, place, copy, node->type->size, node->span);
		value = gen_load(g, copy, node->type, false);
	}
	gen_release(g, mark);
	return value;
}

/* An array that may have fewer elements in the running kernel; what is missing is zeros. */
static void read_array(struct gen *g, const struct node *node, LLVMValueRef memory)
{
	uint32_t at = gen_kernel_field(g, node), size = node->type->size;
	LLVMValueRef bytes = gen_kernel(g, at, offsetof(struct abi_member, bytes));

	gen_zero(g, memory, size);
	if (node->type->kind == TYPE_STRING)
		gen_read_chars(g, gen_place(g, node), memory, bytes);
	else
		read_bytes(g, gen_place(g, node), memory, bytes, node->span);
}

static bool is_moved_array(struct gen *g, const struct node *node)
{
	return (node->type->kind == TYPE_ARRAY || node->type->kind == TYPE_STRING) &&
	       node->type->size && node->kind == NODE_FIELD &&
	       gen_kernel_field(g, node) != GEN_FIXED;
}

void gen_place_into(struct gen *g, const struct node *node, LLVMValueRef memory)
{
	struct gen_place place;

	gen_kernel_layout(g, node);
	if (is_moved_array(g, node)) {
		read_array(g, node, memory);
		return;
	}
	place = gen_place(g, node);
	if (node->type->kind == TYPE_STRING) {
		gen_zero(g, memory, node->type->size);
		gen_read_text(g, place, memory, NULL, node->type->size, ABI_MARK_TEXT);
	} else {
		gen_read_place(g, place, memory, node->type->size, node->span);
	}
}

/* A field of a value that is in the program's own memory, which may be at any address there. */
LLVMValueRef gen_own_field(struct gen *g, LLVMValueRef object, const struct type *type,
			   const struct type_field *field)
{
	LLVMValueRef from = gen_offset(g, object, field->offset), copy;
	uint32_t align = field->type->align ? field->type->align : 1;

	if (!field->bits && type->align >= align && field->offset % align == 0)
		return gen_load(g, from, field->type, false);
	copy = gen_take(g, 8);
	gen_zero(g, copy, 8);
	gen_copy(g, copy, from, field->bits ? bytes_of(field) : field->type->size);
	if (field->bits)
		return gen_bits(g, LLVMBuildLoad2(g->b, g->i64, copy, ""), field);
	return gen_load(g, copy, field->type, false);
}

/*
 * An element of an array in the program's own memory. The verifier must see that the index is
 * inside: one that is not is made 0, and what is read then is made zeros.
 */
LLVMValueRef gen_own_element(struct gen *g, const struct node *node, LLVMValueRef *inside)
{
	const struct type *type = node->index.object->type;
	LLVMValueRef object = gen_memory(g, node->index.object), index;
	uint32_t size = element_size(g, type);

	*inside = NULL;
	if (type->kind == TYPE_TUPLE)
		return gen_offset(g, object, type->fields[node->index.index->integer.value].offset);
	if (node->index.index->kind == NODE_INT && node->index.index->integer.value < bound(type))
		return gen_offset(g, object, (uint32_t)node->index.index->integer.value * size);
	index = gen_opaque(g, gen_scalar(g, node->index.index));
	*inside = LLVMBuildICmp(g->b, LLVMIntULT, index, gen_const(g, bound(type)), "");
	gen_warn_if(g, LLVMBuildNot(g->b, *inside, ""), node->span, IMAGE_ERROR_INDEX,
		    gen_const(g, 0));
	index = LLVMBuildSelect(g->b, *inside, index, gen_const(g, 0), "");
	index = LLVMBuildMul(g->b, index, gen_const(g, size), "");
	return LLVMBuildGEP2(g->b, g->i8, object, &index, 1, "");
}

LLVMValueRef gen_own_text(struct gen *g, LLVMValueRef from, const struct type *type)
{
	LLVMValueRef copy, address;

	if (type->kind != TYPE_STRING)
		return from;
	copy = gen_take(g, type->size);
	address = LLVMBuildPtrToInt(g->b, from, g->i64, "");
	gen_zero(g, copy, type->size);
	gen_read_text(g, (struct gen_place){address, SPACE_KERNEL}, copy, NULL, type->size,
		      ABI_MARK_TEXT);
	return copy;
}
