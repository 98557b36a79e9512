// SPDX-License-Identifier: Apache-2.0
/*
 * Registers, blocks, loads and stores, and the two kinds of memory that a program owns: the frame
 * (stack) and the scratch (a per-CPU map value). See gen.h for how values are held.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>

#define MEMORY_ALIGN 8u

LLVMValueRef gen_const(struct gen *g, uint64_t value)
{
	return LLVMConstInt(g->i64, value, 0);
}

LLVMBasicBlockRef gen_block(struct gen *g, const char *name)
{
	return LLVMAppendBasicBlockInContext(g->context, g->function, name);
}

void gen_at(struct gen *g, LLVMBasicBlockRef block)
{
	LLVMPositionBuilderAtEnd(g->b, block);
}

void gen_goto(struct gen *g, LLVMBasicBlockRef block)
{
	if (!LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(g->b)))
		LLVMBuildBr(g->b, block);
}

void gen_if(struct gen *g, LLVMValueRef i1, LLVMBasicBlockRef yes, LLVMBasicBlockRef no)
{
	LLVMBuildCondBr(g->b, i1, yes, no);
}

/* In the entry block, where LLVM turns it into a register. */
LLVMValueRef gen_register(struct gen *g, const char *name)
{
	LLVMBasicBlockRef here = LLVMGetInsertBlock(g->b);

	gen_at(g, g->entry);
	LLVMValueRef reg = LLVMBuildAlloca(g->b, g->i64, name);
	LLVMBuildStore(g->b, gen_const(g, 0), reg);
	gen_at(g, here);
	return reg;
}

LLVMValueRef gen_read(struct gen *g, LLVMValueRef reg)
{
	return LLVMBuildLoad2(g->b, g->i64, reg, "");
}

void gen_write(struct gen *g, LLVMValueRef reg, LLVMValueRef value)
{
	LLVMBuildStore(g->b, value, reg);
}

LLVMValueRef gen_offset(struct gen *g, LLVMValueRef pointer, uint32_t bytes)
{
	LLVMValueRef index = gen_const(g, bytes);

	return bytes ? LLVMBuildInBoundsGEP2(g->b, g->i8, pointer, &index, 1, "") : pointer;
}

LLVMValueRef gen_pointer(struct gen *g, LLVMValueRef address)
{
	return LLVMBuildIntToPtr(g->b, address, g->ptr, "");
}

struct gen_mark gen_mark(struct gen *g)
{
	return g->taken;
}

void gen_release(struct gen *g, struct gen_mark mark)
{
	g->taken = mark;
}

LLVMValueRef gen_take(struct gen *g, uint32_t size)
{
	uint32_t offset = g->taken.frame;

	size = (size + MEMORY_ALIGN - 1) & ~(MEMORY_ALIGN - 1);
	if (size > g->frame_bytes - offset)
		return gen_take_scratch(g, size);
	g->taken.frame = offset + size;
	return gen_offset(g, g->frame, offset);
}

/* The pointer is found once a program, by gen_program.c; reading the alloca makes it dominate. */
LLVMValueRef gen_take_scratch(struct gen *g, uint32_t size)
{
	uint32_t offset = g->taken.scratch;

	size = (size + MEMORY_ALIGN - 1) & ~(MEMORY_ALIGN - 1);
	g->taken.scratch = offset + size;
	if (g->taken.scratch > g->scratch_max)
		g->scratch_max = g->taken.scratch;
	g->scratch_used = true;
	return gen_offset(g, LLVMBuildLoad2(g->b, g->ptr, g->scratch, ""), offset);
}

void gen_zero(struct gen *g, LLVMValueRef memory, uint32_t size)
{
	if (size <= GEN_FRAME_BYTES) {
		LLVMBuildMemSet(g->b, memory, LLVMConstInt(g->i8, 0, 0), gen_const(g, size), 1);
		return;
	}
	/*
	 * LLVM has no memset for BPF beyond what it unrolls. bpf_probe_read_kernel() fills its
	 * destination with zeros when the source cannot be read (since 5.5), and 0 never can.
	 */
	GEN_HELPER(g, probe_read_kernel, memory, gen_const(g, size), gen_const(g, 0));
}

#define GEN_COPY_BYTES 48

/*
 * LLVM copies what may not be aligned byte by byte, and it likes to load all of them first: 128 took
 * more than the stack there is.
 */
void gen_copy(struct gen *g, LLVMValueRef to, LLVMValueRef from, uint32_t size)
{
	if (size <= GEN_COPY_BYTES)
		LLVMBuildMemCpy(g->b, to, 1, from, 1, gen_const(g, size));
	else
		GEN_HELPER(g, probe_read_kernel, to, gen_const(g, size), from);
}

/* Assembly of no instructions that might change the value: what LLVM knew of it, it forgets. */
LLVMValueRef gen_opaque(struct gen *g, LLVMValueRef value)
{
	LLVMTypeRef signature = LLVMFunctionType(g->i64, &g->i64, 1, 0);
	LLVMValueRef nothing = LLVMGetInlineAsm(signature, "", 0, "=r,0", 4, 1, 0,
						LLVMInlineAsmDialectATT, 0);

	return LLVMBuildCall2(g->b, signature, nothing, &value, 1, "");
}

static LLVMTypeRef int_type(struct gen *g, uint32_t size)
{
	return LLVMIntTypeInContext(g->context, size * 8);
}

LLVMValueRef gen_narrow(struct gen *g, LLVMValueRef value, uint32_t size, bool is_signed)
{
	if (size >= 8)
		return value;
	value = LLVMBuildTrunc(g->b, value, int_type(g, size), "");
	return is_signed ? LLVMBuildSExt(g->b, value, g->i64, "")
			 : LLVMBuildZExt(g->b, value, g->i64, "");
}

LLVMValueRef gen_load(struct gen *g, LLVMValueRef from, const struct type *type, bool is_volatile)
{
	LLVMValueRef value = LLVMBuildLoad2(g->b, int_type(g, type->size), from, "");

	LLVMSetAlignment(value, type->align);
	LLVMSetVolatile(value, is_volatile);
	if (type->size == 8)
		return value;
	return type->is_signed ? LLVMBuildSExt(g->b, value, g->i64, "")
			       : LLVMBuildZExt(g->b, value, g->i64, "");
}

void gen_store(struct gen *g, LLVMValueRef to, LLVMValueRef value, const struct type *type)
{
	if (type->size < 8)
		value = LLVMBuildTrunc(g->b, value, int_type(g, type->size), "");
	LLVMSetAlignment(LLVMBuildStore(g->b, value, to), type->align);
}
