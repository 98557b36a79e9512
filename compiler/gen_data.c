// SPDX-License-Identifier: Apache-2.0
/*
 * The blocks of data probes and their `args`. A block is a function that the programs of its hooks
 * call (gen_hook.c), with the operation that it is to look at (struct abi_data). The kernel verifies it
 * alone, or each way to a block were gone with each way through it. An arg is a
 * function of bpf-helpers/, called where the script uses it. A string of `args` is made once for
 * each firing, at its first use, and stays in the scratch until the block ends.
 */
#include "compiler/gen.h"

#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/attach_point.h"
#include "lang/data_event.h"

/* A string of `args` that the block uses. */
struct gen_texts {
	const struct type_field *field;
	LLVMValueRef made; /* i64 alloca: what its function returned, with TEXT_MADE; 0: not yet
			      called */
	uint32_t offset;   /* of its buffer in the scratch */
	LLVMValueRef matched[2]; /* i64 allocas: see struct gen_data_text */
	struct gen_texts *next;
};

#define TEXT_MADE (1ULL << 63)

bool gen_data_is(const struct probe *probe)
{
	return data_event_of(&probe->targets[0]) != DATA_EVENTS;
}

static void find_stack(void *self, struct node **child)
{
	bool *found = self;
	const struct node *node = *child;

	if (node->type && (node->type->kind == TYPE_KSTACK || node->type->kind == TYPE_USTACK))
		*found = true;
	ast_each_child(*child, find_stack, self);
}

/* A stack is asked for with the program's context, which is for its own functions alone. */
static bool needs_context(const struct probe *probe)
{
	struct node *predicate = probe->predicate, *body = probe->body;
	bool found = false;

	if (predicate)
		find_stack(&found, &predicate);
	find_stack(&found, &body);
	return found;
}

LLVMValueRef gen_data_function(struct gen *g, const char *name, uint32_t line)
{
	struct gen_data_block *block = arena_alloc(g->arena, sizeof(*block)), **end;

	*block = (struct gen_data_block){
		.probe = g->probe,
		.context = needs_context(g->probe),
		.row = &g->program_rows[g->n_blocks],
	};
	block->function = block->context ? gen_module_local(g, name,
							    LLVMFunctionType(g->i32, &g->ptr, 1, 0), line)
					 : gen_module_global(g, name, sizeof(struct abi_data), line);
	for (end = &g->data_blocks; *end; end = &(*end)->next)
		;
	*end = block;
	return block->function;
}

/* An arg that is kept from the beginning: its place there. */
static uint32_t keep(struct gen *g, uint32_t arg)
{
	uint32_t size = data_args[arg].kind == DATA_text ? 8 + ((ABI_TEXT_BUFFER + 7) & ~7u) : 8;
	struct gen_kept *kept;

	for (kept = g->kept; kept; kept = kept->next)
		if (kept->arg == arg)
			return kept->offset;
	if (!g->kept_size)
		g->kept_size = sizeof(struct abi_kept);
	kept = arena_alloc(g->arena, sizeof(*kept));
	*kept = (struct gen_kept){arg, g->kept_size, g->kept};
	g->kept = kept;
	g->kept_size += size;
	return kept->offset;
}

static struct gen_data_block *last_block(struct gen *g)
{
	struct gen_data_block *block = g->data_blocks;

	while (block->next)
		block = block->next;
	return block;
}

/* Where what was kept of an arg is, and where to go on without it; `there` is the open block. */
static LLVMValueRef kept_place(struct gen *g, uint32_t arg, LLVMBasicBlockRef there,
			       LLVMBasicBlockRef without)
{
	LLVMValueRef from = LLVMBuildLoad2(
		g->b, g->i64, gen_offset(g, g->ctx, offsetof(struct abi_data, kept)), "");

	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, from, gen_const(g, 0), ""), without, there);
	gen_at(g, there);
	return gen_pointer(g, LLVMBuildAdd(g->b, from, gen_const(g, keep(g, arg)), ""));
}

/* Its place in the scratch is its own until the block ends. */
static void add_text(void *self, struct node **child)
{
	struct gen *g = self;
	const struct type_field *field;
	struct gen_texts *text;
	struct node *node = *child;

	ast_each_child(node, add_text, g);
	if (node->kind != NODE_FIELD || node->field.object->type->kind != TYPE_CONTEXT)
		return;
	field = node->field.field;
	if (data_args[field->offset].at == DATA_AT_VIA)
		last_block(g)->via = true;
	else if (data_args[field->offset].at != DATA_AT_EXIT)
		last_block(g)->timed = true;
	if (field->type->kind != TYPE_STRING || data_args[field->offset].at == DATA_AT_ENTRY)
		return;
	for (text = g->texts; text; text = text->next)
		if (text->field->offset == field->offset)
			return;
	text = arena_alloc(g->arena, sizeof(*text));
	*text = (struct gen_texts){.field = field,
				   .made = gen_register(g, "text"),
				   .offset = g->taken.scratch,
				   .matched = {gen_register(g, "matched"),
					       gen_register(g, "asked")},
				   .next = g->texts};
	g->texts = text;
	g->taken.scratch += (ABI_TEXT_BUFFER + 7) & ~7u;
	if (g->taken.scratch > g->scratch_max)
		g->scratch_max = g->taken.scratch;
}

void gen_data_start(struct gen *g)
{
	struct node *predicate = g->probe->predicate, *body = g->probe->body;

	g->texts = NULL;
	if (!gen_data_is(g->probe))
		return;
	if (predicate)
		add_text(g, &predicate);
	add_text(g, &body);
}

LLVMValueRef gen_data_probe(struct gen *g)
{
	return LLVMBuildLoad2(g->b, g->i64, gen_offset(g, g->ctx, offsetof(struct abi_data, probe)),
			      "");
}

/* 0 if nothing was kept. */
static LLVMValueRef kept_word(struct gen *g, uint32_t arg)
{
	LLVMBasicBlockRef there = gen_block(g, "kept"), done = gen_block(g, "done");
	LLVMValueRef word = gen_register(g, "kept"), from;

	gen_write(g, word, gen_const(g, 0));
	from = kept_place(g, arg, there, done);
	gen_write(g, word, GEN_BPFFN(g, "data_word", from));
	gen_goto(g, done);
	gen_at(g, done);
	return gen_read(g, word);
}

LLVMValueRef gen_data_scalar(struct gen *g, const struct type_field *field)
{
	const struct data_arg *arg = &data_args[field->offset];
	LLVMValueRef value = arg->at == DATA_AT_ENTRY ? kept_word(g, field->offset)
						      : GEN_BPFFN(g, arg->function, g->ctx);

	return gen_narrow(g, value, field->type->size, field->type->is_signed);
}

static LLVMValueRef buffer_of(struct gen *g, const struct gen_texts *text)
{
	g->scratch_used = true;
	return gen_offset(g, LLVMBuildLoad2(g->b, g->ptr, g->scratch, ""), text->offset);
}

/* A string's function may know more of it than the script takes. */
static LLVMValueRef cut(struct gen *g, const struct type_field *field, LLVMValueRef made)
{
	if (data_args[field->offset].kind != DATA_line)
		return made;
	return GEN_BPFFN(g, "data_cut", made, gen_const(g, field->type->size - 1));
}

static LLVMValueRef call_text(struct gen *g, const struct gen_texts *text)
{
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef work = gen_take_scratch(g, ABI_TEXT_WORK), made;

	made = GEN_BPFFN(g, data_args[text->field->offset].function, g->ctx, buffer_of(g, text),
			 work);
	gen_release(g, mark);
	return LLVMBuildOr(g->b, cut(g, text->field, made), gen_const(g, TEXT_MADE), "");
}

/* What the string's function returns; called at the first use. A loop's callback calls it itself.
 */
static LLVMValueRef make_text(struct gen *g, const struct gen_texts *text)
{
	LLVMBasicBlockRef make, done;

	if (gen_loops_inside(g))
		return call_text(g, text);
	make = gen_block(g, "make");
	done = gen_block(g, "made");
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, gen_read(g, text->made), gen_const(g, 0), ""),
	       make, done);
	gen_at(g, make);
	gen_write(g, text->made, call_text(g, text));
	gen_goto(g, done);
	gen_at(g, done);
	return gen_read(g, text->made);
}

static LLVMValueRef append_kept(struct gen *g, uint32_t arg, LLVMValueRef tail)
{
	LLVMBasicBlockRef there = gen_block(g, "kept"), done = gen_block(g, "done");
	LLVMValueRef length = gen_register(g, "length"), from, made;

	gen_write(g, length, gen_const(g, 0));
	from = kept_place(g, arg, there, done);
	made = GEN_BPFFN(g, "data_word", from);
	gen_write(g, length, GEN_BPFFN(g, "data_copy", tail, gen_offset(g, from, 8), made));
	gen_goto(g, done);
	gen_at(g, done);
	return gen_read(g, length);
}

LLVMValueRef gen_data_append(struct gen *g, const struct type_field *field, LLVMValueRef tail)
{
	const struct gen_texts *text = g->texts;
	LLVMValueRef made;

	if (data_args[field->offset].at == DATA_AT_ENTRY)
		return append_kept(g, field->offset, tail);
	while (text->field->offset != field->offset)
		text = text->next;
	made = make_text(g, text);
	return GEN_BPFFN(g, "data_copy", tail, buffer_of(g, text), made);
}

bool gen_data_text(struct gen *g, const struct node *node, struct gen_data_text *out)
{
	const struct gen_texts *text = g->texts;
	LLVMValueRef made;

	if (node->kind != NODE_FIELD || node->field.object->type->kind != TYPE_CONTEXT ||
	    !gen_data_is(g->probe) || data_args[node->field.field->offset].at == DATA_AT_ENTRY)
		return false;
	while (text->field->offset != node->field.field->offset)
		text = text->next;
	made = make_text(g, text);
	out->length = LLVMBuildAnd(g->b, made, gen_const(g, ABI_TEXT_SIZE - 1), "");
	out->offset = LLVMBuildLShr(g->b, made, gen_const(g, ABI_TEXT_OFFSET_SHIFT), "");
	out->offset = LLVMBuildAnd(g->b, out->offset, gen_const(g, ABI_TEXT_SIZE - 1), "");
	out->buffer = buffer_of(g, text);
	out->matched = gen_loops_inside(g) ? NULL : (LLVMValueRef *)text->matched;
	return true;
}

LLVMValueRef gen_data_memory(struct gen *g, const struct type_field *field)
{
	LLVMValueRef memory = gen_take(g, field->type->size);

	gen_zero(g, memory, field->type->size);
	if (field->type->kind == TYPE_STRING)
		gen_data_append(g, field, memory);
	else
		GEN_BPFFN(g, data_args[field->offset].function, g->ctx, memory);
	return memory;
}
