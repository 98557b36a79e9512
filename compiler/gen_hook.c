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

static LLVMValueRef context_word(struct gen *g, uint32_t index)
{
	LLVMValueRef value = LLVMBuildLoad2(g->b, g->ptr, gen_offset(g, g->ctx, index * 8), "");

	LLVMSetVolatile(value, true);
	return value;
}

/* The numbers of 32-bit programs are marked as dt_data_number() says: that makes ABI_VIA_COMPAT. */
_Static_assert(ABI_DATA_COMPAT_ONLY >> 16 == ABI_VIA_COMPAT, "via follows from the number");

static void fill_operation(struct gen *g, const struct hook *hook, LLVMValueRef call)
{
	LLVMValueRef via = LLVMBuildLShr(g->b, hook->number, gen_const(g, 16), "");

	store(g, hook, offsetof(struct abi_data, context), g->ctx);
	store(g, hook, offsetof(struct abi_data, regs), context_word(g, 0));
	store(g, hook, offsetof(struct abi_data, kept), LLVMConstNull(g->ptr));
	store(g, hook, offsetof(struct abi_data, call), call);
	store(g, hook, offsetof(struct abi_data, result), context_word(g, 1));
	store(g, hook, offsetof(struct abi_data, via), LLVMBuildTrunc(g->b, via, g->i32, ""));
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

/* What an event's system calls lead to. */
static void sys_exit_event(struct gen *g, struct hook *hook, uint32_t event)
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
	check_when(g, hook, event);
	call_blocks(g, hook, event);
	gen_goto(g, g->leave);
	gen_at(g, here);
}

/* tp_btf/sys_exit(struct pt_regs *regs, long result) */
static uint32_t sys_exit_program(struct gen *g)
{
	struct hook hook = {.id = ABI_HOOK_SYS_EXIT};
	uint32_t row = gen_program_hook(g, "data_sys_exit", "tp_btf/sys_exit", IMAGE_ROLE_HOOK,
					g->data_blocks->probe->span);

	hook.operation = LLVMBuildArrayAlloca(g->b, g->i8, gen_const(g, sizeof(struct abi_data)),
					      "operation");
	LLVMSetAlignment(hook.operation, 8);
	gen_program_stop_when_off(g);
	hook.number = GEN_BPFFN(g, "data_number", g->ctx);
	hook.choice = LLVMBuildSwitch(g->b, hook.number, g->leave, 16);
	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		if (is_used(g, event))
			sys_exit_event(g, &hook, event);
	gen_at(g, g->leave);
	LLVMBuildRet(g->b, LLVMConstInt(g->i32, 0, 0));
	return row;
}

void gen_hooks(struct gen *g)
{
	uint32_t row;

	if (!g->data_blocks)
		return;
	row = sys_exit_program(g);
	for (const struct gen_data_block *block = g->data_blocks; block; block = block->next)
		*block->row = row;
}
