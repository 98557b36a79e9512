// SPDX-License-Identifier: Apache-2.0
/*
 * How large a program will be, before LLVM works on it: its time grows with the square of a function's
 * blocks, and what takes minutes is refused in the end, because no jump reaches over it or the kernel's
 * verifier gives up. Code of helpers is counted where they are called.
 */
#include "compiler/size.h"

#include <assert.h>

#include "compiler/gen.h"
#include "lang/arena.h"

/*
 * What LLVM works on for a second or two, and what jumps reach over. In one probe that is 600 print() of a
 * number; every event of files and sockets with every arg is 8 000 blocks in one script, 600 of them in the
 * largest function.
 */
#define FUNCTION_LIMIT \
	{.instructions = 32768, .blocks = 8192}
#define SCRIPT_LIMIT \
	{.instructions = 196608, .blocks = 24576}

struct size {
	uint32_t instructions, blocks;
};

/* A function, with what is put in the place of its calls. */
struct known_size {
	LLVMValueRef function;
	struct size size;
};

struct sizes {
	struct known_size *rows;
	uint32_t n;
	unsigned always_inline;
};

static struct size size_of(struct sizes *sizes, LLVMValueRef function);

/* Sums stay where they are instead of going over the end: a script may have a helper many times. */
static void add(struct size *sum, struct size more)
{
	if (__builtin_add_overflow(sum->instructions, more.instructions, &sum->instructions))
		sum->instructions = UINT32_MAX;
	if (__builtin_add_overflow(sum->blocks, more.blocks, &sum->blocks))
		sum->blocks = UINT32_MAX;
}

static struct size size_of_instruction(struct sizes *sizes, LLVMValueRef instruction)
{
	LLVMValueRef callee = LLVMIsACallInst(instruction) ? LLVMGetCalledValue(instruction) : NULL;

	if (!callee || !LLVMIsAFunction(callee) || LLVMIsDeclaration(callee) ||
	    !LLVMGetEnumAttributeAtIndex(callee, LLVMAttributeFunctionIndex, sizes->always_inline))
		return (struct size){.instructions = 1};
	return size_of(sizes, callee);
}

static struct size count(struct sizes *sizes, LLVMValueRef function)
{
	struct size sum = {0};

	for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b; b = LLVMGetNextBasicBlock(b)) {
		add(&sum, (struct size){.blocks = 1});
		for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
			add(&sum, size_of_instruction(sizes, i));
	}
	return sum;
}

/* Of one that is being counted already, which C that a script imports could have: nothing. */
static struct size size_of(struct sizes *sizes, LLVMValueRef function)
{
	uint32_t row;

	for (row = 0; row < sizes->n; row++)
		if (sizes->rows[row].function == function)
			return sizes->rows[row].size;
	sizes->rows[sizes->n++] = (struct known_size){.function = function};
	sizes->rows[row].size = count(sizes, function);
	return sizes->rows[row].size;
}

/* The block that a function was made from has its line. */
static struct span place_of(struct gen *g, LLVMValueRef function)
{
	unsigned line = LLVMDISubprogramGetLine(LLVMGetSubprogram(function));

	assert(g->program->probes);
	for (const struct probe *probe = g->program->probes; probe; probe = probe->next)
		if (plan_line(g, probe->span) == line)
			return probe->span;
	return g->program->probes->span;
}

static bool exceeds(struct size size, struct size limit)
{
	return size.instructions > limit.instructions || size.blocks > limit.blocks;
}

static bool refuse(struct gen *g, struct span span, const char *what, struct size size, struct size limit)
{
	unit_error(g->unit, span, "%s too large: %u instructions in %u blocks, the limit is %u in %u", what,
		   size.instructions, size.blocks, limit.instructions, limit.blocks);
	return false;
}

bool size_check(struct gen *g)
{
	struct sizes sizes = {.always_inline = LLVMGetEnumAttributeKindForName("alwaysinline", 12)};
	struct size total = {0}, limit = FUNCTION_LIMIT;
	uint32_t n = 0;

	for (LLVMValueRef f = LLVMGetFirstFunction(g->module); f; f = LLVMGetNextFunction(f))
		n++;
	sizes.rows = arena_array(g->arena, n, sizeof(*sizes.rows));
	for (LLVMValueRef f = LLVMGetFirstFunction(g->module); f; f = LLVMGetNextFunction(f)) {
		struct size size;

		/* What comes from bitcode has none yet. */
		if (!LLVMGetSubprogram(f))
			continue;
		size = count(&sizes, f);
		add(&total, size);
		if (exceeds(size, limit))
			return refuse(g, place_of(g, f), "the program of this probe is", size, limit);
	}
	limit = (struct size)SCRIPT_LIMIT;
	return !exceeds(total, limit) ||
	       refuse(g, g->program->probes->span, "the programs of this script are together", total, limit);
}
