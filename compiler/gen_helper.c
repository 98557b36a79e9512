// SPDX-License-Identifier: Apache-2.0
/*
 * Calls out of a program: kernel helpers by number, and the functions of bpf-helpers/, whose bitcode
 * is part of this binary. Only the bitcode that a script calls is parsed and linked into its module.
 */
#include "compiler/gen.h"

#include <stdio.h>
#include <string.h>

#include <llvm-c/BitReader.h>
#include <llvm-c/Linker.h>

/* Made by the build from bpf-helpers/: one row a file, by name; the last one's name is NULL. */
struct helper_bitcode {
	const char *name;
	const char *begin, *end;
};
extern const struct helper_bitcode helper_bitcode[];

/* Functions of bpf-helpers/x.bpf.c are called dt_x, so that no script's name meets them. */
#define PREFIX "dt_"

static LLVMValueRef call_helper(struct gen *g, unsigned id, LLVMTypeRef result, LLVMValueRef *args,
				unsigned n)
{
	LLVMTypeRef types[5];

	for (unsigned i = 0; i < n; i++)
		types[i] = LLVMTypeOf(args[i]);

	LLVMTypeRef signature = LLVMFunctionType(result, types, n, 0);
	LLVMValueRef callee = LLVMConstIntToPtr(gen_const(g, id), g->ptr);

	return LLVMBuildCall2(g->b, signature, callee, args, n, "");
}

LLVMValueRef gen_helper(struct gen *g, unsigned id, LLVMValueRef *args, unsigned n)
{
	return call_helper(g, id, g->i64, args, n);
}

LLVMValueRef gen_helper_pointer(struct gen *g, unsigned id, LLVMValueRef *args, unsigned n)
{
	return call_helper(g, id, g->ptr, args, n);
}

static LLVMValueRef call_bpffn(struct gen *g, const char *name, LLVMTypeRef result, LLVMValueRef *args,
			       unsigned n)
{
	LLVMTypeRef types[5];
	char symbol[64];

	for (unsigned i = 0; i < n; i++)
		types[i] = LLVMTypeOf(args[i]);

	LLVMTypeRef signature = LLVMFunctionType(result, types, n, 0);
	snprintf(symbol, sizeof(symbol), PREFIX "%s", name);
	LLVMValueRef callee = LLVMGetNamedFunction(g->module, symbol);
	if (!callee)
		callee = LLVMAddFunction(g->module, symbol, signature);
	return LLVMBuildCall2(g->b, signature, callee, args, n, "");
}

LLVMValueRef gen_bpffn(struct gen *g, const char *name, LLVMValueRef *args, unsigned n)
{
	return call_bpffn(g, name, g->i64, args, n);
}

LLVMValueRef gen_bpffn_pointer(struct gen *g, const char *name, LLVMValueRef *args, unsigned n)
{
	return call_bpffn(g, name, g->ptr, args, n);
}

/* The file of a function: of its own name, or of an event, whose args have a function each. */
static const struct helper_bitcode *find(const char *symbol)
{
	const struct helper_bitcode *best = NULL;
	size_t longest = 0, length;

	if (strncmp(symbol, PREFIX, strlen(PREFIX)))
		return NULL;
	symbol += strlen(PREFIX);
	for (const struct helper_bitcode *row = helper_bitcode; row->name; row++) {
		length = strlen(row->name);
		if (length > longest && !strncmp(row->name, symbol, length) &&
		    (!symbol[length] || symbol[length] == '_')) {
			best = row;
			longest = length;
		}
	}
	return best;
}

/*
 * A type's number in the kernel's BTF is a global that LLVM names "llvm.btf_type_id.N$KIND", with N
 * counted in each file: linking would take those of two files for one.
 */
void gen_name_type_ids(LLVMModuleRef module, const char *file)
{
	static const char prefix[] = "llvm.btf_type_id.";
	char text[128];
	size_t length;

	for (LLVMValueRef v = LLVMGetFirstGlobal(module); v; v = LLVMGetNextGlobal(v)) {
		const char *name = LLVMGetValueName2(v, &length);

		if (strncmp(name, prefix, sizeof(prefix) - 1))
			continue;
		snprintf(text, sizeof(text), "%s%s.%s", prefix, file, name + sizeof(prefix) - 1);
		LLVMSetValueName2(v, text, strlen(text));
	}
}

static bool link_one(struct gen *g, const struct helper_bitcode *row)
{
	LLVMMemoryBufferRef bytes = LLVMCreateMemoryBufferWithMemoryRange(
		row->begin, (size_t)(row->end - row->begin), row->name, 0);
	LLVMModuleRef module;
	bool failed = LLVMParseBitcodeInContext2(g->context, bytes, &module);

	LLVMDisposeMemoryBuffer(bytes);
	if (!failed)
		gen_name_type_ids(module, row->name);
	return !failed && !LLVMLinkModules2(g->module, module);
}

/* What helper.h calls GLOBAL: LLVM must leave its arguments alone. */
static bool is_global(LLVMValueRef function)
{
	return LLVMGetVisibility(function) == LLVMProtectedVisibility;
}

/* A helper may call another: go round until nothing is missing. */
bool gen_helpers_link(struct gen *g)
{
	for (bool again = true; again;) {
		again = false;
		for (LLVMValueRef f = LLVMGetFirstFunction(g->module); f; f = LLVMGetNextFunction(f)) {
			size_t length;
			const struct helper_bitcode *row;

			if (!LLVMIsDeclaration(f))
				continue;
			row = find(LLVMGetValueName2(f, &length));
			if (!row)
				continue;
			if (!link_one(g, row))
				return false;
			again = true;
			break; /* linking replaced the function we stand on */
		}
	}
	for (LLVMValueRef f = LLVMGetFirstFunction(g->module); f; f = LLVMGetNextFunction(f)) {
		size_t length;

		if (!LLVMIsDeclaration(f) && find(LLVMGetValueName2(f, &length)) && !is_global(f))
			LLVMSetLinkage(f, LLVMInternalLinkage);
	}
	return true;
}

void gen_helpers_drop(struct gen *g)
{
	LLVMValueRef next;

	for (bool again = true; again;) {
		again = false;
		for (LLVMValueRef f = LLVMGetFirstFunction(g->module); f; f = next) {
			size_t length;

			next = LLVMGetNextFunction(f);
			if (LLVMIsDeclaration(f) || LLVMGetFirstUse(f) || !is_global(f) ||
			    !find(LLVMGetValueName2(f, &length)))
				continue;
			LLVMDeleteFunction(f);
			again = true;
		}
	}
}
