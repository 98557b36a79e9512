// SPDX-License-Identifier: Apache-2.0
/*
 * Builtins: one table made from the lowering column of lang/builtins.def, and the few lower_<name>()
 * that a helper, a BPF function, an aggregation or an event cannot express.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>
#include <string.h>

#include "compiler/lower.h"
#include "lang/proto.h"

typedef LLVMValueRef lower_fn(struct gen *g, const struct node *node);

/* The running thread's name, which a helper writes to memory, or that of another. */
static LLVMValueRef lower_comm(struct gen *g, const struct node *node)
{
	LLVMValueRef memory = gen_take(g, node->type->size);

	/* Linux 6.1 writes the name and its NUL, and leaves what is behind it. */
	gen_zero(g, memory, node->type->size);
	if (node->kind == NODE_CALL && node->call.args.count) {
		GEN_BPFFN(g, "task_comm", memory, gen_scalar(g, node->call.args.items[0]));
		return memory;
	}
	if (gen_data_is(g->probe))
		GEN_BPFFN(g, "task_name", memory);
	else
		GEN_HELPER(g, get_current_comm, memory, gen_const(g, node->type->size));
	return memory;
}

/* Needs the time at which tracing began, which the loader writes to the configuration. */
static LLVMValueRef lower_elapsed(struct gen *g, const struct node *node)
{
	LLVMValueRef start = LLVMBuildLoad2(
		g->b, g->i64, gen_offset(g, g->config, offsetof(struct abi_config, start)), "");

	(void)node;
	return LLVMBuildSub(g->b, gen_helper(g, BPF_FUNC_ktime_get_boot_ns, NULL, 0), start, "");
}

/* Known to the loader. */
static LLVMValueRef lower_cpid(struct gen *g, const struct node *node)
{
	(void)node;
	return gen_config(g, offsetof(struct abi_config, child));
}

/* Known to the loader, which gives a command an ID. */
static LLVMValueRef lower_has_cpid(struct gen *g, const struct node *node)
{
	LLVMValueRef child = lower_cpid(g, node);

	return LLVMBuildZExt(g->b, LLVMBuildICmp(g->b, LLVMIntNE, child, gen_const(g, 0), ""),
			     g->i64, "");
}

/* One program may be attached many times, so this is the attach cookie. */
static LLVMValueRef lower_probe(struct gen *g, const struct node *node)
{
	(void)node;
	return gen_probe_index(g);
}

/* Never called: lang/script_options.c has put a literal in its place. */
static LLVMValueRef lower_getopt(struct gen *g, const struct node *node)
{
	(void)node;
	return gen_const(g, 0);
}

/* Only its fields are ever read: gen_expr.c loads them from the context. */
static LLVMValueRef lower_args(struct gen *g, const struct node *node)
{
	(void)node;
	return g->ctx;
}

/* Reads to where the string is wanted, see gen_string.c; here it is wanted in memory. */
static LLVMValueRef lower_str(struct gen *g, const struct node *node)
{
	const struct node *source = node->call.args.items[0];
	LLVMValueRef memory;

	if (source->type->kind == TYPE_INET) {
		memory = gen_take(g, node->type->size);
		gen_zero(g, memory, node->type->size);
		GEN_BPFFN(g, "inet_text", memory, gen_memory(g, source));
		return memory;
	}
	if (source->type == node->type && node->call.args.count == 1)
		return gen_memory(g, source);
	memory = gen_take(g, node->type->size);
	gen_string_into(g, node, memory, node->type->size);
	return memory;
}

/* Takes a map by name, and the key in three spellings. */
static LLVMValueRef lower_delete(struct gen *g, const struct node *node)
{
	return gen_map_delete(g, node);
}

/* Takes a map by name. */
static LLVMValueRef lower_has_key(struct gen *g, const struct node *node)
{
	return gen_map_has_key(g, node);
}

/*
 * A map is printed by reference, as is an aggregation that is no single number; anything else by
 * value: three kinds of event.
 */
static LLVMValueRef lower_print(struct gen *g, const struct node *node)
{
	const struct type *type = node->call.args.items[0]->type;

	gen_event(g, node,
		  type->kind == TYPE_MAP	? IMAGE_EVENT_PRINT_MAP
		  : type_is_aggregation(type) ? IMAGE_EVENT_PRINT_AT
					      : IMAGE_EVENT_PRINT);
	return gen_const(g, 0);
}

/* The text is made when it is printed: the value carries the format and the time. */
static LLVMValueRef lower_strftime(struct gen *g, const struct node *node)
{
	LLVMValueRef memory = gen_take(g, node->type->size);
	const struct node *format = node->call.args.items[0];
	uint32_t text = image_builder_string(g->plan, format->string.bytes);
	LLVMValueRef ns = gen_scalar(g, node->call.args.items[1]);

	LLVMBuildStore(g->b, LLVMConstInt(g->i32, text, 0), memory);
	LLVMBuildStore(g->b, LLVMConstInt(g->i32, node->call.constant, 0),
		       gen_offset(g, memory, offsetof(struct image_timestamp, clock)));
	LLVMBuildStore(g->b, ns, gen_offset(g, memory, offsetof(struct image_timestamp, ns)));
	return memory;
}

enum lowering { LOWER_HELPER, LOWER_BPFFN, LOWER_AGG, LOWER_EVENT, LOWER_CUSTOM };

struct row {
	enum lowering how;
	unsigned helper, shift, bits;
	const char *function;
	enum image_event_kind event;
	lower_fn *custom;
};

#define HELPER(id, down, wide) {.how = LOWER_HELPER, .helper = BPF_FUNC_##id, .shift = (down), .bits = (wide)}
#define BPFFN(name)            {.how = LOWER_BPFFN, .function = #name}
#define AGG(name)              {.how = LOWER_AGG}
#define EVENT(kind)            {.how = LOWER_EVENT, .event = IMAGE_EVENT_##kind}
#define CUSTOM(name)           {.how = LOWER_CUSTOM, .custom = lower_##name}
static const struct row rows[] = {
#define BUILTIN(name, prototype, lowering, check, doc, example) [BUILTIN_##name] = lowering,
#include "lang/builtins.def"
#undef BUILTIN
};

static LLVMValueRef helper(struct gen *g, const struct node *node, const struct row *row)
{
	bool initial = node->kind == NODE_CALL && node->call.constant; /* pid(init) */
	LLVMValueRef value;

	if (row->helper == BPF_FUNC_get_current_pid_tgid && !initial)
		value = g->pid_tgid ? g->pid_tgid : gen_pid_tgid(g);
	else
		value = gen_helper(g, row->helper, NULL, 0);
	if (row->shift)
		value = LLVMBuildLShr(g->b, value, gen_const(g, row->shift), "");
	if (row->bits < 64)
		value = LLVMBuildAnd(g->b, value, gen_const(g, (1ULL << row->bits) - 1), "");
	return value;
}

/* A result that is no scalar goes to memory, the first argument. What is not given is 0. */
static LLVMValueRef function(struct gen *g, const struct node *node, const struct builtin *builtin,
			     const char *name)
{
	LLVMValueRef args[5], memory = NULL;
	struct gen_mark mark;
	unsigned n = 0;

	if (!type_is_scalar(node->type)) {
		args[n++] = memory = gen_take(g, node->type->size);
		gen_zero(g, memory, node->type->size);
	}
	mark = gen_mark(g);
	for (uint32_t i = 0; i < builtin->proto.n_params && n < 5; i++) {
		const struct node *arg = node->kind == NODE_CALL && i < node->call.args.count
						 ? node->call.args.items[i]
						 : NULL;

		if (!arg)
			args[n++] = gen_const(g, 0);
		else
			args[n++] = type_is_scalar(arg->type) ? gen_scalar(g, arg)
							      : gen_memory(g, arg);
	}
	LLVMValueRef result = gen_bpffn(g, name, args, n);

	gen_release(g, mark);
	return memory ? memory : result;
}

/* An i64, or memory if the type is no scalar. */
LLVMValueRef gen_call(struct gen *g, const struct node *node, const struct builtin *builtin)
{
	const struct row *row = &rows[builtin->id];

	switch (row->how) {
	case LOWER_HELPER:
		return helper(g, node, row);
	case LOWER_BPFFN:
		return function(g, node, builtin, row->function);
	case LOWER_EVENT:
		gen_event(g, node, row->event);
		return gen_const(g, 0);
	case LOWER_CUSTOM:
		return row->custom(g, node);
	case LOWER_AGG: /* only ever assigned to a map: gen_aggregate() */
		break;
	}
	return gen_const(g, 0);
}
