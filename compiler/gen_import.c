// SPDX-License-Identifier: Apache-2.0
/*
 * Functions that a script imports from files of C. Their bitcode goes into the module before any
 * code is made, under names that nothing else has, and may be inlined like all else.
 */
#include "compiler/compile.h"
#include "compiler/gen.h"

#include <string.h>

#include <llvm-c/BitReader.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Linker.h>

#include "lang/arena.h"

#define PREFIX "imported."

static const char *name_of(struct gen *g, const char *name)
{
	return arena_printf(g->arena, PREFIX "%s", name);
}

/* Functions of the file get their names; what is static in it, LLVM keeps apart. */
static void rename_functions(struct gen *g, LLVMModuleRef module)
{
	size_t length;

	for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
		const char *name = name_of(g, LLVMGetValueName2(f, &length));

		if (!LLVMIsDeclaration(f))
			LLVMSetValueName2(f, name, strlen(name));
		/* SEC() makes a program of a function; here it is called. */
		LLVMSetSection(f, "");
	}
}

static void link_file(struct gen *g, const struct bpf_file *file)
{
	LLVMMemoryBufferRef bytes =
		LLVMCreateMemoryBufferWithMemoryRangeCopy(file->bitcode, file->size, file->path);
	LLVMModuleRef module;
	bool failed = LLVMParseBitcodeInContext2(g->context, bytes, &module);

	LLVMDisposeMemoryBuffer(bytes);
	if (!failed) {
		/* Accesses to the kernel's types keep what CO-RE needs to know. */
		LLVMStripModuleDebugInfo(module);
		gen_name_type_ids(module, arena_printf(g->arena, PREFIX "%u", file->span.begin));
		rename_functions(g, module);
		failed = LLVMLinkModules2(g->module, module);
	}
	if (failed)
		unit_error(g->unit, file->span,
			   "cannot import '%s': its clang is not of this LLVM's version, %s",
			   file->path, compile_llvm_version());
	g->failed |= failed;
}

void gen_imported_files(struct gen *g)
{
	const struct bpf_function *function = g->program->bpf_functions;

	for (const struct bpf_file *file = g->program->bpf_files; file && !g->failed;
	     file = file->next)
		link_file(g, file);
	for (; function && !g->failed; function = function->next)
		LLVMSetLinkage(LLVMGetNamedFunction(g->module, name_of(g, function->name)),
			       LLVMInternalLinkage);
}

/* A value of the language, which has 64 bits, as a parameter of C. */
static LLVMValueRef argument(struct gen *g, LLVMValueRef value, LLVMTypeRef type)
{
	if (LLVMGetTypeKind(type) == LLVMPointerTypeKind)
		return LLVMBuildIntToPtr(g->b, value, type, "");
	if (LLVMGetIntTypeWidth(type) == 1)
		return LLVMBuildICmp(g->b, LLVMIntNE, value, gen_const(g, 0), "");
	return LLVMBuildIntCast2(g->b, value, type, 1, "");
}

LLVMValueRef gen_imported_call(struct gen *g, const struct node *node)
{
	const struct bpf_function *function = node->call.function;
	LLVMValueRef callee = LLVMGetNamedFunction(g->module, name_of(g, function->name));
	LLVMTypeRef signature, types[5];
	LLVMValueRef args[5], result;

	if (!callee) /* its file could not be linked */
		return gen_const(g, 0);
	signature = LLVMGlobalGetValueType(callee);
	LLVMGetParamTypes(signature, types);
	for (uint32_t i = 0; i < function->n_params; i++)
		args[i] = argument(g, gen_scalar(g, node->call.args.items[i]), types[i]);
	result = LLVMBuildCall2(g->b, signature, callee, args, function->n_params, "");
	if (function->result->kind == TYPE_VOID)
		return gen_const(g, 0);
	if (function->result->kind == TYPE_POINTER)
		return LLVMBuildPtrToInt(g->b, result, g->i64, "");
	return LLVMBuildIntCast2(g->b, result, g->i64, function->result->is_signed, "");
}
