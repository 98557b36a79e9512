// SPDX-License-Identifier: Apache-2.0
/*
 * The LLVM module around the programs: its globals (maps as libbpf's BTF-defined `.maps`, the
 * configuration, the idle word, the license), functions with the debug info that becomes their
 * BTF, and the section with the plan. Called by gen.c and gen_program.c.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/settings.h"

static void place(LLVMValueRef global, const char *section, unsigned align)
{
	LLVMSetSection(global, section);
	LLVMSetAlignment(global, align);
}

/* Debug info that makes a global a variable of its section's DATASEC in BTF. */
static void describe_global(struct gen *g, LLVMValueRef global, const char *name,
			    LLVMMetadataRef type, unsigned align)
{
	LLVMMetadataRef empty = LLVMDIBuilderCreateExpression(g->di, NULL, 0);
	LLVMMetadataRef info = LLVMDIBuilderCreateGlobalVariableExpression(
		g->di, g->di_unit, name, strlen(name), "", 0, g->di_file, 1, type, 0, empty, NULL,
		align * 8);

	LLVMGlobalSetMetadata(global, LLVMGetMDKindIDInContext(g->context, "dbg", 3), info);
}

static LLVMMetadataRef di_bytes(struct gen *g, uint32_t size)
{
	LLVMMetadataRef byte = LLVMDIBuilderCreateBasicType(g->di, "char", 4, 8, 0x08, 0);
	LLVMMetadataRef range = LLVMDIBuilderGetOrCreateSubrange(g->di, 0, size);

	return LLVMDIBuilderCreateArrayType(g->di, (uint64_t)size * 8, 8, byte, &range, 1);
}

/* libbpf's __uint(name, value): a member of type int (*name)[value]. */
static LLVMMetadataRef map_member(struct gen *g, const char *name, uint32_t value, unsigned index)
{
	LLVMMetadataRef range = LLVMDIBuilderGetOrCreateSubrange(g->di, 0, value);
	LLVMMetadataRef array = LLVMDIBuilderCreateArrayType(g->di, (uint64_t)value * 32, 32,
							     g->di_int, &range, 1);
	LLVMMetadataRef pointer = LLVMDIBuilderCreatePointerType(g->di, array, 64, 64, 0, "", 0);

	return LLVMDIBuilderCreateMemberType(g->di, g->di_unit, name, strlen(name), g->di_file, 1,
					     64, 64, (uint64_t)index * 64, 0, pointer);
}

static LLVMValueRef add_map_of(struct gen *g, const char *name, LLVMMetadataRef *members, unsigned n)
{
	LLVMTypeRef fields[5] = {g->ptr, g->ptr, g->ptr, g->ptr, g->ptr};
	LLVMMetadataRef layout = LLVMDIBuilderCreateStructType(
		g->di, g->di_unit, "", 0, g->di_file, 1, (uint64_t)n * 64, 64, 0, NULL, members, n,
		0, NULL, "", 0);
	LLVMTypeRef storage = LLVMStructTypeInContext(g->context, fields, n, 0);
	LLVMValueRef global = LLVMAddGlobal(g->module, storage, name);

	LLVMSetInitializer(global, LLVMConstNull(storage));
	place(global, ".maps", 8);
	describe_global(g, global, name, layout, 8);
	return global;
}

static LLVMValueRef add_map(struct gen *g, const char *name, enum bpf_map_type type,
			    uint32_t key_size, uint32_t value_size, uint32_t max_entries)
{
	LLVMMetadataRef members[4];
	unsigned n = 0;

	members[n] = map_member(g, "type", type, n);
	n++;
	if (key_size) {
		members[n] = map_member(g, "key_size", key_size, n);
		n++;
		members[n] = map_member(g, "value_size", value_size, n);
		n++;
	}
	members[n] = map_member(g, "max_entries", max_entries, n);
	n++;
	return add_map_of(g, name, members, n);
}

/* libbpf's __type(name, T): a member of type T *. */
static LLVMMetadataRef type_member(struct gen *g, const char *name, LLVMMetadataRef type, unsigned index)
{
	LLVMMetadataRef pointer = LLVMDIBuilderCreatePointerType(g->di, type, 64, 64, 0, "", 0);

	return LLVMDIBuilderCreateMemberType(g->di, g->di_unit, name, strlen(name), g->di_file, 1,
					     64, 64, (uint64_t)index * 64, 0, pointer);
}

LLVMValueRef gen_module_array(struct gen *g, const char *name, uint32_t value_size, uint32_t max_entries)
{
	return add_map(g, name, BPF_MAP_TYPE_ARRAY, 4, value_size, max_entries);
}

/* A hash whose elements are made when they are needed. */
LLVMValueRef gen_module_hash(struct gen *g, const char *name, uint32_t key_size, uint32_t value_size,
			     uint32_t max_entries)
{
	LLVMMetadataRef members[] = {
		map_member(g, "type", BPF_MAP_TYPE_HASH, 0),
		map_member(g, "map_flags", BPF_F_NO_PREALLOC, 1),
		map_member(g, "key_size", key_size, 2),
		map_member(g, "value_size", value_size, 3),
		map_member(g, "max_entries", max_entries, 4),
	};

	return add_map_of(g, name, members, 5);
}

/* The kernel wants the types of key and value. */
LLVMValueRef gen_module_task_map(struct gen *g, const char *name, uint32_t value_size)
{
	LLVMMetadataRef members[] = {
		map_member(g, "type", BPF_MAP_TYPE_TASK_STORAGE, 0),
		map_member(g, "map_flags", BPF_F_NO_PREALLOC, 1),
		type_member(g, "key", g->di_int, 2),
		type_member(g, "value", di_bytes(g, value_size), 3),
	};

	return add_map_of(g, name, members, 4);
}

LLVMValueRef gen_module_bytes(struct gen *g, const char *name, const char *section,
			      const void *bytes, uint32_t size)
{
	LLVMTypeRef storage = LLVMArrayType2(g->i8, size);
	LLVMValueRef global = LLVMAddGlobal(g->module, storage, name);

	LLVMSetInitializer(global, bytes ? LLVMConstStringInContext2(g->context, bytes, size, 1)
					 : LLVMConstNull(storage));
	/* The loader fills it in: LLVM must not take what is there for its value. */
	LLVMSetExternallyInitialized(global, 1);
	place(global, section, 8);
	describe_global(g, global, name, di_bytes(g, size), 8);
	return global;
}

bool gen_module_start(struct gen *g)
{
	const struct unit_options *options = unit_options(g->unit);
	const char *producer = "duetrace";

	g->i1 = LLVMInt1TypeInContext(g->context);
	g->i8 = LLVMInt8TypeInContext(g->context);
	g->i16 = LLVMInt16TypeInContext(g->context);
	g->i32 = LLVMInt32TypeInContext(g->context);
	g->i64 = LLVMInt64TypeInContext(g->context);
	g->ptr = LLVMPointerTypeInContext(g->context, 0);
	g->voidt = LLVMVoidTypeInContext(g->context);

	LLVMAddModuleFlag(g->module, LLVMModuleFlagBehaviorWarning, "Debug Info Version", 18,
			  LLVMValueAsMetadata(
				  LLVMConstInt(g->i32, LLVMDebugMetadataVersion(), 0)));
	g->di = LLVMCreateDIBuilder(g->module);
	g->di_file = LLVMDIBuilderCreateFile(g->di, options->name, strlen(options->name), "", 0);
	g->di_unit = LLVMDIBuilderCreateCompileUnit(g->di, LLVMDWARFSourceLanguageC, g->di_file,
						    producer, strlen(producer), 1, "", 0, 0, "", 0,
						    LLVMDWARFEmissionFull, 0, 0, 0, "", 0, "", 0);
	g->di_int = LLVMDIBuilderCreateBasicType(g->di, "int", 3, 32, 0x05, 0);

	const char *name = unit_setting_text(g->unit, SETTING_license);
	size_t length;

	name = name ? name : setting_rows[SETTING_license].standard;
	length = strlen(name) + 1;
	LLVMValueRef license = LLVMAddGlobal(g->module, LLVMArrayType2(g->i8, length), "LICENSE");
	LLVMSetInitializer(license, LLVMConstStringInContext2(g->context, name, length, 1));
	place(license, "license", 1);
	return true;
}

/* Maps, once the program is known; sizes that depend on code are corrected at the end. */
void gen_module_maps(struct gen *g)
{
	g->config = gen_module_bytes(g, "duetrace_config", ABI_CONFIG_SECTION, NULL,
				     g->config_size);
	LLVMSetGlobalConstant(g->config, 1);
	g->shared = gen_module_bytes(g, "duetrace_shared", ABI_SHARED_SECTION, NULL,
				     sizeof(struct abi_shared));
	/* The loader sets the ring's size. */
	g->ring = add_map(g, ABI_MAP_RING, BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	g->lost = add_map(g, ABI_MAP_LOST, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8,
			  ABI_LEDGERS + g->program->n_targets * ABI_COUNTS);
	if (g->program->has_stacks)
		g->stacks = add_map(g, ABI_MAP_STACKS, BPF_MAP_TYPE_LRU_HASH, 8, 8, 1);
	if (g->program->trees)
		gen_module_task_map(g, ABI_MAP_TREES, 8);
	g->maps = arena_alloc(g->arena, (g->program->n_maps + 1) * sizeof(*g->maps));
	for (uint32_t i = 0; i < g->program->n_maps; i++) {
		const struct map *map = g->program->maps[i];
		bool percpu = gen_map_percpu(map);
		enum bpf_map_type type;
		char name[128];

		if (!map->key) {
			type = percpu ? BPF_MAP_TYPE_PERCPU_ARRAY : BPF_MAP_TYPE_ARRAY;
		} else if (map->kind == MAP_LRU_HASH || map->kind == MAP_PERCPU_LRU_HASH) {
			type = percpu ? BPF_MAP_TYPE_LRU_PERCPU_HASH : BPF_MAP_TYPE_LRU_HASH;
		} else {
			type = percpu ? BPF_MAP_TYPE_PERCPU_HASH : BPF_MAP_TYPE_HASH;
		}
		snprintf(name, sizeof(name), ABI_MAP_PREFIX "%s", map->name);
		g->maps[i] = add_map(g, name, type, map->key ? map->key->size : 4,
				     gen_map_value_size(map),
				     map->key ? (map->capacity ? map->capacity : 4096) : 1);
	}
}

/* The scratch map is made last, when it is known how large a slot must be. */
static void add_scratch(struct gen *g)
{
	if (!g->scratch_map)
		return;
	uint32_t size = (g->scratch_size + 7) & ~7u;
	uint32_t slots = ABI_SCRATCH_POOL + (g->scratch_pooled ? ABI_SCRATCH_POOL_SLOTS : 0);
	LLVMValueRef map = add_map(g, ABI_MAP_SCRATCH, BPF_MAP_TYPE_PERCPU_ARRAY, 4,
				   size + (uint32_t)sizeof(struct abi_slot), slots);

	LLVMReplaceAllUsesWith(g->scratch_map, map);
	LLVMDeleteGlobal(g->scratch_map);
	LLVMSetValueName2(map, ABI_MAP_SCRATCH, strlen(ABI_MAP_SCRATCH));
	g->scratch_map = map;
}

/* BTF says so too: the kernel verifies a local function where it is called. */
static bool is_local(LLVMValueRef function)
{
	return LLVMGetLinkage(function) == LLVMInternalLinkage;
}

/* Debug info for a function; `pointer`: of its parameters that are addresses. */
static void describe(struct gen *g, LLVMValueRef function, const char *name, uint32_t line,
		     LLVMMetadataRef pointer)
{
	LLVMTypeRef signature = LLVMGlobalGetValueType(function);
	unsigned n = LLVMCountParamTypes(signature);
	LLVMMetadataRef types[16], word;

	/* The kernel wants a type and a name for the result and for each parameter. */
	word = LLVMDIBuilderCreateBasicType(g->di, "long", 4, 64, 0x05, 0);
	if (n > 15)
		n = 15;
	types[0] = n == 1 && line ? g->di_int : word;
	for (unsigned i = 0; i < n; i++) {
		bool is_pointer = LLVMGetTypeKind(LLVMTypeOf(LLVMGetParam(function, i))) ==
				  LLVMPointerTypeKind;

		types[i + 1] = is_pointer ? pointer : word;
	}

	LLVMMetadataRef type =
		LLVMDIBuilderCreateSubroutineType(g->di, g->di_file, types, n + 1, 0);
	LLVMMetadataRef info = LLVMDIBuilderCreateFunction(g->di, g->di_file, name, strlen(name),
							   name, strlen(name), g->di_file, line,
							   type, is_local(function), 1, line, 0, 1);
	for (unsigned i = 0; i < n; i++) {
		char parameter[16];
		int length = snprintf(parameter, sizeof(parameter), n == 1 ? "ctx" : "a%u", i);

		LLVMDIBuilderCreateParameterVariable(g->di, info, parameter, (size_t)length, i + 1,
						     g->di_file, line, types[i + 1], 1, 0);
	}
	LLVMSetSubprogram(function, info);
}

static LLVMMetadataRef di_pointer(struct gen *g, LLVMMetadataRef to)
{
	return LLVMDIBuilderCreatePointerType(g->di, to, 64, 64, 0, "", 0);
}

void gen_module_describe(struct gen *g, LLVMValueRef function, const char *name, uint32_t line)
{
	describe(g, function, name, line, di_pointer(g, NULL));
}

void gen_module_attribute(struct gen *g, LLVMValueRef function, const char *name)
{
	unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));

	LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
				LLVMCreateEnumAttribute(g->context, kind, 0));
}

static LLVMValueRef add_function(struct gen *g, const char *name, LLVMTypeRef signature)
{
	LLVMValueRef function = LLVMAddFunction(g->module, name, signature);

	/* Without it LLVM writes an .eh_frame that libbpf has to skip. */
	gen_module_attribute(g, function, "nounwind");
	return function;
}

LLVMValueRef gen_module_function(struct gen *g, const char *name, const char *section, uint32_t line)
{
	LLVMValueRef function =
		add_function(g, name, LLVMFunctionType(g->i32, &g->ptr, 1, 0));

	LLVMSetSection(function, section);
	gen_module_describe(g, function, name, line);
	return function;
}

LLVMValueRef gen_module_local(struct gen *g, const char *name, LLVMTypeRef signature, uint32_t line)
{
	LLVMValueRef function = add_function(g, name, signature);

	LLVMSetLinkage(function, LLVMInternalLinkage);
	gen_module_describe(g, function, name, line);
	return function;
}

LLVMValueRef gen_module_global(struct gen *g, const char *name, uint32_t size, uint32_t line)
{
	LLVMValueRef function =
		add_function(g, name, LLVMFunctionType(g->i32, &g->ptr, 1, 0));
	LLVMMetadataRef bytes = di_bytes(g, size);
	LLVMMetadataRef member = LLVMDIBuilderCreateMemberType(g->di, g->di_unit, "bytes", 5, g->di_file,
							       1, (uint64_t)size * 8, 8, 0, 0, bytes);
	LLVMMetadataRef layout = LLVMDIBuilderCreateStructType(
		g->di, g->di_unit, "bytes", 5, g->di_file, 1, (uint64_t)size * 8, 8, 0, NULL, &member,
		1, 0, NULL, "", 0);

	gen_module_attribute(g, function, "noinline");
	describe(g, function, name, line, di_pointer(g, layout));
	return function;
}

LLVMValueRef gen_module_constant(struct gen *g, const void *bytes, size_t size)
{
	LLVMValueRef value = LLVMConstStringInContext2(g->context, bytes, size, 1);
	LLVMValueRef global = LLVMAddGlobal(g->module, LLVMTypeOf(value), "constant");

	LLVMSetInitializer(global, value);
	LLVMSetGlobalConstant(global, 1);
	LLVMSetLinkage(global, LLVMInternalLinkage);
	place(global, ".rodata", 8);
	return global;
}

void gen_module_embed(struct gen *g, const void *plan, size_t size)
{
	LLVMValueRef value = LLVMConstStringInContext2(g->context, plan, size, 1);
	LLVMValueRef global = LLVMAddGlobal(g->module, LLVMTypeOf(value), "duetrace_plan");

	LLVMSetInitializer(global, value);
	LLVMSetGlobalConstant(global, 1);
	place(global, IMAGE_SECTION, 8);
}

void gen_module_finish(struct gen *g)
{
	add_scratch(g);
	gen_kernel_finish(g);
	LLVMDIBuilderFinalize(g->di);
}
