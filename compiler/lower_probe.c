// SPDX-License-Identifier: Apache-2.0
/*
 * Builtins of probes on functions: what the registers and the stack hold, and what is known of each
 * place that a program is attached to.
 */
#include "compiler/lower.h"

#include <linux/bpf.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/attach_point.h"
#include "lang/form.h"
#include "lang/layout_function.h"
#include "lang/proto.h"
#include "lang/registers.h"

#define LOWER(name) LLVMValueRef lower_##name(struct gen *g, const struct node *node)

LLVMValueRef gen_context_word(struct gen *g, uint32_t offset)
{
	LLVMValueRef value = LLVMBuildLoad2(g->b, g->i64, gen_offset(g, g->ctx, offset), "");

	/* Volatile: LLVM must not merge two loads into one at a computed address. */
	LLVMSetVolatile(value, true);
	return value;
}

LLVMValueRef gen_context_slot(struct gen *g, uint32_t offset)
{
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef copy = gen_take(g, 8), value;

	GEN_HELPER(g, probe_read_kernel, copy, gen_const(g, 8), gen_offset(g, g->ctx, offset));
	value = LLVMBuildLoad2(g->b, g->i64, copy, "");
	gen_release(g, mark);
	return value;
}

/* 8 bytes of the stack of who runs, 0 if it is not there. */
static LLVMValueRef stack_word(struct gen *g, const struct node *node, uint32_t index, bool user)
{
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef copy = gen_take(g, 8), value;
	struct gen_place place = {
		.address = LLVMBuildAdd(g->b, gen_context_word(g, REGISTER_SP),
					gen_const(g, REGISTER_STACK_SKIP + index * 8), ""),
		.space = user ? SPACE_USER : SPACE_KERNEL,
	};

	gen_read_place(g, place, copy, 8, node->span);
	value = LLVMBuildLoad2(g->b, g->i64, copy, "");
	gen_release(g, mark);
	return value;
}

/* Its number follows from the name, and where it is from the probe. */
LOWER(argN)
{
	const struct target *target = &g->probe->targets[0];
	uint32_t number = 0;

	register_argument_name(builtin_text(node), &number);
	if (target->type->form->values == VALUES_MARKER)
		return gen_marker_argument(g, node, number);
	if (target->type->form->values == VALUES_SLOTS)
		return gen_context_slot(g, number * 8);
	if (number < REGISTER_ARGUMENTS)
		return gen_context_word(g, register_argument(number));
	return stack_word(g, node, number - REGISTER_ARGUMENTS, target->n_sites);
}

/* A register, or behind the arguments. */
LOWER(retval)
{
	const struct type_field *field;

	(void)node;
	if (g->probe->targets[0].type->form->values == VALUES_REGISTERS)
		return gen_context_word(g, REGISTER_RESULT);
	field = type_field(g->probe->context, LAYOUT_RETVAL);
	return type_is_scalar(field->type) ? gen_context_scalar(g, field)
					   : gen_context_memory(g, field);
}

/* Its members are read as those of `args`; as a pointer it is where they are. */
LOWER(ctx)
{
	return node->type->kind == TYPE_CONTEXT ? g->ctx
						: LLVMBuildPtrToInt(g->b, g->ctx, g->i64, "");
}

/* The checker has found where it is. */
LOWER(reg)
{
	return gen_context_word(g, (uint32_t)node->call.constant);
}

/*
 * A row of a table that has one for each target of the program: a constant if it has one target.
 * The cookie is what the verifier knows nothing about, so it is made to be inside.
 */
static LLVMValueRef target_row(struct gen *g, const char *table, uint32_t size)
{
	const struct probe *probe = g->probe;
	uint32_t first = probe->targets[0].order, last = probe->targets[probe->n_targets - 1].order;
	LLVMValueRef rows = gen_module_constant(g, table, (size_t)(last - first + 1) * size), index;
	LLVMValueRef inside;

	if (probe->n_targets == 1)
		return rows;
	index = gen_opaque(g, LLVMBuildSub(g->b, gen_probe_index(g), gen_const(g, first), ""));
	inside = LLVMBuildICmp(g->b, LLVMIntULE, index, gen_const(g, last - first), "");
	/* Opaque: LLVM would scale it before it is known to be inside. */
	index = gen_opaque(g, LLVMBuildSelect(g->b, inside, index, gen_const(g, 0), ""));
	index = LLVMBuildMul(g->b, index, gen_const(g, size), "");
	return LLVMBuildGEP2(g->b, g->i8, rows, &index, 1, "");
}

/* A table of rows for all targets between the first and the last one of the program. */
static char *new_table(struct gen *g, uint32_t size)
{
	const struct probe *probe = g->probe;
	uint32_t n = probe->targets[probe->n_targets - 1].order - probe->targets[0].order + 1;

	return arena_array(g->arena, n, size);
}

/* Known for each place that the program is attached to. */
LOWER(func)
{
	const struct probe *probe = g->probe;
	uint32_t size = (node->type->size + 7) & ~7u;
	char *table = new_table(g, size);

	for (uint32_t i = 0; i < probe->n_targets; i++)
		strncpy(table + (size_t)(probe->targets[i].order - probe->targets[0].order) * size,
			probe->targets[i].function, node->type->size - 1);
	return target_row(g, table, size);
}

/*
 * Wherever the file was loaded, the symbol is as far from the probe's place as it was when it was
 * linked, and the place is where the breakpoint was hit. A function that returns has left it; which it
 * was Linux tells since 6.6, and 0 before: then the symbol's address is 0 too.
 */
LOWER(uaddr)
{
	const struct probe *probe = g->probe;
	char *table = new_table(g, 8);
	LLVMValueRef distance, place, is_known;

	for (uint32_t i = 0; i < probe->n_targets; i++) {
		uint64_t away = node->call.constant - probe->targets[i].sites[0].address;

		memcpy(table + (size_t)(probe->targets[i].order - probe->targets[0].order) * 8,
		       &away, sizeof(away));
	}
	if (probe->n_targets == 1)
		distance = gen_const(g, node->call.constant - probe->targets[0].sites[0].address);
	else
		distance = LLVMBuildLoad2(g->b, g->i64, target_row(g, table, 8), "");
	if (!probe->targets[0].type->form->returns)
		return LLVMBuildAdd(g->b, gen_context_word(g, REGISTER_IP), distance, "");
	place = GEN_HELPER(g, get_func_ip, g->ctx);
	is_known = LLVMBuildICmp(g->b, LLVMIntNE, place, gen_const(g, 0), "");
	return LLVMBuildSelect(g->b, is_known, LLVMBuildAdd(g->b, place, distance, ""), gen_const(g, 0),
			       "");
}

/* A pointer that the verifier knows the type of; to `none` where the context has NULL. */
static LLVMValueRef trusted(struct gen *g, const struct node *node, LLVMBasicBlockRef none)
{
	const struct node *object = node->field.object;
	LLVMBasicBlockRef some;
	LLVMValueRef value, offset;

	if (object->type->kind == TYPE_CONTEXT) {
		some = gen_block(g, "some");
		value = gen_pointer(g, gen_context_word(g, node->field.field->offset));
		gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, value, LLVMConstNull(g->ptr), ""), none,
		       some);
		gen_at(g, some);
		return value;
	}
	value = trusted(g, object, none);
	offset = gen_field_offset(g, node);
	value = LLVMBuildInBoundsGEP2(g->b, g->i8, value, &offset, 1, "");
	if (node->type->kind != TYPE_POINTER)
		return value;
	value = LLVMBuildLoad2(g->b, g->ptr, value, "");
	LLVMSetVolatile(value, true);
	return value;
}

/* The helper wants a pointer that was not read as memory. */
LOWER(path)
{
	LLVMValueRef memory = gen_take(g, node->type->size);
	LLVMBasicBlockRef done = gen_block(g, "done");

	gen_zero(g, memory, node->type->size);
	GEN_HELPER(g, d_path, trusted(g, node->call.args.items[0], done), memory,
		   gen_const(g, node->type->size));
	gen_goto(g, done);
	gen_at(g, done);
	return memory;
}

/* The same; a socket that is not there has no number. */
LOWER(socket_cookie)
{
	LLVMValueRef result = gen_register(g, "cookie");
	LLVMBasicBlockRef done = gen_block(g, "done");

	gen_write(g, result, gen_const(g, 0));
	gen_write(g, result,
		  GEN_HELPER(g, get_socket_cookie, trusted(g, node->call.args.items[0], done)));
	gen_goto(g, done);
	gen_at(g, done);
	return gen_read(g, result);
}

/* The helper wants the context. */
LOWER(override)
{
	GEN_HELPER(g, override_return, g->ctx, gen_scalar(g, node->call.args.items[0]));
	return gen_const(g, 0);
}
