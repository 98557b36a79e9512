// SPDX-License-Identifier: Apache-2.0
/*
 * Builtins whose code is their own. See lang/builtins.def for what each does, and lang/check.h for
 * what the checker has made sure of.
 */
#include "compiler/lower.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <string.h>

#include "lang/attach_point.h"

#define LOWER(name) LLVMValueRef lower_##name(struct gen *g, const struct node *node)

/* What the words of nsecs() stand for: check_nsecs() counts them in this order. */
enum nsecs_mode { NSECS_BOOT, NSECS_MONOTONIC, NSECS_TAI, NSECS_SW_TAI };

static const struct node *argument(const struct node *node, uint32_t i)
{
	return node->call.args.items[i];
}

/* Known to the loader. */
LOWER(ncpus)
{
	(void)node;
	return gen_config(g, offsetof(struct abi_config, cpus));
}

/* Its clock follows from a word. */
LOWER(nsecs)
{
	LLVMValueRef offset;

	switch ((enum nsecs_mode)(node->kind == NODE_CALL ? node->call.constant : NSECS_BOOT)) {
	case NSECS_MONOTONIC:
		return gen_helper(g, BPF_FUNC_ktime_get_ns, NULL, 0);
	case NSECS_TAI:
		return gen_helper(g, BPF_FUNC_ktime_get_tai_ns, NULL, 0);
	case NSECS_SW_TAI:
		offset = LLVMBuildLoad2(
			g->b, g->i64, gen_offset(g, g->config, offsetof(struct abi_config, tai)), "");
		return LLVMBuildAdd(g->b, gen_helper(g, BPF_FUNC_ktime_get_boot_ns, NULL, 0), offset,
				    "");
	case NSECS_BOOT:
		break;
	}
	return gen_helper(g, BPF_FUNC_ktime_get_boot_ns, NULL, 0);
}

/* Where the registers have the one that says what it interrupted, and how it says it. */
#ifdef __x86_64__
enum { MODE_OFFSET = 17 * 8, MODE_MASK = 3, MODE_USER = 3 }; /* cs of struct pt_regs */
#else
enum { MODE_OFFSET = 33 * 8, MODE_MASK = 15, MODE_USER = 0 }; /* arm64: pstate */
#endif

/* The other probes run in the kernel. */
LOWER(usermode)
{
	LLVMValueRef value, mode;

	(void)node;
	if (!probe_type_has_registers(g->probe->targets[0].type))
		return gen_const(g, 0);
	value = LLVMBuildLoad2(g->b, g->i64, gen_offset(g, g->ctx, MODE_OFFSET), "");
	LLVMSetVolatile(value, true);
	mode = LLVMBuildAnd(g->b, value, gen_const(g, MODE_MASK), "");
	return LLVMBuildZExt(g->b, LLVMBuildICmp(g->b, LLVMIntEQ, mode, gen_const(g, MODE_USER), ""),
			     g->i64, "");
}

/* Known here, and the same for all places that one program is attached to. */
LOWER(probetype)
{
	char text[32] = {0};

	strncpy(text, probe_type_text(g->probe->targets[0].type), sizeof(text) - 1);
	return gen_module_constant(g, text, node->type->size);
}

/* The tree's bit, which the checker has found. */
LOWER(intree)
{
	LLVMValueRef mask = gen_bpffn(g, "task_tree", NULL, 0);

	mask = LLVMBuildLShr(g->b, mask, gen_const(g, node->call.constant), "");
	return LLVMBuildAnd(g->b, mask, gen_const(g, 1), "");
}

/* A path is written from its end, in a buffer of its own; `file`: a descriptor, or NULL. */
static LLVMValueRef path_text(struct gen *g, const struct node *node, const char *helper,
			      LLVMValueRef file)
{
	LLVMValueRef memory = gen_take_scratch(g, node->type->size), args[2];
	struct gen_mark mark = gen_mark(g);

	args[0] = gen_take_scratch(g, ABI_TEXT_BUFFER);
	args[1] = file;
	gen_zero(g, memory, node->type->size);
	GEN_BPFFN(g, "data_copy", memory, args[0], gen_bpffn(g, helper, args, file ? 2 : 1));
	gen_release(g, mark);
	return memory;
}

LLVMValueRef gen_container(struct gen *g, LLVMValueRef memory)
{
	/* In front of what the program has of its slot. */
	int back = (int)(offsetof(struct abi_slot, containers) - sizeof(struct abi_slot));
	LLVMValueRef index = gen_const(g, (uint64_t)back), known;

	g->scratch_used = true;
	known = LLVMBuildGEP2(g->b, g->i8, LLVMBuildLoad2(g->b, g->ptr, g->scratch, ""), &index, 1, "");
	return GEN_BPFFN(g, "task_container", memory, known);
}

LOWER(container)
{
	LLVMValueRef memory = gen_take_scratch(g, node->type->size);

	gen_zero(g, memory, node->type->size);
	gen_container(g, memory);
	return memory;
}

LOWER(exe)
{
	return path_text(g, node, "task_exe", NULL);
}

LOWER(cwd)
{
	return path_text(g, node, "task_cwd", NULL);
}

LOWER(hostroot)
{
	return path_text(g, node, "task_hostroot", NULL);
}

LOWER(fdpath)
{
	return path_text(g, node, "task_fdpath", gen_scalar(g, argument(node, 0)));
}

/* Without a tree there is nothing to look in. */
LOWER(tree)
{
	(void)node;
	return g->program->trees ? gen_bpffn(g, "task_tree_root", NULL, 0) : gen_const(g, 0);
}

/* The checker has found the value. */
LOWER(constant)
{
	return gen_const(g, node->call.constant);
}

/* Only the type changes. */
LOWER(argument)
{
	return gen_scalar(g, argument(node, 0));
}

/* Copy what is at a pointer; a warning names the span. */
static void read_at(struct gen *g, const struct node *pointer, LLVMValueRef to, uint32_t size,
		    struct span span)
{
	gen_read_place(g, (struct gen_place){gen_scalar(g, pointer), gen_space(g, pointer)}, to, size,
		       span);
}

/* 1 or 0; where the type does not say, addresses with the highest bit set are the kernel's. */
static LLVMValueRef is_user(struct gen *g, enum type_space space, LLVMValueRef address)
{
	if (space != SPACE_NONE)
		return gen_const(g, space == SPACE_USER);
	return LLVMBuildZExt(g->b, LLVMBuildICmp(g->b, LLVMIntSGE, address, gen_const(g, 0), ""),
			     g->i64, "");
}

/* The bytes of a value in memory, or at a pointer. */
LOWER(buf)
{
	const struct node *source = argument(node, 0);
	LLVMValueRef memory = gen_take(g, node->type->size), from, asked, user = gen_const(g, 0);
	uint64_t capacity = node->type->size - sizeof(uint32_t);
	enum type_space space = SPACE_KERNEL;
	struct gen_mark mark = gen_mark(g);

	gen_zero(g, memory, node->type->size);
	if (type_is_scalar(source->type)) {
		LLVMValueRef address = gen_scalar(g, source);

		space = gen_space(g, source);
		user = is_user(g, space, address);
		from = gen_pointer(g, address);
	} else {
		from = gen_memory(g, source);
	}
	asked = node->call.args.count > 1 ? gen_scalar(g, argument(node, 1)) : gen_const(g, capacity);

	LLVMValueRef read =
		GEN_BPFFN(g, "buf_read", memory, asked, gen_const(g, capacity), from, user);

	gen_warn_negative(g, read, node->span,
			  gen_is_user(g, space) ? IMAGE_ERROR_READ_USER : IMAGE_ERROR_READ_KERNEL);
	gen_release(g, mark);
	return memory;
}

/* Copies the string into the scratch: the copying helper counts. */
LOWER(strlen)
{
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef copy = gen_take_scratch(g, gen_string_room(argument(node, 0)));
	struct gen_text text = gen_string_append(g, argument(node, 0), copy);

	gen_release(g, mark);
	return text.length;
}

/* Follows from the type. */
LOWER(strcap)
{
	return gen_const(g, argument(node, 0)->type->size - 1);
}

/* Needs the sizes of both buffers. */
LOWER(strncmp)
{
	const struct node *a = argument(node, 0), *b = argument(node, 1);
	struct gen_mark mark = gen_mark(g);
	uint64_t size = node->call.constant;
	LLVMValueRef left, right, equal;

	if (size > a->type->size)
		size = a->type->size;
	if (size > b->type->size)
		size = b->type->size;
	left = gen_memory(g, a);
	right = gen_memory(g, b);
	equal = GEN_BPFFN(g, "str_equal", left, right, gen_const(g, size));
	gen_release(g, mark);
	return LLVMBuildXor(g->b, equal, gen_const(g, 1), "");
}

/* Needs the sizes of both buffers. */
LOWER(strstr)
{
	const struct node *text = argument(node, 0), *wanted = argument(node, 1);
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef left = gen_memory(g, text), right = gen_memory(g, wanted);
	LLVMValueRef found = GEN_BPFFN(g, "str_find", left, gen_const(g, text->type->size), right,
				       gen_const(g, wanted->type->size));

	gen_release(g, mark);
	return found;
}

/* As strstr(), and says only whether. */
LOWER(strcontains)
{
	LLVMValueRef found = lower_strstr(g, node);

	return LLVMBuildZExt(g->b, LLVMBuildICmp(g->b, LLVMIntSGE, found, gen_const(g, 0), ""),
			     g->i64, "");
}

/* Where a value's bytes are; what a user's pointer points to is copied first. */
static LLVMValueRef bytes_of(struct gen *g, const struct node *node, uint64_t *size)
{
	LLVMValueRef copy;

	if (node->type->kind != TYPE_POINTER) {
		if (*size > node->type->size)
			*size = node->type->size;
		return gen_memory(g, node);
	}
	if (node->type->space == SPACE_KERNEL)
		return gen_pointer(g, gen_scalar(g, node));
	copy = gen_take(g, (uint32_t)*size + 1);
	read_at(g, node, copy, (uint32_t)*size, node->span);
	return copy;
}

/* Takes values as well as pointers to them. */
LOWER(memcmp)
{
	struct gen_mark mark = gen_mark(g);
	uint64_t size = node->call.constant;
	LLVMValueRef a = bytes_of(g, argument(node, 0), &size), b = bytes_of(g, argument(node, 1), &size);
	LLVMValueRef order = GEN_BPFFN(g, "mem_compare", a, b, gen_const(g, size), gen_const(g, 0));

	gen_release(g, mark);
	return order;
}

/* What is written must be in memory that the verifier knows. */
LOWER(write_user)
{
	struct gen_mark mark = gen_mark(g);
	const struct node *value = argument(node, 1);
	const struct type *type = value->type;
	uint32_t size = (uint32_t)node->call.constant;
	LLVMValueRef to = gen_pointer(g, gen_scalar(g, argument(node, 0))), from, result;

	if (type->kind == TYPE_POINTER) {
		from = gen_take(g, size);
		read_at(g, value, from, size, node->span);
	} else if (type_is_scalar(type)) {
		from = gen_take(g, 8);
		LLVMBuildStore(g->b, gen_scalar(g, value), from);
	} else {
		from = gen_memory(g, value);
	}
	result = GEN_HELPER(g, probe_write_user, to, from, gen_const(g, size));
	gen_release(g, mark);
	return result;
}

/* Needs the sizes of both buffers. */
LOWER(str_concat)
{
	const struct node *first = argument(node, 0), *second = argument(node, 1);
	uint32_t both = first->type->size + second->type->size;
	uint32_t size = both > node->type->size ? both : node->type->size;
	LLVMValueRef memory = gen_take(g, size), a, b;
	struct gen_mark mark = gen_mark(g);

	gen_zero(g, memory, size);
	a = gen_memory(g, first);
	b = gen_memory(g, second);
	GEN_BPFFN(g, "str_join", memory, a, gen_const(g, first->type->size), b,
		  gen_const(g, second->type->size));
	gen_release(g, mark);
	return memory;
}

/* LLVM has it as an operation of each width. */
LOWER(bswap)
{
	LLVMTypeRef type = LLVMIntTypeInContext(g->context, node->type->size * 8);
	LLVMValueRef value = LLVMBuildTrunc(g->b, gen_scalar(g, argument(node, 0)), type, "");
	LLVMValueRef swap;

	if (node->type->size > 1) {
		swap = LLVMGetIntrinsicDeclaration(
			g->module, LLVMLookupIntrinsicID("llvm.bswap", strlen("llvm.bswap")), &type, 1);
		value = LLVMBuildCall2(g->b, LLVMIntrinsicGetType(g->context,
								  LLVMLookupIntrinsicID("llvm.bswap", 10),
								  &type, 1),
				       swap, &value, 1, "");
	}
	return LLVMBuildZExt(g->b, value, g->i64, "");
}

/* The family follows from the address's size unless it is given. */
LOWER(ntop)
{
	uint32_t last = node->call.args.count - 1;
	const struct node *address = argument(node, last);
	bool in_memory = !type_is_scalar(address->type);
	uint32_t size = in_memory && address->type->size == 16 ? 16 : 4;
	LLVMValueRef memory = gen_take(g, node->type->size), family, to;
	struct gen_mark mark = gen_mark(g);

	gen_zero(g, memory, node->type->size);
	to = gen_offset(g, memory, offsetof(struct image_inet, address));
	if (in_memory)
		gen_copy(g, to, gen_memory(g, address), size);
	else
		LLVMSetAlignment(LLVMBuildStore(g->b,
						LLVMBuildTrunc(g->b, gen_scalar(g, address), g->i32, ""),
						to),
				 4);
	family = last ? gen_scalar(g, argument(node, 0)) : gen_const(g, size == 4 ? AF_INET : AF_INET6);
	LLVMSetAlignment(LLVMBuildStore(g->b, LLVMBuildTrunc(g->b, family, g->i32, ""), memory), 4);
	gen_release(g, mark);
	return memory;
}

/* Known when compiling; the checker has read it already. */
LOWER(pton)
{
	unsigned char bytes[16] = {0};

	if (inet_pton(AF_INET, argument(node, 0)->string.bytes, bytes) != 1)
		inet_pton(AF_INET6, argument(node, 0)->string.bytes, bytes);
	return gen_module_constant(g, bytes, node->type->size);
}

/* Six bytes of a value, or at a pointer. */
LOWER(macaddr)
{
	const struct node *source = argument(node, 0);
	LLVMValueRef memory = gen_take(g, node->type->size);
	struct gen_mark mark = gen_mark(g);

	if (!type_is_scalar(source->type)) {
		gen_copy(g, memory, gen_memory(g, source), IMAGE_MACADDR_SIZE);
	} else {
		read_at(g, source, memory, IMAGE_MACADDR_SIZE, node->span);
	}
	gen_release(g, mark);
	return memory;
}

/* Writes to a variable, and only if the key is there. */
LOWER(find)
{
	const struct map *map = node->call.map;
	const struct variable *variable = argument(node, 2)->var.variable;
	LLVMValueRef slot = g->variables[variable->index], found = gen_register(g, "found"), from;
	struct gen_mark mark = gen_mark(g);
	LLVMBasicBlockRef there = gen_block(g, "there"), done = gen_block(g, "done");
	LLVMValueRef element = gen_map_lookup(g, map, gen_map_key(g, map, argument(node, 1)));

	gen_write(g, found, gen_const(g, 0));
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, element, LLVMConstNull(g->ptr), ""), done, there);
	gen_at(g, there);
	from = gen_offset(g, element, gen_map_value_offset(map));
	if (type_is_scalar(variable->type))
		gen_write(g, slot, gen_load(g, from, map->value, false));
	else
		gen_convert(g, slot, variable->type, from, map->value);
	gen_write(g, found, gen_const(g, 1));
	gen_goto(g, done);
	gen_at(g, done);
	gen_release(g, mark);
	return gen_read(g, found);
}

/* The name of a signal is looked up when compiling. */
static LLVMValueRef send_signal(struct gen *g, const struct node *node, unsigned helper)
{
	LLVMValueRef number = node->call.constant ? gen_const(g, node->call.constant)
						  : gen_scalar(g, argument(node, 0));

	return gen_helper(g, helper, &number, 1);
}

/* See send_signal(). */
LOWER(signal)
{
	return send_signal(g, node, BPF_FUNC_send_signal);
}

/* See send_signal(). */
LOWER(signal_thread)
{
	return send_signal(g, node, BPF_FUNC_send_signal_thread);
}

/* Unless the condition holds: errorf() of the text, and exit(1). */
LOWER(assert)
{
	LLVMBasicBlockRef wrong = gen_block(g, "wrong"), done = gen_block(g, "done");

	gen_if(g, gen_condition(g, argument(node, 0)), done, wrong);
	gen_at(g, wrong);
	gen_failure(g, node, argument(node, 1)->string.bytes);
	gen_goto(g, done);
	gen_at(g, done);
	return gen_const(g, 0);
}

/* The kernel reads the format itself: the values go as they are. */
LOWER(debugf)
{
	const struct node *format = argument(node, 0);
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef args[5] = {gen_memory(g, format), gen_const(g, format->string.length + 1)};
	uint32_t n = node->call.args.count;

	for (uint32_t i = 1; i < n; i++) {
		const struct node *value = argument(node, i);

		args[i + 1] = type_is_scalar(value->type) ? gen_scalar(g, value)
							  : gen_memory(g, value);
	}
	gen_helper(g, BPF_FUNC_trace_printk, args, n + 1);
	gen_release(g, mark);
	return gen_const(g, 0);
}

/* A setting. */
LOWER(default_str_length)
{
	(void)node;
	return gen_const(g, unit_options(g->unit)->max_strlen);
}

/* The last page of addresses: the kernel's IS_ERR_VALUE(). */
LOWER(is_err)
{
	return LLVMBuildZExt(g->b,
			     LLVMBuildICmp(g->b, LLVMIntUGE, gen_scalar(g, argument(node, 0)),
					   gen_const(g, (uint64_t)-4095), ""),
			     g->i64, "");
}
