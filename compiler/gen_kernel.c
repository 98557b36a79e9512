// SPDX-License-Identifier: Apache-2.0
/*
 * Members of the kernel's structs in an image. A script that runs where it is compiled has the
 * kernel's offsets in its code. An image may meet another kernel: its code takes offsets, sizes and
 * the places of bits from read-only data, whose values the verifier knows, and its plan names each
 * member, so that the runtime can look it up (runtime/kernel_types.c).
 */
#include "compiler/gen.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/layout.h"

/* A row of the plan, and what the compiling kernel says. */
struct gen_member {
	enum image_member_kind kind;
	const char *root, *path;
	const struct type *type;
	struct abi_member member;
	uint32_t at;
	struct gen_member *next;
};

/* A script that runs at once runs on this kernel. */
static bool moves(const struct gen *g)
{
	return unit_options(g->unit)->params_later;
}

/* The struct whose member a FIELD is, or NULL. */
static const struct type *holder(struct gen *g, const struct node *field)
{
	const struct type *type = field->field.object->type;

	if (type->kind == TYPE_POINTER)
		type = layout_complete(g->unit, type->elem);
	return type && type->kind == TYPE_STRUCT ? type : NULL;
}

/*
 * The way to a member from a struct that has a name: a struct without one is a member of another,
 * which must be named in the same expression. Returns the struct's name, or "".
 */
static const char *find_root(struct gen *g, const struct node *node, const char **path,
			     bool *is_union)
{
	while (node->kind == NODE_INDEX || node->kind == NODE_UNARY || node->kind == NODE_CAST) {
		if (node->kind == NODE_CAST ||
		    (node->kind == NODE_UNARY && node->unary.op != UNARY_DEREF))
			return "";
		node = node->kind == NODE_INDEX ? node->index.object : node->unary.operand;
	}
	const struct type *type = node->kind == NODE_FIELD ? holder(g, node) : NULL;

	if (!type || !type->is_kernel)
		return "";
	*path = **path ? arena_printf(g->arena, "%s.%s", node->field.text, *path)
		       : node->field.text;
	*is_union = type->is_union;
	return *type->name ? type->name : find_root(g, node->field.object, path, is_union);
}

static struct gen_member *find(const struct gen *g, const struct gen_member *wanted)
{
	struct gen_member *member = g->members;

	while (member && (member->kind != wanted->kind || strcmp(member->root, wanted->root) ||
			  strcmp(member->path, wanted->path) || member->type != wanted->type ||
			  memcmp(&member->member, &wanted->member, sizeof(wanted->member))))
		member = member->next;
	return member;
}

static uint32_t add(struct gen *g, struct gen_member wanted, bool is_union, struct span span)
{
	struct gen_member *member = find(g, &wanted);

	if (member)
		return member->at;
	if (!g->kernel)
		g->kernel = LLVMAddGlobal(g->module, g->i8, "kernel_later");
	wanted.at = g->n_members++ * (uint32_t)sizeof(struct abi_member);
	wanted.next = g->members;
	g->members = arena_copy(g->arena, &wanted, sizeof(wanted));

	struct image_member row = {
		.kind = wanted.kind,
		.root = image_builder_string(g->plan, wanted.root),
		.path = image_builder_string(g->plan, wanted.path),
		.is_union = is_union,
		.type = plan_type(g, wanted.type),
		.offset = wanted.at,
		.line = plan_line(g, span),
	};

	image_builder_add_members(g->plan, &row);
	return wanted.at;
}

/* Only the shape of it: what a struct has inside is not read here. */
static const struct type *shape(struct gen *g, const struct type *type)
{
	struct types *types = unit_types(g->unit);

	if (type->kind == TYPE_POINTER)
		return type_pointer(types, NULL, SPACE_NONE);
	if (type_is_integer(type))
		return type_int(types, type->size, type->is_signed);
	if (type->kind == TYPE_ARRAY && !type_is_scalar(type->elem))
		return type_array(types, type_struct(types, TYPE_STRUCT, "", NULL, 0, 0, 1),
				  type->count);
	if (type->kind == TYPE_STRUCT)
		return type_struct(types, TYPE_STRUCT, "", NULL, 0, 0, 1);
	return type;
}

uint32_t gen_kernel_field(struct gen *g, const struct node *node)
{
	const struct type_field *field = node->field.field;
	const struct type *type = moves(g) ? holder(g, node) : NULL;
	struct gen_member wanted = {.kind = IMAGE_MEMBER_FIELD, .path = ""};
	uint32_t bits = field->bits ? field->bits : field->type->size * 8;
	bool is_union = false;

	if (!type || !type->is_kernel)
		return GEN_FIXED;
	wanted.root = find_root(g, node, &wanted.path, &is_union);
	wanted.type = shape(g, field->type);
	wanted.member = (struct abi_member){
		.offset = field->offset,
		.bytes = field->bits ? (field->bit + bits + 7) / 8 : field->type->size,
		.left = bits <= 64 ? 64 - bits - field->bit : 0,
		.right = bits <= 64 ? 64 - bits : 0,
	};
	if (field->type->kind == TYPE_ARRAY) {
		wanted.member.element = field->type->elem->size;
		wanted.member.count = field->type->count;
	} else if (field->type->kind == TYPE_STRING) {
		wanted.member.element = 1;
		wanted.member.count = field->type->size;
	}
	return add(g, wanted, is_union, node->span);
}

uint32_t gen_kernel_size(struct gen *g, const struct type *type, struct span span)
{
	struct gen_member wanted = {.kind = IMAGE_MEMBER_SIZE, .path = ""};

	type = layout_complete(g->unit, type);
	if (!moves(g) || !type || type->kind != TYPE_STRUCT || !type->is_kernel)
		return GEN_FIXED;
	wanted.root = type->name;
	wanted.type = shape(g, type);
	wanted.member.bytes = type->size;
	return add(g, wanted, type->is_union, span);
}

void gen_kernel_layout(struct gen *g, const struct node *node)
{
	struct gen_member wanted = {.kind = IMAGE_MEMBER_LAYOUT, .path = ""};
	const struct type *type = node->type;
	bool is_union;

	while (type->kind == TYPE_ARRAY)
		type = type->elem;
	if (!moves(g) || type->kind != TYPE_STRUCT || !type->is_kernel)
		return;
	is_union = type->is_union;
	wanted.root = *type->name ? type->name : find_root(g, node, &wanted.path, &is_union);
	wanted.type = type;
	add(g, wanted, is_union, node->span);
}

LLVMValueRef gen_kernel_enumerator(struct gen *g, const struct node *node)
{
	uint64_t value = (uint64_t)node->name.value;
	struct gen_member wanted = {
		.kind = IMAGE_MEMBER_ENUMERATOR,
		.root = node->name.enumeration->name,
		.path = node->name.text,
		.type = type_int(unit_types(g->unit), 8, true),
		.member = {.offset = (uint32_t)value, .bytes = (uint32_t)(value >> 32)},
	};
	LLVMValueRef low, high;
	uint32_t at;

	if (!moves(g) || !node->name.enumeration->is_kernel)
		return gen_const(g, value);
	at = add(g, wanted, false, node->span);
	low = gen_kernel(g, at, offsetof(struct abi_member, offset));
	high = gen_kernel(g, at, offsetof(struct abi_member, bytes));
	return LLVMBuildOr(g->b, low, LLVMBuildShl(g->b, high, gen_const(g, 32), ""), "");
}

LLVMValueRef gen_kernel(struct gen *g, uint32_t at, size_t member)
{
	LLVMValueRef from = gen_offset(g, g->kernel, at + (uint32_t)member);
	LLVMValueRef value = LLVMBuildLoad2(g->b, g->i32, from, "");

	LLVMSetAlignment(value, sizeof(uint32_t));
	return LLVMBuildZExt(g->b, value, g->i64, "");
}

LLVMValueRef gen_kernel_sizeof(struct gen *g, const struct node *operand)
{
	uint32_t at = gen_kernel_size(g, operand->type, operand->span);

	return at == GEN_FIXED ? gen_const(g, operand->type->size)
			       : gen_kernel(g, at, offsetof(struct abi_member, bytes));
}

LLVMValueRef gen_kernel_offset(struct gen *g, const struct node *node)
{
	const struct type *type = node->offset.object->type;
	LLVMValueRef sum = gen_const(g, 0);

	for (uint32_t i = 0; i < node->offset.n_path; i++) {
		struct node object = {.type = type, .kind = NODE_KINDS, .span = node->span};
		struct node step = {.kind = NODE_FIELD, .span = node->span};
		uint32_t at;

		type = layout_complete(g->unit, type->kind == TYPE_POINTER ? type->elem : type);
		step.field.object = &object;
		step.field.text = node->offset.path[i];
		step.field.field = type_field(type, node->offset.path[i]);
		at = gen_kernel_field(g, &step);
		type = step.field.field->type;
		sum = LLVMBuildAdd(g->b, sum,
				   at == GEN_FIXED
					   ? gen_const(g, step.field.field->offset)
					   : gen_kernel(g, at, offsetof(struct abi_member, offset)),
				   "");
	}
	return sum;
}

void gen_kernel_finish(struct gen *g)
{
	struct abi_member *values;
	LLVMValueRef global;

	if (!g->kernel)
		return;
	values = arena_array(g->arena, g->n_members, sizeof(*values));
	for (const struct gen_member *member = g->members; member; member = member->next)
		values[member->at / sizeof(*values)] = member->member;
	global = gen_module_bytes(g, "duetrace_kernel", ABI_KERNEL_SECTION, values,
				  g->n_members * (uint32_t)sizeof(*values));
	LLVMSetGlobalConstant(global, 1);
	LLVMReplaceAllUsesWith(g->kernel, global);
	LLVMDeleteGlobal(g->kernel);
	g->kernel = NULL;
}
