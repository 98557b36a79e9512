// SPDX-License-Identifier: Apache-2.0
/*
 * The hooks of data probes. The blocks of all data probes that one hook serves are called by its
 * one program:
 *
 *	which system call? -> still on? -> not our own? -> fill in the operation -> which event?
 *	-> for each block: block(operation)
 *
 * so that a system call that no block asks for pays for one switch. A call that may be several events
 * goes from one to the next. What does not end with a system call has a program of its own, at the
 * tracepoint of a row EVENT_HOOK. Each program is attached once.
 */
#include "compiler/gen.h"

#include <assert.h>
#include <linux/bpf.h>
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

/* What leads to an event: a number as dt_data_number() has it, and what the helpers call it. */
struct number {
	uint64_t number, meant;
};

/* A hook's program while it is generated. */
struct hook {
	enum abi_hook id;
	LLVMValueRef operation; /* struct abi_data */
	LLVMValueRef context;	/* of the program */
	LLVMValueRef both;	/* what each_function() gets: where the operation is, and the context */
	LLVMValueRef number;	/* i64: what dt_data_number() returned */
	LLVMValueRef nothing;	/* of a ring's submission: zeros, as long as a value of the map */
	/* of each event that the program serves, in order; else NULL */
	LLVMBasicBlockRef events[DATA_EVENTS];
	LLVMBasicBlockRef next; /* where to go on from the event at hand */
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
		/* Another block may have been called before. */
		if (block->context)
			store(g, hook, offsetof(struct abi_data, context), hook->context);
		LLVMBuildCall2(g->b, LLVMGlobalGetValueType(block->function), block->function,
			       &operation, 1, "");
	}
}

/* More than any event has, and more than there are. */
#define NUMBERS	     64
#define SEEN_NUMBERS 1024

static uint32_t numbers_of(uint32_t event, struct number *numbers)
{
	const char *name = data_events[event].calls;
	uint32_t n = 0;

	for (; *name; name += strspn(name, " ")) {
		size_t length = strcspn(name, " ");
		const struct call *native =
			find_call(native_calls, COUNT(native_calls), name, length);
		const struct call *compat =
			find_call(compat_calls, COUNT(compat_calls), name, length);
		const struct call *newer = find_call(new_calls, COUNT(new_calls), name, length);

		native = native ? native : newer;
		compat = compat ? compat : newer;
		assert(n + 2 <= NUMBERS);
		if (native)
			numbers[n++] = (struct number){native->number, native->number};
		if (compat) {
			uint64_t number = ABI_DATA_COMPAT_ONLY | compat->number;

			numbers[n++] = (struct number){number, native ? native->number : number};
		}
		name += length;
	}
	return n;
}

/* The first event from `from` on that a number leads to, and what that is called; DATA_EVENTS: none. */
static uint32_t event_of(const struct hook *hook, uint32_t from, uint64_t number, uint64_t *meant)
{
	struct number numbers[NUMBERS];

	for (uint32_t event = from; event < DATA_EVENTS; event++) {
		uint32_t n = hook->events[event] ? numbers_of(event, numbers) : 0;

		for (uint32_t i = 0; i < n; i++) {
			*meant = numbers[i].meant;
			if (numbers[i].number == number)
				return event;
		}
	}
	return DATA_EVENTS;
}

/*
 * Where the program chooses: each number once; what is none goes to `other`. Returns the number's
 * event, and in *call what the number is called.
 */
static LLVMValueRef choose_first(struct gen *g, const struct hook *hook, LLVMBasicBlockRef other,
				 LLVMValueRef *call)
{
	LLVMValueRef choice = LLVMBuildSwitch(g->b, hook->number, other, 16), first;
	LLVMBasicBlockRef one = gen_block(g, "one_of_them");
	struct number numbers[NUMBERS];
	uint64_t meant = 0;

	gen_at(g, one);
	first = LLVMBuildPhi(g->b, g->i64, "event");
	*call = LLVMBuildPhi(g->b, g->i64, "call");
	for (uint32_t event = 0; event < DATA_EVENTS; event++) {
		uint32_t n = hook->events[event] ? numbers_of(event, numbers) : 0;

		for (uint32_t i = 0; i < n; i++) {
			LLVMBasicBlockRef by;
			LLVMValueRef values[2];

			if (event_of(hook, 0, numbers[i].number, &meant) != event)
				continue;
			by = gen_block(g, "call");
			values[0] = gen_const(g, event);
			values[1] = gen_const(g, meant);
			LLVMAddCase(choice, gen_const(g, numbers[i].number), by);
			LLVMAddIncoming(first, &values[0], &by, 1);
			LLVMAddIncoming(*call, &values[1], &by, 1);
			gen_at(g, by);
			gen_goto(g, one);
		}
	}
	gen_at(g, one);
	return first;
}

/* Where it goes on from an event: to others that have one of its calls. */
static LLVMBasicBlockRef choose_next(struct gen *g, const struct hook *hook, uint32_t event)
{
	LLVMBasicBlockRef here = LLVMGetInsertBlock(g->b), next = gen_block(g, "next");
	struct number numbers[NUMBERS];
	uint32_t n = numbers_of(event, numbers);
	LLVMValueRef choice;

	gen_at(g, next);
	choice = LLVMBuildSwitch(g->b, hook->number, g->leave, n);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t meant;
		uint32_t other = event_of(hook, event + 1, numbers[i].number, &meant);

		if (other != DATA_EVENTS)
			LLVMAddCase(choice, gen_const(g, numbers[i].number), hook->events[other]);
	}
	gen_at(g, here);
	return next;
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

	if (!*data_events[event].calls)
		return false;
	for (const struct gen_data_block *block = g->data_blocks; block; block = block->next)
		if (serves(block->probe, event, &order) &&
		    (block->timed || data_event_entry(event) ||
		     (block->via && data_event_forgets(event))))
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
	store(g, hook, offsetof(struct abi_data, call),
	      LLVMBuildTrunc(g->b, unknown(g, call), g->i32, ""));
	store(g, hook, offsetof(struct abi_data, via),
	      LLVMBuildTrunc(g->b, unknown(g, via), g->i32, ""));
	if (uring) {
		GEN_BPFFN(g, "uring_fill", hook->operation);
		return;
	}
	GEN_BPFFN(g, "data_fill", hook->operation, context_word(g, 0), g->ctx);
	store(g, hook, offsetof(struct abi_data, result),
	      hook->id == ABI_HOOK_SYS_EXIT ? result_of_call(g) : gen_const(g, 0));
}

/* A call that can be several things: go on if it is not this event. */
static void check_when(struct gen *g, const struct hook *hook, uint32_t event)
{
	LLVMValueRef operation = hook->operation, is;
	LLVMBasicBlockRef one;

	if (!strcmp(data_events[event].when, "ALWAYS"))
		return;
	one = gen_block(g, "one");
	is = gen_bpffn(g, data_events[event].when, &operation, 1);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, is, gen_const(g, 0), ""), hook->next, one);
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

/*
 * The same once for each of what a call is: a function of its own, which the kernel runs until that
 * says that there is none more.
 */
static LLVMValueRef each_function(struct gen *g, const struct hook *hook, uint32_t event, const char *next,
				  uint32_t line)
{
	LLVMTypeRef params[] = {g->i64, g->ptr};
	char *name = arena_printf(g->arena, "each_%s", data_events[event].name);
	LLVMValueRef function =
		gen_module_local(g, name, LLVMFunctionType(g->i64, params, 2, 0), line);
	LLVMBasicBlockRef one, end, on, leave = g->leave;
	struct hook inside = *hook;
	LLVMValueRef found;

	g->function = function;
	gen_at(g, gen_block(g, "entry"));
	LLVMSetCurrentDebugLocation2(g->b, LLVMDIBuilderCreateDebugLocation(
						   g->context, line, 1, LLVMGetSubprogram(function), NULL));
	one = gen_block(g, "one");
	end = gen_block(g, "end");
	on = gen_block(g, "on");
	inside.operation = LLVMBuildLoad2(g->b, g->ptr, LLVMGetParam(function, 1), "");
	inside.context = LLVMBuildLoad2(g->b, g->ptr, gen_offset(g, LLVMGetParam(function, 1), 8), "");
	found = gen_bpffn(g, next, &inside.operation, 1);
	found = LLVMBuildSwitch(g->b, found, on, 2);
	LLVMAddCase(found, gen_const(g, ABI_EACH_ONE), one);
	LLVMAddCase(found, gen_const(g, ABI_EACH_END), end);
	gen_at(g, one);
	g->leave = on;
	if (hook->id == ABI_HOOK_SYS_ENTER)
		keep_args(g, &inside, event);
	call_blocks(g, &inside, event);
	g->leave = leave;
	gen_goto(g, on);
	gen_at(g, on);
	LLVMBuildRet(g->b, gen_const(g, 0));
	gen_at(g, end);
	LLVMBuildRet(g->b, gen_const(g, 1));
	return function;
}

static void call_each(struct gen *g, const struct hook *hook, uint32_t event, const char *next)
{
	LLVMMetadataRef location = LLVMGetCurrentDebugLocation2(g->b);
	LLVMBasicBlockRef here = LLVMGetInsertBlock(g->b);
	LLVMValueRef outer = g->function, function;

	function = each_function(g, hook, event, next, LLVMDILocationGetLine(location));
	g->function = outer;
	gen_at(g, here);
	LLVMSetCurrentDebugLocation2(g->b, location);
	LLVMBuildStore(g->b, hook->operation, hook->both);
	LLVMBuildStore(g->b, hook->context, gen_offset(g, hook->both, 8));
	GEN_HELPER(g, loop, gen_const(g, ABI_EACH_STEPS), function, hook->both, gen_const(g, 0));
}

/* What a call is that is over when it begins, as far as its events go: each of them now. */
static void call_first(struct gen *g, const struct hook *hook, uint32_t event)
{
	const char *next = data_event_first(event);
	LLVMValueRef operation = hook->operation, is;
	LLVMBasicBlockRef several;

	if (!next || hook->id != ABI_HOOK_SYS_ENTER)
		return;
	several = gen_block(g, "several");
	is = gen_bpffn(g, arena_printf(g->arena, "%s_is", next), &operation, 1);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, is, gen_const(g, 0), ""), hook->next, several);
	gen_at(g, several);
	call_each(g, hook, event, next);
}

/* What an event's system calls lead to. */
static void call_event(struct gen *g, struct hook *hook, uint32_t event)
{
	hook->next = choose_next(g, hook, event);
	gen_at(g, hook->events[event]);
	if (hook->id == ABI_HOOK_SYS_ENTER || hook->id == ABI_HOOK_URING_SUBMIT) {
		keep_args(g, hook, event);
		call_first(g, hook, event);
	} else {
		if (needs_entry(g, event) && hook->id == ABI_HOOK_SYS_EXIT)
			GEN_BPFFN(g, "data_kept", hook->operation);
		check_when(g, hook, event);
		if (data_event_each(event))
			call_each(g, hook, event, data_event_each(event));
		else
			call_blocks(g, hook, event);
	}
	gen_goto(g, hook->next);
}

static bool is_served(const struct gen *g, enum abi_hook id, uint32_t event)
{
	switch (id) {
	case ABI_HOOK_SYS_ENTER:
		return needs_entry(g, event);
	case ABI_HOOK_URING_SUBMIT:
	case ABI_HOOK_URING_COMPLETE:
		return data_event_in_uring(event) && is_used(g, event);
	case ABI_HOOK_SYS_EXIT:
	case ABI_HOOK_TRACEPOINT:
	case ABI_HOOKS:
		break;
	}
	return *data_events[event].calls && is_used(g, event);
}

static bool is_any_served(const struct gen *g, enum abi_hook id)
{
	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		if (is_served(g, id, event))
			return true;
	return false;
}

/* From the number to the events; what is none goes to `other`. */
static void call_events(struct gen *g, struct hook *hook, LLVMBasicBlockRef other)
{
	LLVMBasicBlockRef wanted = gen_block(g, "wanted");
	LLVMValueRef is_wanted, first, call;

	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		if (is_served(g, hook->id, event))
			hook->events[event] = gen_block(g, data_events[event].name);
	first = choose_first(g, hook, other, &call);
	is_wanted = GEN_BPFFN(g, "data_wanted", hook->operation);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, is_wanted, gen_const(g, 0), ""), g->leave, wanted);
	gen_at(g, wanted);
	fill_operation(g, hook, call);
	first = LLVMBuildSwitch(g->b, first, g->leave, DATA_EVENTS);
	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		if (hook->events[event])
			LLVMAddCase(first, gen_const(g, event), hook->events[event]);
	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		if (hook->events[event])
			call_event(g, hook, event);
}

/*
 * Most calls are none of the events': they are told by their number alone, which says of 32-bit programs
 * and others together whether it may be one.
 */
static LLVMValueRef skip_others(struct gen *g, enum abi_hook id)
{
	LLVMValueRef number = GEN_BPFFN(g, "data_call", g->ctx);
	LLVMValueRef low = LLVMBuildAnd(g->b, number, gen_const(g, ABI_DATA_COMPAT_ONLY - 1), "");
	LLVMBasicBlockRef maybe = gen_block(g, "maybe");
	LLVMValueRef choice = LLVMBuildSwitch(g->b, low, g->leave, 16);
	bool seen[SEEN_NUMBERS] = {false};
	struct number numbers[NUMBERS];

	for (uint32_t event = 0; event < DATA_EVENTS; event++) {
		uint32_t n = is_served(g, id, event) ? numbers_of(event, numbers) : 0;

		for (uint32_t i = 0; i < n; i++) {
			uint64_t one = numbers[i].number & (ABI_DATA_COMPAT_ONLY - 1);

			assert(one < SEEN_NUMBERS);
			if (!seen[one])
				LLVMAddCase(choice, gen_const(g, one), maybe);
			seen[one] = true;
		}
	}
	gen_at(g, maybe);
	return number;
}

static void take_operation(struct gen *g, struct hook *hook)
{
	hook->context = g->ctx;
	hook->both = LLVMBuildArrayAlloca(g->b, g->i64, gen_const(g, 2), "both");
	hook->operation = LLVMBuildArrayAlloca(
		g->b, g->i8, gen_const(g, sizeof(struct abi_data)), "operation");
	LLVMSetAlignment(hook->operation, 8);
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

	take_operation(g, &hook);
	hook.number = skip_others(g, id);
	gen_program_stop_when_off(g);
	hook.number = GEN_BPFFN(g, "data_number", hook.number);
	call_events(g, &hook, g->leave);
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
	take_operation(g, &hook);
	hook.nothing = gen_module_constant(g, nothing, size);
	gen_program_stop_when_off(g);
	store(g, &hook, offsetof(struct abi_data, context), g->ctx);
	hook.number = GEN_BPFFN(g, "uring_call", hook.operation);
	call_events(g, &hook, g->leave);
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
	take_operation(g, &hook);
	gen_program_stop_when_off(g);
	store(g, &hook, offsetof(struct abi_data, context), g->ctx);
	hook.number = GEN_BPFFN(g, "uring_number", hook.operation);
	call_events(g, &hook, out);
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

	if (!is_any_served(g, ABI_HOOK_URING_COMPLETE))
		return;
	gen_module_hash(g, ABI_MAP_URING, 8, size, ABI_URING_REQUESTS);
	gen_module_hash(g, ABI_MAP_URING_MORE, 16, 8, ABI_URING_REQUESTS);
	gen_module_hash(g, ABI_MAP_URING_NAMES, 8, ABI_TEXT_SIZE, 2 * ABI_URING_REQUESTS);
	uring_submit_program(g, size);
	uring_complete_program(g);
}

/* Of a tracepoint: `function` says what happened, if it did. */
static void hook_event(struct gen *g, struct hook *hook, uint32_t event, const char *function)
{
	LLVMValueRef operation = hook->operation, is;
	LLVMBasicBlockRef one = gen_block(g, "one");

	hook->next = gen_block(g, "next");
	store(g, hook, offsetof(struct abi_data, context), g->ctx);
	GEN_BPFFN(g, "data_hook", operation);
	if (needs_entry(g, event))
		GEN_BPFFN(g, "data_kept_any", operation);
	is = gen_bpffn(g, function, &operation, 1);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, is, gen_const(g, 0), ""), hook->next, one);
	gen_at(g, one);
	call_blocks(g, hook, event);
	gen_goto(g, hook->next);
	gen_at(g, hook->next);
}

/* Whether no row before has its tracepoint. */
static bool is_first_hook(uint32_t row)
{
	for (uint32_t i = 0; i < row; i++)
		if (!strcmp(data_event_hooks[i].tracepoint, data_event_hooks[row].tracepoint))
			return false;
	return true;
}

static uint32_t start_hook(struct gen *g, struct hook *hook, const char *tracepoint)
{
	char *name = arena_printf(g->arena, "data_%s", tracepoint);
	char *section = arena_printf(g->arena, "tp_btf/%s", tracepoint);
	uint32_t row = gen_program_hook(g, name, section, IMAGE_ROLE_HOOK, g->data_blocks->probe->span);
	LLVMBasicBlockRef wanted = gen_block(g, "wanted");
	LLVMValueRef is_wanted;

	take_operation(g, hook);
	gen_program_stop_when_off(g);
	is_wanted = GEN_BPFFN(g, "data_wanted", hook->operation);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, is_wanted, gen_const(g, 0), ""), g->leave, wanted);
	gen_at(g, wanted);
	return row;
}

/* All events that a tracepoint is, in order of the rows. */
static void hook_program(struct gen *g, uint32_t *rows, const char *tracepoint)
{
	struct hook hook = {.id = ABI_HOOK_TRACEPOINT};
	uint32_t row = UINT32_MAX;

	for (uint32_t i = 0; data_event_hooks[i].function; i++) {
		uint32_t event = data_event_hooks[i].event;

		if (strcmp(data_event_hooks[i].tracepoint, tracepoint) || !is_used(g, event))
			continue;
		if (row == UINT32_MAX)
			row = start_hook(g, &hook, tracepoint);
		rows[event] = row;
		hook_event(g, &hook, event, data_event_hooks[i].function);
	}
	if (row == UINT32_MAX)
		return;
	gen_goto(g, g->leave);
	gen_at(g, g->leave);
	LLVMBuildRet(g->b, LLVMConstInt(g->i32, 0, 0));
}

/* The programs of the hooks; rows: of each event one that serves it. */
static void add_programs(struct gen *g, uint32_t *rows)
{
	uint32_t row;

	/* What begins before the other is attached is not kept; what ends before this is, is not
	 * seen. */
	if (is_any_served(g, ABI_HOOK_SYS_ENTER)) {
		if (!g->kept_size)
			g->kept_size = sizeof(struct abi_kept);
		gen_module_task_map(g, ABI_MAP_KEPT, g->kept_size);
		call_program(g, ABI_HOOK_SYS_ENTER);
	}
	if (is_used(g, DATA_EVENT_proc_exit))
		gen_module_task_map(g, ABI_MAP_ENDED, 8);
	for (uint32_t i = 0; data_event_hooks[i].function; i++)
		if (is_first_hook(i))
			hook_program(g, rows, data_event_hooks[i].tracepoint);
	uring_programs(g);
	if (!is_any_served(g, ABI_HOOK_SYS_EXIT))
		return;
	row = call_program(g, ABI_HOOK_SYS_EXIT);
	for (uint32_t event = 0; event < DATA_EVENTS; event++)
		if (is_served(g, ABI_HOOK_SYS_EXIT, event))
			rows[event] = row;
}

void gen_hooks(struct gen *g)
{
	uint32_t rows[DATA_EVENTS] = {0};
	uint64_t order;

	if (!g->data_blocks)
		return;
	add_programs(g, rows);
	for (const struct gen_data_block *block = g->data_blocks; block; block = block->next)
		for (uint32_t event = 0; event < DATA_EVENTS; event++)
			if (serves(block->probe, event, &order))
				*block->row = rows[event];
}
