// SPDX-License-Identifier: Apache-2.0
/*
 * The hooks of data probes. The blocks of all data probes that one hook serves are called by its
 *one program:
 *
 *	still on? -> which system call? -> not our own? -> for each block: block(operation)
 *
 * so that a system call that no block asks for pays for one switch. The program is attached once.
 */
#include "compiler/gen.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/data_event.h"

struct call {
	const char *name;
	uint32_t number;
};

static const struct call native_calls[] = {
#define CALL(name, number) {#name, number},
#define COMPAT_CALL(name, number)
#include "compiler/calls.h"
#undef CALL
#undef COMPAT_CALL
};

/* Of 32-bit programs, where the machine can run them. */
static const struct call compat_calls[] = {
#define CALL(name, number)
#define COMPAT_CALL(name, number) {#name, number},
#include "compiler/calls.h"
#undef CALL
#undef COMPAT_CALL
	{"", 0},
};

/*
 * Newer than the headers of the machine that this was built on may be. From 424 on a call has one
 * number everywhere, for 32-bit programs too.
 */
static const struct call new_calls[] = {{"fchmodat2", 452}, {"setxattrat", 463}};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct call *find_call(const struct call *calls, size_t n, const char *name,
				    size_t length)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(calls[i].name) == length && !memcmp(calls[i].name, name, length))
			return &calls[i];
	return NULL;
}

/* A hook's program while it is generated. */
struct hook {
	enum abi_hook id;
	LLVMValueRef operation; /* struct abi_data */
	LLVMValueRef number;	/* i64: what dt_data_number() returned */
	LLVMValueRef choice;	/* the switch over it */
	LLVMValueRef nothing;	/* of a ring's submission: zeros, as long as a value of the map */
};

static void store(struct gen *g, const struct hook *hook, size_t offset, LLVMValueRef value)
{
	LLVMBuildStore(g->b, value, gen_offset(g, hook->operation, (uint32_t)offset));
}

static bool serves(const struct probe *probe, uint32_t event, uint64_t *order)
{
	for (uint32_t i = 0; i < probe->n_targets; i++) {
		*order = probe->targets[i].order;
		if (data_event_of(&probe->targets[i]) == event)
			return true;
	}
	return false;
}

/* In order of the script. */
static void call_blocks(struct gen *g, const struct hook *hook, uint32_t event)
{
	uint64_t order;

	for (const struct gen_data_block *block = g->data_blocks; block; block = block->next) {
		LLVMValueRef operation = hook->operation;

		if (!serves(block->probe, event, &order))
			continue;
		store(g, hook, offsetof(struct abi_data, probe), gen_const(g, order));
		LLVMBuildCall2(g->b, LLVMGlobalGetValueType(block->function), block->function,
			       &operation, 1, "");
	}
}

static void add_case(struct gen *g, const struct hook *hook, LLVMValueRef call, uint64_t number,
		     uint64_t meant, LLVMBasicBlockRef to)
{
	LLVMValueRef value = gen_const(g, meant);
	LLVMBasicBlockRef here = LLVMGetInsertBlock(g->b);
	LLVMBasicBlockRef from = gen_block(g, "call");

	LLVMAddCase(hook->choice, gen_const(g, number), from);
	gen_at(g, from);
	gen_goto(g, to);
	gen_at(g, here);
	LLVMAddIncoming(call, &value, &from, 1);
}

/* Each system call of an event leads to `to`, where the phi `call` says which one it is. */
static void add_calls(struct gen *g, const struct hook *hook, uint32_t event, LLVMValueRef call,
		      LLVMBasicBlockRef to)
{
	const char *name = data_events[event].calls;

	for (; *name; name += strspn(name, " ")) {
		size_t length = strcspn(name, " ");
		const struct call *native =
			find_call(native_calls, COUNT(native_calls), name, length);
		const struct call *compat =
			find_call(compat_calls, COUNT(compat_calls), name, length);
		const struct call *newer = find_call(new_calls, COUNT(new_calls), name, length);

		native = native ? native : newer;
		compat = compat ? compat : newer;
		if (native)
			add_case(g, hook, call, native->number, native->number, to);
		if (compat && length)
			add_case(g, hook, call, ABI_DATA_COMPAT_ONLY | compat->number,
				 native ? native->number : ABI_DATA_COMPAT_ONLY | compat->number,
				 to);
		name += length;
	}
}

static bool is_used(const struct gen *g, uint32_t event)
{
	uint64_t order;

	for (const struct gen_data_block *block = g->data_blocks; block; block = block->next)
		if (serves(block->probe, event, &order))
			return true;
	return false;
}

/* Something is to be done when an operation begins. */
static bool needs_entry(const struct gen *g, uint32_t event)
{
	uint64_t order;

	for (const struct gen_data_block *block = g->data_blocks; block; block = block->next)
		if (serves(block->probe, event, &order) &&
		    (block->timed || data_event_entry(event)))
			return true;
	return false;
}

static LLVMValueRef context_word(struct gen *g, uint32_t index)
{
	LLVMValueRef value = LLVMBuildLoad2(g->b, g->ptr, gen_offset(g, g->ctx, index * 8), "");

	LLVMSetVolatile(value, true);
	return value;
}

/* The numbers of 32-bit programs are marked as dt_data_number() says: that makes ABI_VIA_COMPAT. */
_Static_assert(ABI_DATA_COMPAT_ONLY >> 16 == ABI_VIA_COMPAT, "via follows from the number");

/*
 * The same number, of which the verifier does not know that it is a constant. Before 6.8 it loses
 * track of where a number came from that was read through a pointer to a caller's stack, takes
 * states with different constants there for the same, and then leaves out code that would have run.
 */
static LLVMValueRef unknown(struct gen *g, LLVMValueRef number)
{
	LLVMValueRef word = LLVMBuildLoad2(
		g->b, g->i32, gen_offset(g, g->shared, offsetof(struct abi_shared, idle)), "");

	LLVMSetVolatile(word, true);
	word = LLVMBuildZExt(g->b, word, g->i64, "");
	return LLVMBuildAdd(g->b, number, LLVMBuildSub(g->b, gen_opaque(g, word), word, ""), "");
}

/* What the program gets of the call; leaves if it is to begin again. */
static LLVMValueRef result_of_call(struct gen *g)
{
	LLVMBasicBlockRef ended = gen_block(g, "ended");
	LLVMValueRef word = LLVMBuildPtrToInt(g->b, context_word(g, 1), g->i64, "");
	LLVMValueRef result = GEN_BPFFN(g, "data_result", word);

	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, result, gen_const(g, ABI_NO_RESULT), ""), g->leave,
	       ended);
	gen_at(g, ended);
	return result;
}

static bool is_uring(enum abi_hook id)
{
	return id == ABI_HOOK_URING_SUBMIT || id == ABI_HOOK_URING_COMPLETE;
}

/* What the functions of uring.bpf.c have not filled in. */
static void fill_operation(struct gen *g, const struct hook *hook, LLVMValueRef call)
{
	LLVMValueRef via = LLVMBuildLShr(g->b, hook->number, gen_const(g, 16), "");
	bool uring = is_uring(hook->id);

	if (uring)
		via = gen_const(g, ABI_VIA_URING);
	store(g, hook, offsetof(struct abi_data, call), unknown(g, call));
	store(g, hook, offsetof(struct abi_data, via),
	      LLVMBuildTrunc(g->b, unknown(g, via), g->i32, ""));
	if (uring)
		return;
	store(g, hook, offsetof(struct abi_data, context), g->ctx);
	store(g, hook, offsetof(struct abi_data, regs), context_word(g, 0));
	store(g, hook, offsetof(struct abi_data, kept), LLVMConstNull(g->ptr));
	store(g, hook, offsetof(struct abi_data, uring), LLVMConstNull(g->ptr));
	store(g, hook, offsetof(struct abi_data, result),
	      hook->id == ABI_HOOK_SYS_EXIT ? result_of_call(g) : gen_const(g, 0));
}

/* A call that can be several things: leave if it is not this event. */
static void check_when(struct gen *g, const struct hook *hook, uint32_t event)
{
	LLVMValueRef operation = hook->operation, is;
	LLVMBasicBlockRef one;

	if (!strcmp(data_events[event].when, "ALWAYS"))
		return;
	one = gen_block(g, "one");
	is = gen_bpffn(g, data_events[event].when, &operation, 1);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, is, gen_const(g, 0), ""), g->leave, one);
	gen_at(g, one);
}

/* When an operation begins: what its args will need. */
static void keep_args(struct gen *g, const struct hook *hook, uint32_t event)
{
	LLVMValueRef operation = hook->operation, none = LLVMConstNull(g->ptr), kept, place, value;
	LLVMBasicBlockRef on = gen_block(g, "keep");

	if (hook->id == ABI_HOOK_URING_SUBMIT)
		value = GEN_BPFFN(g, "uring_keep", operation, hook->nothing);
	else
		value = GEN_BPFFN(g, "data_keep", operation);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, value, gen_const(g, 0), ""), g->leave, on);
	gen_at(g, on);
	if (data_event_entry(event))
		gen_bpffn(g, data_event_entry(event), &operation, 1);
	for (const struct gen_kept *row = g->kept; row; row = row->next) {
		const struct data_arg *arg = &data_args[row->arg];

		if (arg->event != event)
			continue;
		kept = LLVMBuildLoad2(g->b, g->ptr,
				      gen_offset(g, operation, offsetof(struct abi_data, kept)),
				      "");
		place = gen_offset(g, kept, row->offset);
		value = arg->kind == DATA_text ? GEN_BPFFN(g, arg->function, operation,
							   gen_offset(g, place, 8), none)
					       : GEN_BPFFN(g, arg->function, operation);
		LLVMBuildStore(g->b, value, place);
	}
}

/* What an event's system calls lead to. */
static void call_event(struct gen *g, struct hook *hook, uint32_t event)
{
	LLVMBasicBlockRef here = LLVMGetInsertBlock(g->b);
	LLVMBasicBlockRef to = gen_block(g, data_events[event].name),
			  wanted = gen_block(g, "wanted");
	LLVMValueRef call, is_wanted;

	gen_at(g, to);
	call = LLVMBuildPhi(g->b, g->i64, "call");
	add_calls(g, hook, event, call, to);
	is_wanted = gen_bpffn(g, "data_wanted", NULL, 0);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, is_wanted, gen_const(g, 0), ""), g->leave, wanted);
	gen_at(g, wanted);
	fill_operation(g, hook, call);
	if (hook->id == ABI_HOOK_SYS_ENTER || hook->id == ABI_HOOK_URING_SUBMIT) {
		keep_args(g, hook, event);
	} else {
		if (needs_entry(g, event) && hook->id == ABI_HOOK_SYS_EXIT)
			GEN_BPFFN(g, "data_kept", hook->operation);
		check_when(g, hook, event);
		call_blocks(g, hook, event);
	}
	gen_goto(g, g->leave);
	gen_at(g, here);
}

static LLVMValueRef take_operation(struct gen *g)
{
	LLVMValueRef operation = LLVMBuildArrayAlloca(
		g->b, g->i8, gen_const(g, sizeof(struct abi_data)), "operation");

	LLVMSetAlignment(operation, 8);
	return operation;
}

/* tp_btf/sys_exit(struct pt_regs *regs, long result), tp_btf/sys_enter(struct pt_regs *regs, long
 * id) */
static uint32_t call_program(struct gen *g, enum abi_hook id)
{
	bool enter = id == ABI_HOOK_SYS_ENTER;
	struct hook hook = {.id = id};
	uint32_t row = gen_program_hook(g, enter ? "data_sys_enter" : "data_sys_exit",
					enter ? "tp_btf/sys_enter" : "tp_btf/sys_exit",
					IMAGE_ROLE_HOOK, g->data_blocks->probe->span);

	hook.operation = take_operation(g);
	gen_program_stop_when_off(g);
	hook.number = GEN_BPFFN(g, "data_number", g->ctx);
	hook.choice = LLVMBuildSwitch(g->b, hook.number, g->leave, 16);
	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		if (enter ? needs_entry(g, event) : is_used(g, event))
			call_event(g, &hook, event);
	gen_at(g, g->leave);
	LLVMBuildRet(g->b, LLVMConstInt(g->i32, 0, 0));
	return row;
}

static void uring_submit_program(struct gen *g, uint32_t size)
{
	struct hook hook = {.id = ABI_HOOK_URING_SUBMIT};
	char *nothing = arena_alloc(g->arena, size);

	memset(nothing, 0, size);
	gen_program_hook(g, "data_uring_submit", "tracepoint/io_uring/io_uring_submit_req",
			 IMAGE_ROLE_HOOK, g->data_blocks->probe->span);
	hook.operation = take_operation(g);
	hook.nothing = gen_module_constant(g, nothing, size);
	gen_program_stop_when_off(g);
	store(g, &hook, offsetof(struct abi_data, context), g->ctx);
	hook.number = GEN_BPFFN(g, "uring_call", hook.operation);
	hook.choice = LLVMBuildSwitch(g->b, hook.number, g->leave, 16);
	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		if (data_event_in_uring(event) && is_used(g, event))
			call_event(g, &hook, event);
	gen_at(g, g->leave);
	LLVMBuildRet(g->b, LLVMConstInt(g->i32, 0, 0));
}

static void uring_complete_program(struct gen *g)
{
	struct hook hook = {.id = ABI_HOOK_URING_COMPLETE};
	LLVMBasicBlockRef out;

	gen_program_hook(g, "data_uring_complete", "tracepoint/io_uring/io_uring_complete",
			 IMAGE_ROLE_HOOK, g->data_blocks->probe->span);
	out = gen_block(g, "out");
	hook.operation = take_operation(g);
	gen_program_stop_when_off(g);
	store(g, &hook, offsetof(struct abi_data, context), g->ctx);
	hook.number = GEN_BPFFN(g, "uring_number", hook.operation);
	hook.choice = LLVMBuildSwitch(g->b, hook.number, out, 16);
	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		if (data_event_in_uring(event) && is_used(g, event))
			call_event(g, &hook, event);
	gen_at(g, g->leave);
	GEN_BPFFN(g, "uring_done", g->ctx);
	gen_goto(g, out);
	gen_at(g, out);
	LLVMBuildRet(g->b, LLVMConstInt(g->i32, 0, 0));
}

/* The road of io_uring, for the events that have it. */
static void uring_programs(struct gen *g)
{
	uint32_t size = offsetof(struct abi_uring, kept) +
			(g->kept_size ? g->kept_size : (uint32_t)sizeof(struct abi_kept));
	bool any = false;

	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		any = any || (data_event_in_uring(event) && is_used(g, event));
	if (!any)
		return;
	gen_module_hash(g, ABI_MAP_URING, 8, size, ABI_URING_REQUESTS);
	gen_module_hash(g, ABI_MAP_URING_NAMES, 8, ABI_TEXT_SIZE, 2 * ABI_URING_REQUESTS);
	uring_submit_program(g, size);
	uring_complete_program(g);
}

void gen_hooks(struct gen *g)
{
	bool enter = false;
	uint32_t row;

	if (!g->data_blocks)
		return;
	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		enter = enter || needs_entry(g, event);
	/* What begins before the other is attached is not kept; what ends before this is, is not
	 * seen. */
	if (enter) {
		if (!g->kept_size)
			g->kept_size = sizeof(struct abi_kept);
		gen_module_task_map(g, ABI_MAP_KEPT, g->kept_size);
		call_program(g, ABI_HOOK_SYS_ENTER);
	}
	row = call_program(g, ABI_HOOK_SYS_EXIT);
	uring_programs(g);
	for (const struct gen_data_block *block = g->data_blocks; block; block = block->next)
		*block->row = row;
}
