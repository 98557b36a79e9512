// SPDX-License-Identifier: Apache-2.0
/*
 * Stacks and symbols. A stack that is only printed travels in its record, frames and all; any other
 * stands for itself by a hash of its frames, which are sent apart. See struct abi_stack.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>
#include <string.h>

#include "compiler/lower.h"
#include "lang/attach_point.h"
#include "lang/proto.h"

#define LOWER(name) LLVMValueRef lower_##name(struct gen *g, const struct node *node)

static bool is_user(const struct node *node)
{
	return node->type->kind == TYPE_USTACK;
}

static unsigned int how_of(const struct node *node)
{
	return (unsigned int)node->call.constant;
}

bool gen_is_stack_call(const struct node *node)
{
	return node->kind == NODE_CALL && node->call.builtin &&
	       (node->call.builtin->id == BUILTIN_kstack ||
		node->call.builtin->id == BUILTIN_ustack);
}

/*
 * A program that the kernel calls directly stands on the stack itself, and so does its caller: of
 * these at least two are never wanted.
 */
static uint32_t skipped(const struct gen *g, const struct node *node)
{
	static const char *const sections[] = {"raw_tp", "tp_btf", "fentry", "fexit"};
	const struct probe_type *type = g->probe->targets[0].type;

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (!strcmp(type->section, sections[i]))
			return is_user(node) ? 0 : 2;
	return 0;
}

/*
 * There may be more of them, which stack_text.c knows by their names: as many are taken besides. The
 * block of a data probe is called by the program of its hook, through functions of its own, and a
 * program that we run ourselves by the functions of the system call.
 */
uint32_t gen_stack_room(const struct gen *g, const struct node *node)
{
	unsigned int how = how_of(node);
	uint32_t besides = skipped(g, node);

	if (besides && (gen_data_is(g->probe) ||
			g->probe->targets[0].type->scratch != ABI_SCRATCH_POOL))
		besides += 2;
	return ((how & ABI_STACK_LIMIT_MASK) + besides) * abi_stack_frame(how);
}

/* A data probe's block is called by the program that has the context. */
static LLVMValueRef context(struct gen *g)
{
	return gen_data_is(g->probe)
		       ? LLVMBuildLoad2(g->b, g->ptr,
					gen_offset(g, g->ctx, offsetof(struct abi_data, context)),
					"")
		       : g->ctx;
}

static LLVMValueRef tgid(struct gen *g)
{
	LLVMValueRef both =
		g->pid_tgid ? g->pid_tgid : gen_helper(g, BPF_FUNC_get_current_pid_tgid, NULL, 0);

	return LLVMBuildLShr(g->b, both, gen_const(g, 32), "");
}

/* The frames at `memory`, which has room for them; returns their bytes, none if there is no stack.
 */
static LLVMValueRef take_frames(struct gen *g, const struct node *node, LLVMValueRef memory)
{
	uint64_t flags;
	uint32_t room = gen_stack_room(g, node);
	LLVMValueRef bytes, fits;

	flags = is_user(node) ? BPF_F_USER_STACK : skipped(g, node);
	if (abi_stack_mode(how_of(node)) == ABI_STACK_BUILD_ID)
		flags |= BPF_F_USER_BUILD_ID;
	bytes = GEN_HELPER(g, get_stack, context(g), memory, gen_const(g, room),
			   gen_const(g, flags));
	/* Not negative, and no more than there is room for: for verifiers that do not know. */
	bytes = gen_opaque(g, bytes);
	fits = LLVMBuildICmp(g->b, LLVMIntULE, bytes, gen_const(g, room), "");
	return LLVMBuildSelect(g->b, fits, bytes, gen_const(g, 0), "");
}

/* All of a struct abi_stack but its hash. */
static void store_head(struct gen *g, const struct node *node, LLVMValueRef to, LLVMValueRef bytes,
		       unsigned int flags)
{
	LLVMValueRef frames =
		LLVMBuildUDiv(g->b, bytes, gen_const(g, abi_stack_frame(how_of(node))), "");
	LLVMValueRef owner = is_user(node) ? tgid(g) : gen_const(g, 0);

	LLVMBuildStore(g->b, LLVMBuildTrunc(g->b, owner, g->i32, ""),
		       gen_offset(g, to, offsetof(struct abi_stack, tgid)));
	LLVMBuildStore(g->b, LLVMBuildTrunc(g->b, frames, g->i16, ""),
		       gen_offset(g, to, offsetof(struct abi_stack, frames)));
	LLVMBuildStore(g->b, LLVMConstInt(g->i16, how_of(node) | flags, 0),
		       gen_offset(g, to, offsetof(struct abi_stack, how)));
}

LLVMValueRef gen_stack_append(struct gen *g, const struct node *node, LLVMValueRef slot,
			      LLVMValueRef tail)
{
	LLVMValueRef bytes = take_frames(g, node, tail);

	LLVMBuildStore(g->b, gen_const(g, 0), slot);
	store_head(g, node, slot, bytes, ABI_STACK_INLINE);
	return bytes;
}

#define HEAD (sizeof(struct abi_event) + sizeof(struct abi_stack))

/* The plan's event for the frames of a new stack. */
static uint32_t seen_event(struct gen *g, const struct type *type)
{
	uint32_t *made = &g->stack_events[type->kind == TYPE_USTACK];
	struct image_event event = {
		.kind = IMAGE_EVENT_STACK_SEEN,
		.n_args = 1,
		.map = IMAGE_NONE,
		.text = image_builder_string(g->plan, ""),
		.size = HEAD,
	};
	struct image_arg arg = {.offset = sizeof(struct abi_event)};

	if (!*made) {
		arg.type = plan_type(g, type);
		event.first_arg = image_builder_count_args(g->plan);
		image_builder_add_args(g->plan, &arg);
		*made = image_builder_add_events(g->plan, &event) + 1;
	}
	return *made - 1;
}

/* Frames are taken to where they can be sent from. */
static LLVMValueRef keep(struct gen *g, const struct node *node)
{
	LLVMValueRef value = gen_take(g, sizeof(struct abi_stack)), record, bytes;
	struct gen_mark mark = gen_mark(g);

	record = gen_take_scratch(g, HEAD + gen_stack_room(g, node));
	bytes = take_frames(g, node, gen_offset(g, record, HEAD));
	store_head(g, node, value, bytes, 0);
	GEN_BPFFN(g, "stack_keep", value, record, bytes, gen_const(g, seen_event(g, node->type)),
		  gen_probe_index(g));
	gen_release(g, mark);
	return value;
}

/* Of the kernel's, whatever process runs. */
LOWER(kstack)
{
	return keep(g, node);
}

/* Of the running process. */
LOWER(ustack)
{
	return keep(g, node);
}

/* Takes a map by name, or a stack, which knows how many frames it has. */
LOWER(len)
{
	const struct node *of = node->call.args.items[0];
	const struct type *half = type_int(unit_types(g->unit), 2, false);
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef value, length, limit;

	if (node->call.map)
		return GEN_BPFFN(g, "map_count", g->maps[node->call.map->index]);
	value = gen_memory(g, of);
	length = gen_load(g, gen_offset(g, value, offsetof(struct abi_stack, frames)), half, false);
	limit = gen_load(g, gen_offset(g, value, offsetof(struct abi_stack, how)), half, false);
	limit = LLVMBuildAnd(g->b, limit, gen_const(g, ABI_STACK_LIMIT_MASK), "");
	gen_release(g, mark);
	return LLVMBuildSelect(g->b, LLVMBuildICmp(g->b, LLVMIntULT, length, limit, ""), length,
			       limit, "");
}

/* An address means something only together with its process. */
LOWER(usym)
{
	LLVMValueRef memory = gen_take(g, node->type->size);
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef address = gen_scalar(g, node->call.args.items[0]);

	LLVMBuildStore(g->b, address, memory);
	/* The other half of the word is `reserved`. */
	LLVMBuildStore(g->b, tgid(g), gen_offset(g, memory, offsetof(struct image_usym, tgid)));
	gen_release(g, mark);
	return memory;
}

/* The kernel's per_cpu_ptr(), for a variable that is known by its address only. */
LOWER(percpu_kaddr)
{
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef result = gen_register(g, "address"), offset = gen_take(g, 8), cpu, at;
	LLVMBasicBlockRef there = gen_block(g, "there"), done = gen_block(g, "done");

	cpu = node->call.args.count > 1 ? gen_scalar(g, node->call.args.items[1])
					: gen_helper(g, BPF_FUNC_get_smp_processor_id, NULL, 0);
	gen_write(g, result, gen_const(g, 0));
	gen_if(g,
	       LLVMBuildICmp(g->b, LLVMIntULT, cpu,
			     gen_config(g, offsetof(struct abi_config, cpus)), ""),
	       there, done);
	gen_at(g, there);
	at = LLVMBuildAdd(g->b, gen_const(g, g->program->per_cpu_offset),
			  LLVMBuildMul(g->b, cpu, gen_const(g, 8), ""), "");
	GEN_HELPER(g, probe_read_kernel, offset, gen_const(g, 8), at);
	gen_write(g, result,
		  LLVMBuildAdd(g->b, LLVMBuildLoad2(g->b, g->i64, offset, ""),
			       gen_const(g, node->call.constant), ""));
	gen_goto(g, done);
	gen_at(g, done);
	gen_release(g, mark);
	return gen_read(g, result);
}
