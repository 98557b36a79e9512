// SPDX-License-Identifier: Apache-2.0
/*
 * One probe block to one BPF function:
 *
 *	entry -> [still on] -> [not our own system calls] -> predicate -> setup -> body -> leave
 *
 * The scratch is looked up in setup, after the predicate, unless the predicate itself needs it: an
 * event that is filtered out pays for no more than its filter.
 */
#include "compiler/gen.h"

#include <ctype.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/attach_point.h"
#include "lang/form.h"

static bool is_special(const struct probe *probe)
{
	return probe_type_is_special(probe->targets[0].type);
}

/*
 * Whether the event is something that the running process did, so that one of the tracer's own is
 * not to be reported. Elsewhere, as in sched_switch, it may speak of others.
 */
static bool is_own_act(const struct probe *probe)
{
	const struct probe_type *type = probe->targets[0].type;

	if (probe->targets[0].n_sites)
		return true;
	if (probe_type_is_perf(type))
		return true;
	for (uint32_t i = 0; i < probe->n_targets; i++)
		if (!probe->targets[i].type->form->own_act ||
		    !probe->targets[i].type->form->own_act(&probe->targets[i]))
			return false;
	return true;
}

/* A C identifier that says what the program is for; the kernel keeps its first 15 characters. */
static void program_name(const struct gen *g, const struct probe *probe, char *name, size_t size)
{
	const struct target *target = &probe->targets[0];
	const char *what = *target->second ? target->second : target->type->name;

	if (strrchr(what, '/')) /* a pin */
		what = strrchr(what, '/') + 1;
	snprintf(name, size, "%.48s_%u", what, g->program_index);
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	if (isdigit((unsigned char)*name))
		*name = '_';
}

LLVMValueRef gen_probe_index(struct gen *g)
{
	if (gen_data_is(g->probe))
		return gen_data_probe(g);
	if (g->probe->n_targets == 1)
		return gen_const(g, g->probe->targets[0].order);
	/* In its upper half is a variant, of usdt only. */
	if (g->n_variants > 1)
		return LLVMBuildAnd(g->b, GEN_HELPER(g, get_attach_cookie, g->ctx),
				    gen_const(g, UINT32_MAX), "");
	return GEN_HELPER(g, get_attach_cookie, g->ctx);
}

static LLVMValueRef tgid_and_pid(struct gen *g, LLVMValueRef info)
{
	const struct type *word = type_int(unit_types(g->unit), 4, false);
	LLVMValueRef tgid = gen_load(g, gen_offset(g, info, offsetof(struct bpf_pidns_info, tgid)),
				     word, false);

	return LLVMBuildOr(g->b, LLVMBuildShl(g->b, tgid, gen_const(g, 32), ""),
			   gen_load(g, info, word, false), "");
}

static LLVMValueRef config_word(struct gen *g, size_t offset)
{
	return LLVMBuildLoad2(g->b, g->i64, gen_offset(g, g->config, (uint32_t)offset), "");
}

/* The verifier knows which of the two namespaces it is, and takes the other way out again. */
LLVMValueRef gen_pid_tgid(struct gen *g)
{
	LLVMBasicBlockRef first = gen_block(g, "initial_ns"), other = gen_block(g, "other_ns"),
			  done = gen_block(g, "done");
	LLVMValueRef inode = config_word(g, offsetof(struct abi_config, ns_inode)), info;
	LLVMValueRef result = gen_register(g, "pid_tgid");
	struct gen_mark mark = gen_mark(g);

	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, inode, gen_const(g, 0), ""), first, other);
	gen_at(g, first);
	gen_write(g, result, gen_helper(g, BPF_FUNC_get_current_pid_tgid, NULL, 0));
	gen_goto(g, done);
	gen_at(g, other);
	info = gen_take(g, sizeof(struct bpf_pidns_info));
	/* One that fails leaves zeros. */
	GEN_HELPER(g, get_ns_current_pid_tgid,
		   config_word(g, offsetof(struct abi_config, ns_device)), inode, info,
		   gen_const(g, sizeof(struct bpf_pidns_info)));
	gen_write(g, result, tgid_and_pid(g, info));
	gen_goto(g, done);
	gen_at(g, done);
	gen_release(g, mark);
	return gen_read(g, result);
}

static void skip_own(struct gen *g)
{
	LLVMBasicBlockRef others = gen_block(g, "others");
	LLVMValueRef tgid;

	g->pid_tgid = gen_pid_tgid(g);
	tgid = LLVMBuildLShr(g->b, g->pid_tgid, gen_const(g, 32), "");
	gen_if(g,
	       LLVMBuildICmp(g->b, LLVMIntEQ, tgid,
			     gen_config(g, offsetof(struct abi_config, self)), ""),
	       g->leave, others);
	gen_at(g, others);
}

/*
 * -p: only what that process does. Without it `target` is 0, and the verifier, which knows that the
 * configuration is constant, takes all of this out again.
 */
static void skip_others(struct gen *g)
{
	LLVMBasicBlockRef filter = gen_block(g, "filter"), wanted = gen_block(g, "wanted");
	LLVMValueRef target = gen_config(g, offsetof(struct abi_config, target)),
		     current = g->pid_tgid;

	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, target, gen_const(g, 0), ""), wanted, filter);
	gen_at(g, filter);
	if (!current)
		current = gen_pid_tgid(g);
	gen_if(g,
	       LLVMBuildICmp(g->b, LLVMIntEQ, LLVMBuildLShr(g->b, current, gen_const(g, 32), ""),
			     target, ""),
	       wanted, g->leave);
	gen_at(g, wanted);
}

/* --ignore-host */
static void skip_host(struct gen *g)
{
	LLVMBasicBlockRef contained = gen_block(g, "contained");
	LLVMValueRef is = GEN_BPFFN(g, "task_contained");

	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, is, gen_const(g, 0), ""), g->leave, contained);
	gen_at(g, contained);
}

/* The reader or exit() says when tracing is over: see struct abi_shared. */
void gen_program_stop_when_off(struct gen *g)
{
	LLVMBasicBlockRef on = gen_block(g, "on");
	LLVMValueRef off = LLVMBuildLoad2(
		g->b, g->i32, gen_offset(g, g->shared, offsetof(struct abi_shared, off)), "");

	LLVMSetVolatile(off, true);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, off, LLVMConstInt(g->i32, 0, 0), ""), on,
	       g->leave);
	gen_at(g, on);
}

/* The slot that is there for programs of this type alone. */
static void find_slot(struct gen *g, LLVMBasicBlockRef on)
{
	/* Nothing lives in the frame yet: its start serves for the key. */
	LLVMBasicBlockRef found_one = gen_block(g, "found");
	LLVMValueRef args[] = {g->scratch_map, g->frame}, found;

	LLVMBuildStore(g->b, LLVMConstInt(g->i32, g->probe->targets[0].type->scratch, 0), g->frame);
	found = gen_helper_pointer(g, BPF_FUNC_map_lookup_elem, args, 2);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, found, LLVMConstNull(g->ptr), ""), g->leave, found_one);
	gen_at(g, found_one);
	LLVMBuildStore(g->b, gen_offset(g, found, sizeof(struct abi_slot)), g->scratch);
	gen_goto(g, on);
}

/* A slot of the pool, which `leave` gives back. */
static void take_slot(struct gen *g, LLVMBasicBlockRef on)
{
	LLVMBasicBlockRef none = gen_block(g, "none_free"), some = gen_block(g, "taken");
	LLVMValueRef slot;

	g->scratch_pooled = true;
	slot = gen_bpffn_pointer(g, "scratch_take", NULL, 0);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, slot, LLVMConstNull(g->ptr), ""), none, some);
	gen_at(g, none);
	gen_lost(g, ABI_LOST_SCRATCH);
	gen_goto(g, g->leave);
	gen_at(g, some);
	LLVMBuildStore(g->b, slot, g->slot);
	LLVMBuildStore(g->b, gen_offset(g, slot, sizeof(struct abi_slot)), g->scratch);
	gen_goto(g, on);
}

static bool is_pooled(const struct gen *g)
{
	return g->probe->targets[0].type->scratch == ABI_SCRATCH_POOL;
}

/* In `block`, which is open and empty at its end: find this CPU's scratch, then go on. */
static void find_scratch(struct gen *g, LLVMBasicBlockRef block, LLVMBasicBlockRef on)
{
	gen_at(g, block);
	/* How large it must be is known at the end; until then this stands for the map. */
	if (g->scratch_used && !g->scratch_map)
		g->scratch_map = LLVMAddGlobal(g->module, g->i64, ABI_MAP_SCRATCH);
	if (!g->scratch_used)
		gen_goto(g, on);
	else if (is_pooled(g))
		take_slot(g, on);
	else
		find_slot(g, on);
}

/* Every way out comes here. */
static void leave(struct gen *g)
{
	LLVMBasicBlockRef give = gen_block(g, "give_back"), out = gen_block(g, "out");
	LLVMValueRef slot;

	gen_at(g, g->leave);
	if (g->scratch_used && is_pooled(g)) {
		slot = LLVMBuildLoad2(g->b, g->ptr, g->slot, "");
		gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, slot, LLVMConstNull(g->ptr), ""), out,
		       give);
		gen_at(g, give);
		LLVMSetVolatile(LLVMBuildStore(g->b, gen_const(g, 0), slot), true);
	} else {
		LLVMDeleteBasicBlock(give);
	}
	gen_goto(g, out);
	gen_at(g, out);
	LLVMBuildRet(g->b, LLVMConstInt(g->i32, 0, 0));
}

/* Everything that a program's generation starts from. */
static void reset(struct gen *g, struct probe *probe)
{
	g->probe = probe;
	g->pid_tgid = NULL;
	g->taken = (struct gen_mark){0};
	g->scratch_max = 0;
	g->scratch_used = false;
	g->loop = NULL;
}

static const char *section_of(const struct probe *probe)
{
	const struct probe_type *type = probe->targets[0].type;

	return probe->context && type->form->typed_section ? type->form->typed_section
							   : type->section;
}

static void start_function(struct gen *g)
{
	char name[80], section[100];
	uint32_t line = plan_line(g, g->probe->span);

	program_name(g, g->probe, name, sizeof(name));
	snprintf(section, sizeof(section), "%s/%s", section_of(g->probe), name);
	if (gen_data_is(g->probe))
		g->function = gen_data_function(g, name, line);
	else
		g->function = gen_module_function(g, name, section, line);
	g->ctx = LLVMGetParam(g->function, 0);
	g->entry = gen_block(g, "entry");
	g->leave = gen_block(g, "leave");
	gen_at(g, g->entry);
	LLVMSetCurrentDebugLocation2(
		g->b, LLVMDIBuilderCreateDebugLocation(g->context, line, 1,
						       LLVMGetSubprogram(g->function), NULL));
	g->frame_bytes = gen_data_is(g->probe) ? GEN_BLOCK_FRAME_BYTES : GEN_FRAME_BYTES;
	g->frame = LLVMBuildArrayAlloca(g->b, g->i8, gen_const(g, g->frame_bytes), "frame");
	LLVMSetAlignment(g->frame, 8);
	g->scratch = LLVMBuildAlloca(g->b, g->ptr, "scratch");
	g->slot = LLVMBuildAlloca(g->b, g->ptr, "slot");
	LLVMBuildStore(g->b, LLVMConstNull(g->ptr), g->slot);
	gen_loops_start(g);
	gen_data_start(g);
	if (gen_data_is(g->probe)) {
		g->n_blocks++;
		return;
	}

	struct image_program row = {.name = image_builder_string(g->plan, name), .line = line};
	g->program_rows[g->n_blocks++] = image_builder_add_programs(g->plan, &row);
}

uint32_t gen_program_hook(struct gen *g, const char *name, const char *section, enum image_role role,
			  struct span span)
{
	struct image_program row = {.name = image_builder_string(g->plan, name),
				    .line = plan_line(g, span),
				    .role = role};

	g->function = gen_module_function(g, name, section, row.line);
	g->ctx = LLVMGetParam(g->function, 0);
	g->entry = gen_block(g, "entry");
	g->leave = gen_block(g, "leave");
	gen_at(g, g->entry);
	LLVMSetCurrentDebugLocation2(
		g->b, LLVMDIBuilderCreateDebugLocation(g->context, row.line, 1,
						       LLVMGetSubprogram(g->function), NULL));
	return image_builder_add_programs(g->plan, &row);
}

/*
 * A byte into the iterator's file for each object that it comes to: a read ends when it has a few, and
 * then the ring can be emptied; a pinned one has its text there. Behind the context's first word is the
 * object's task, which is NULL when the kernel calls once more behind the last one.
 */
static void mark_object(struct gen *g)
{
	LLVMBasicBlockRef some = gen_block(g, "some");

	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, gen_context_word(g, 8), gen_const(g, 0), ""), g->leave,
	       some);
	gen_at(g, some);
	if (!gen_seq_is(g))
		GEN_HELPER(g, seq_write, gen_seq_file(g), gen_module_constant(g, ".", 1),
			   gen_const(g, 1));
}

static void test_predicate(struct gen *g, LLVMBasicBlockRef on)
{
	LLVMBasicBlockRef filtered = gen_block(g, "filtered");

	gen_if(g, gen_condition(g, g->probe->predicate), on, filtered);
	gen_at(g, filtered);
	GEN_BPFFN(g, "filtered");
	gen_goto(g, g->leave);
}

void gen_program(struct gen *g, struct probe *probe)
{
	LLVMBasicBlockRef early, start, setup, body;
	bool scratch_early;

	reset(g, probe);
	gen_marker_variants(g);
	gen_loops_plan(g);
	start_function(g);
	early = gen_block(g, "early");
	start = gen_block(g, "start");
	setup = gen_block(g, "setup");
	body = gen_block(g, "body");

	gen_at(g, start);
	if (!is_special(probe) && !gen_seq_is(g)) /* a data block's hook has asked too, but a block before may have said exit() */
		gen_program_stop_when_off(g);
	if (gen_data_is(probe))
		g->pid_tgid = LLVMBuildLoad2(g->b, g->i64,
					     gen_offset(g, g->ctx, offsetof(struct abi_data, ids)), "");
	else if (is_own_act(probe))
		skip_own(g);
	if (probe_type_is_of_task(probe->targets[0].type))
		skip_others(g);
	if (gen_data_is(probe) || is_own_act(probe))
		skip_host(g);
	if (probe->targets[0].type->id == PROBE_iter)
		mark_object(g);
	if (gen_loops_early(g))
		gen_loops_variables(g);
	if (probe->predicate)
		test_predicate(g, setup);
	else
		gen_goto(g, setup);
	scratch_early = g->scratch_used;

	gen_at(g, body);
	if (!gen_loops_early(g))
		gen_loops_variables(g);
	gen_block_statements(g, probe->body);
	gen_goto(g, g->leave);

	find_scratch(g, scratch_early ? early : setup, scratch_early ? start : body);
	gen_at(g, scratch_early ? setup : early);
	gen_goto(g, scratch_early ? body : start);
	gen_at(g, g->entry);
	if (gen_data_is(probe)) /* the verifier does not know that an operation is there */
		gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, g->ctx, LLVMConstNull(g->ptr), ""), g->leave,
		       early);
	gen_goto(g, early);
	leave(g);

	if (g->scratch_max > g->scratch_size)
		g->scratch_size = g->scratch_max;
	if (g->scratch_max > GEN_SCRATCH_LIMIT) {
		g->failed = true;
		unit_error(g->unit, probe->span,
			   "the values of this probe take %u bytes, the limit is %u: "
			   "use fewer strings or a smaller max_strlen",
			   g->scratch_max, GEN_SCRATCH_LIMIT);
	}
	g->program_index++;
}
