// SPDX-License-Identifier: Apache-2.0
/*
 * Drives the code generator and LLVM: module, programs, helpers, optimization, emission, seal. What
 * LLVM has to say against a program (the stack limit, say) becomes an error of the unit.
 */
#include "compiler/generate.h"

#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <llvm-c/Analysis.h>
#include <llvm-c/ErrorHandling.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <llvm/Config/llvm-config.h>

#include "compiler/btf_order.h"
#include "compiler/compile.h"
#include "compiler/gen.h"
#include "compiler/size.h"
#include "lang/arena.h"

/* ALU32, JMP32 and atomic exchange; every kernel since 5.12 runs it. */
#define BPF_CPU "v3"

/*
 * What default<O2> does for programs like these, without what it only tries: a quarter less time for a
 * long script. The helpers' bitcode was optimized when it was built.
 */
#if LLVM_VERSION_MAJOR >= 18
/* By name it would check that another round finds nothing, which only its own tests want. */
#define INSTCOMBINE "instcombine<no-verify-fixpoint>"
#else
#define INSTCOMBINE "instcombine"
#endif
#define PASSES                                                                                     \
	"always-inline,globaldce,"                                                                 \
	"function(sroa,early-cse<memssa>,simplifycfg," INSTCOMBINE ",gvn,dse,adce,simplifycfg),"   \
	"globaldce"

static void on_diagnostic(LLVMDiagnosticInfoRef info, void *context)
{
	struct gen *g = context;
	char *text;

	if (LLVMGetDiagInfoSeverity(info) != LLVMDSError)
		return;
	text = LLVMGetDiagInfoDescription(info);
	unit_error(g->unit, g->program->probes ? g->program->probes->span : (struct span){0, 0},
		   "the program cannot be made into BPF: %s", text);
	LLVMDisposeMessage(text);
	g->failed = true;
}

static LLVMTargetMachineRef target_machine(void)
{
	const char *triple = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "bpfel" : "bpfeb";
	LLVMTargetRef target;
	char *error = NULL;

	LLVMInitializeBPFTargetInfo();
	LLVMInitializeBPFTarget();
	LLVMInitializeBPFTargetMC();
	LLVMInitializeBPFAsmPrinter();
	if (LLVMGetTargetFromTriple(triple, &target, &error)) {
		LLVMDisposeMessage(error);
		return NULL;
	}
	return LLVMCreateTargetMachine(target, triple, BPF_CPU, "", LLVMCodeGenLevelDefault,
				       LLVMRelocDefault, LLVMCodeModelDefault);
}

static void script_hash(const struct unit *unit, char text[SHA256_DIGEST_STRING_LENGTH])
{
	const struct unit_options *options = unit_options(unit);

	SHA256Data((const uint8_t *)options->text, options->size, text);
}

static void build_plan(struct gen *g, const char *version)
{
	char sha256[SHA256_DIGEST_STRING_LENGTH];
	const void *plan;
	size_t size;

	script_hash(g->unit, sha256);
	plan = image_builder_finish(g->plan, unit_options(g->unit)->name, sha256, version, &size);
	if (plan)
		gen_module_embed(g, plan, size);
	else
		g->failed = true;
}

static uint32_t count_blocks(const struct gen *g)
{
	uint32_t n = 0;

	for (const struct probe *probe = g->program->probes; probe; probe = probe->next)
		n++;
	return n;
}

static void build_module(struct gen *g, const char *version)
{
	gen_module_start(g);
	gen_imported_files(g);
	plan_parameters(g);
	gen_module_maps(g);
	plan_maps(g);
	plan_records(g);
	g->program_rows = arena_array(g->arena, count_blocks(g) + 1, sizeof(*g->program_rows));
	plan_trees(g);
	gen_sets(g);
	for (struct probe *probe = g->program->probes; probe; probe = probe->next)
		gen_program(g, probe);
	gen_hooks(g);
	gen_trees(g);
	plan_targets(g);
	plan_settings(g);
	build_plan(g, version);
	if (!gen_helpers_link(g))
		g->failed = true;
	gen_module_finish(g);
}

/*
 * Functions that came with bitcode have no debug info, and the kernel wants all functions of an
 * object described or none: those that were not inlined get theirs here.
 */
static void describe_leftovers(struct gen *g)
{
	for (LLVMValueRef f = LLVMGetFirstFunction(g->module); f; f = LLVMGetNextFunction(f)) {
		size_t length;

		if (!LLVMIsDeclaration(f) && !LLVMGetSubprogram(f))
			gen_module_describe(g, f, LLVMGetValueName2(f, &length), 0);
	}
	LLVMDIBuilderFinalize(g->di);
}

/*
 * check_cfg() of Linux 6.1, not of 6.12, refuses a loop that falls from its end into its start instead of
 * jumping there ("back-edge from insn N to N + 1"). LLVM places the end of a loop in front of its start where that saves a
 * jump on the way round (MachineBlockPlacement::findBestLoopTop()), unless it works for size.
 */
static void keep_loops_in_order(struct gen *g)
{
	for (LLVMValueRef f = LLVMGetFirstFunction(g->module); f; f = LLVMGetNextFunction(f)) {
		if (!LLVMIsDeclaration(f))
			gen_module_attribute(g, f, "optsize");
	}
}

static bool optimize(struct gen *g, LLVMTargetMachineRef machine)
{
	LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
	char *error = NULL;
	bool broken = LLVMVerifyModule(g->module, LLVMReturnStatusAction, &error);
	LLVMErrorRef failure = NULL;

	if (broken)
		unit_error(g->unit, (struct span){0, 0}, "internal error: invalid LLVM module: %s", error);
	else
		failure = LLVMRunPasses(g->module, PASSES, machine, options);
	LLVMDisposeMessage(error);
	LLVMDisposePassBuilderOptions(options);
	if (failure)
		LLVMConsumeError(failure);
	return !broken && !failure;
}

static bool emit_code(struct gen *g, LLVMTargetMachineRef machine, LLVMCodeGenFileType type,
		      char **output, size_t *size)
{
	LLVMMemoryBufferRef buffer = NULL;
	char *error = NULL;

	if (LLVMTargetMachineEmitToMemoryBuffer(machine, g->module, type, &error, &buffer)) {
		unit_error(g->unit, (struct span){0, 0}, "LLVM: %s", error);
		LLVMDisposeMessage(error);
		return false;
	}
	*size = LLVMGetBufferSize(buffer);
	*output = malloc(*size + 1);
	if (*output) {
		memcpy(*output, LLVMGetBufferStart(buffer), *size);
		(*output)[*size] = '\0';
	}
	LLVMDisposeMemoryBuffer(buffer);
	return *output && !g->failed;
}

static bool emit_ir(struct gen *g, char **output, size_t *size)
{
	char *text = LLVMPrintModuleToString(g->module);

	*output = strdup(text);
	*size = strlen(text);
	LLVMDisposeMessage(text);
	return *output;
}

static bool emit(struct gen *g, LLVMTargetMachineRef machine, enum compile_stage stage, char **output,
		 size_t *size)
{
	if (stage == COMPILE_IR)
		return emit_ir(g, output, size);
	if (stage == COMPILE_BPF)
		return emit_code(g, machine, LLVMAssemblyFile, output, size);
	if (!emit_code(g, machine, LLVMObjectFile, output, size))
		return false;
	btf_order(g->arena, *output, *size);
	return !image_seal(*output, *size);
}

bool generate(struct unit *unit, enum compile_stage stage, const char *version, char **output,
	      size_t *size)
{
	struct gen g = {.unit = unit, .arena = unit_arena(unit), .program = unit_program(unit)};
	LLVMTargetMachineRef machine = target_machine();
	LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine);
	char *triple = LLVMGetTargetMachineTriple(machine);
	bool made;

	g.context = LLVMContextCreate();
	LLVMContextSetDiagnosticHandler(g.context, on_diagnostic, &g);
	g.module = LLVMModuleCreateWithNameInContext("duetrace", g.context);
	g.b = LLVMCreateBuilderInContext(g.context);
	g.plan = image_builder_new();
	LLVMSetTarget(g.module, triple);
	LLVMSetModuleDataLayout(g.module, layout);

	build_module(&g, version);
	made = !g.failed && size_check(&g) && optimize(&g, machine);
	if (made) {
		gen_helpers_drop(&g);
		describe_leftovers(&g);
		if (g.loops_itself)
			keep_loops_in_order(&g);
		made = emit(&g, machine, stage, output, size);
	}

	image_builder_free(g.plan);
	LLVMDisposeDIBuilder(g.di);
	LLVMDisposeBuilder(g.b);
	LLVMDisposeModule(g.module);
	LLVMContextDispose(g.context);
	LLVMDisposeMessage(triple);
	LLVMDisposeTargetData(layout);
	LLVMDisposeTargetMachine(machine);
	return made;
}

/* LLVM gives its handler nothing to know its caller by. */
static void (*fatal_tell)(const char *diagnostic);

static void on_fatal(const char *reason)
{
	char text[512];

	snprintf(text, sizeof(text), "ERROR: the script cannot be made into BPF: %s\n", reason);
	fatal_tell(text);
}

void compile_on_fatal(void (*tell)(const char *diagnostic))
{
	fatal_tell = tell;
	LLVMInstallFatalErrorHandler(on_fatal);
}

const char *compile_llvm_version(void)
{
	static char text[32];
	unsigned major, minor, patch;

	LLVMGetVersion(&major, &minor, &patch);
	snprintf(text, sizeof(text), "%u.%u.%u", major, minor, patch);
	return text;
}
