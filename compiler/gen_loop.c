// SPDX-License-Identifier: Apache-2.0
/*
 * Loops that the kernel runs: bpf_for_each_map_elem() over a map, bpf_loop() over a range that is
 * not a few iterations, and for a `while`, of which nobody knows how often it will run. The body
 * becomes a function of its own, a callback, which the verifier walks once. It is given a pointer to
 * words on the program's stack:
 *
 *	the program's context, the scratch's address, whether the body did `return`,
 *	then the starts of ranges.
 *
 * Values that several functions use are in the scratch, at offsets known to all: of what is there
 * the verifier knows nothing, so one walk of the body stands for every iteration. A counter on the
 * stack it would follow, iteration by iteration, until it gives up.
 *
 * A callback returns 0 to go on and 1 to stop; `return` sets the word, and so stops each loop
 * around it. So does the end of the trips that all `while` of a program have together: the kernel
 * would run two of them, one in the other, for hours.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/ast_walk.h"

/* Ranges of constants up to this, alone or nested, are loops of the program's own. */
#define INLINE_TRIPS 32
/* BPF_MAX_LOOPS: the kernel does not run more. */
#define MAX_TRIPS (1u << 23)
/* Of all `while` in one run of a program. More than the verifier would follow of the shortest. */
#define WHILE_TRIPS (1u << 20)

enum { WORD_CONTEXT, WORD_SCRATCH, WORD_RETURNED, WORD_FIRST };

#define NOWHERE UINT32_MAX

/* Where a variable lives. */
struct home {
	uint32_t function; /* that declares it; NOWHERE: not met yet */
	bool captured;	   /* another function uses it too */
	uint32_t scratch;  /* offset of what is captured */
};

struct callback {
	const struct node *loop;
	uint32_t function, start_word;
	bool returns; /* something in the body leaves the probe */
	struct callback *next;
};

struct gen_loops {
	struct home *homes; /* by variable index */
	struct callback *callbacks;
	uint32_t n_functions, n_words;
	uint32_t function; /* being generated, or walked; 0: the program itself */
	bool whiles;	   /* there are some: */
	uint32_t trips;	   /* offset in the scratch of those that they have left; then, the place + 1 where there were none */
	LLVMValueRef spent; /* of the latter, in the program itself */
	bool early;	   /* the predicate has variables too, or such loops */
	LLVMValueRef words;
};

/* While the tree is walked. */
struct walk {
	struct gen *g;
	uint64_t trips; /* of all loops around that are no callbacks */
};

static void walk_node(struct walk *walk, struct node *node);

static void walk_child(void *self, struct node **child)
{
	walk_node(self, *child);
}

static bool constant(const struct node *node, int64_t *value)
{
	if (node->kind == NODE_UNARY && node->unary.op == UNARY_NEGATE) {
		node = node->unary.operand;
		*value = (int64_t)(0 - node->integer.value);
	} else {
		*value = (int64_t)node->integer.value;
	}
	return node->kind == NODE_INT;
}

/* The iterations of a range of constants; UINT64_MAX: not known. */
static uint64_t trips(const struct node *loop)
{
	int64_t from, to;

	if (!constant(loop->range.from, &from) || !constant(loop->range.to, &to))
		return UINT64_MAX;
	return from < to ? (uint64_t)to - (uint64_t)from : 0;
}

/* `head` is what the function evaluates before the body: the loop's variable or condition. */
static void walk_callback(struct walk *walk, struct node *loop, struct node *head,
			  struct node *body)
{
	struct gen_loops *loops = walk->g->loops;
	struct callback *callback = arena_alloc(walk->g->arena, sizeof(*callback));
	struct walk inside = {walk->g, 1};
	uint32_t outer = loops->function;

	*callback = (struct callback){
		.loop = loop,
		.function = loops->n_functions++,
		.start_word = loops->n_words++,
		.next = loops->callbacks,
	};
	loops->callbacks = callback;
	loops->function = callback->function;
	walk_node(&inside, head);
	walk_node(&inside, body);
	loops->function = outer;
}

static void walk_range(struct walk *walk, struct node *loop)
{
	uint64_t n = trips(loop);
	struct walk inside = *walk;

	walk_node(walk, loop->range.from);
	walk_node(walk, loop->range.to);
	if (n > INLINE_TRIPS || n * walk->trips > INLINE_TRIPS) {
		walk_callback(walk, loop, loop->range.var, loop->range.body);
		return;
	}
	inside.trips = n * walk->trips;
	walk_node(&inside, loop->range.var);
	walk_node(&inside, loop->range.body);
}

static void walk_variable(struct gen_loops *loops, const struct variable *variable)
{
	struct home *home = &loops->homes[variable->index];

	if (home->function == NOWHERE) {
		home->function = loops->function;
	} else if (home->function != loops->function) {
		home->captured = true;
	}
}

static void walk_node(struct walk *walk, struct node *node)
{
	if (node->kind == NODE_VAR) {
		walk_variable(walk->g->loops, node->var.variable);
	} else if (node->kind == NODE_FOR_MAP) {
		walk_callback(walk, node, node->each.var, node->each.body);
	} else if (node->kind == NODE_FOR_RANGE) {
		walk_range(walk, node);
	} else if (node->kind == NODE_WHILE) {
		walk->g->loops->whiles = true;
		walk_callback(walk, node, node->loop.condition, node->loop.body);
	} else {
		ast_each_child(node, walk_child, walk);
	}
}

void gen_loops_plan(struct gen *g)
{
	uint32_t n = g->probe->n_variables;
	struct walk walk = {g, 1};
	struct gen_loops *loops = g->loops = arena_alloc(g->arena, sizeof(*g->loops));

	loops->homes = arena_array(g->arena, n + 1, sizeof(*loops->homes));
	loops->n_functions = 1;
	loops->n_words = WORD_FIRST;
	for (uint32_t i = 0; i < n; i++)
		loops->homes[i].function = NOWHERE;
	if (g->probe->predicate)
		walk_node(&walk, g->probe->predicate);
	loops->early = loops->whiles;
	for (uint32_t i = 0; i < n; i++)
		loops->early |= loops->homes[i].function != NOWHERE;
	walk_node(&walk, g->probe->body);
}

static LLVMValueRef word(struct gen *g, uint32_t index)
{
	return gen_offset(g, g->loops->words, index * 8);
}

void gen_loops_start(struct gen *g)
{
	uint32_t size = g->loops->n_words * 8;

	if (!g->loops->callbacks)
		return;
	g->loops->words = LLVMBuildArrayAlloca(g->b, g->i8, gen_const(g, size), "words");
	LLVMSetAlignment(g->loops->words, 8);
	LLVMBuildMemSet(g->b, g->loops->words, LLVMConstInt(g->i8, 0, 0), gen_const(g, size), 8);
	LLVMBuildStore(g->b, g->ctx, word(g, WORD_CONTEXT));
	g->scratch = word(g, WORD_SCRATCH);
}

/* Only the program itself gives captured values their place; callbacks find them there. */
static LLVMValueRef captured(struct gen *g, const struct variable *variable, struct home *home)
{
	uint32_t size = variable->type->size > 8 ? variable->type->size : 8;

	if (g->loops->function)
		return gen_offset(g, LLVMBuildLoad2(g->b, g->ptr, g->scratch, ""), home->scratch);
	home->scratch = g->taken.scratch;
	return gen_take_scratch(g, size);
}

static void start_trips(struct gen *g)
{
	LLVMValueRef left;

	if (!g->loops->whiles || g->loops->function)
		return;
	g->loops->trips = g->taken.scratch;
	left = gen_take_scratch(g, 16);
	LLVMBuildStore(g->b, gen_const(g, WHILE_TRIPS), left);
	g->loops->spent = gen_offset(g, left, 8);
	LLVMBuildStore(g->b, gen_const(g, 0), g->loops->spent);
}

/*
 * A `while` goes round once more, or there were too many: the probe is left. That is said by the program
 * itself: the kernel counts the frames of all functions that call each other, and a callback is deep.
 */
static void take_trip(struct gen *g, const struct node *loop)
{
	LLVMValueRef left, place = gen_offset(g, LLVMBuildLoad2(g->b, g->ptr, g->scratch, ""),
					      g->loops->trips);
	LLVMBasicBlockRef none = gen_block(g, "no_trips"), some = gen_block(g, "trips");

	left = LLVMBuildLoad2(g->b, g->i64, place, "");
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, left, gen_const(g, 0), ""), none, some);
	gen_at(g, none);
	if (gen_warns(g, IMAGE_ERROR_TRIPS))
		LLVMBuildStore(g->b, gen_const(g, (uint64_t)gen_warn_place(g, loop->span) + 1),
			       gen_offset(g, place, 8));
	gen_goto(g, g->leave);
	gen_at(g, some);
	LLVMBuildStore(g->b, LLVMBuildSub(g->b, left, gen_const(g, 1), ""), place);
}

void gen_loops_variables(struct gen *g)
{
	uint32_t n = g->probe->n_variables;
	LLVMValueRef *outer = g->variables;

	start_trips(g);
	g->variables = arena_array(g->arena, n + 1, sizeof(*g->variables));
	if (g->loops->function)
		memcpy(g->variables, outer, n * sizeof(*outer));
	for (uint32_t i = 0; i < n; i++) {
		const struct variable *variable = g->probe->variables[i];
		struct home *home = &g->loops->homes[variable->index];
		LLVMValueRef *slot = &g->variables[variable->index];

		if (home->captured)
			*slot = captured(g, variable, home);
		else if (home->function != g->loops->function)
			continue;
		else if (type_is_scalar(variable->type))
			*slot = gen_register(g, variable->name);
		else
			*slot = gen_take(g, variable->type->size);
	}
}

bool gen_loops_inside(const struct gen *g)
{
	return g->loops->function != 0;
}

bool gen_loops_early(const struct gen *g)
{
	return g->loops->early;
}

static struct callback *find_callback(const struct gen *g, const struct node *loop)
{
	struct callback *callback = g->loops->callbacks;

	while (callback && callback->loop != loop)
		callback = callback->next;
	return callback;
}

bool gen_loop_is_callback(const struct gen *g, const struct node *loop)
{
	return find_callback(g, loop) != NULL;
}

/* A new function, into which the builder then writes; `words` is its last parameter. */
static void enter(struct gen *g, const struct callback *callback, LLVMTypeRef *params, unsigned n)
{
	uint32_t line = plan_line(g, callback->loop->span);
	LLVMTypeRef signature = LLVMFunctionType(g->i64, params, n, 0);
	char name[64];

	snprintf(name, sizeof(name), "loop_%u_%u", g->program_index, callback->function);
	g->function = gen_module_local(g, name, signature, line);
	g->entry = gen_block(g, "entry");
	g->leave = gen_block(g, "leave");
	gen_at(g, g->entry);
	LLVMSetCurrentDebugLocation2(
		g->b, LLVMDIBuilderCreateDebugLocation(g->context, line, 1,
						       LLVMGetSubprogram(g->function), NULL));
	g->frame_bytes = GEN_CALLBACK_FRAME_BYTES;
	g->frame = LLVMBuildArrayAlloca(g->b, g->i8, gen_const(g, g->frame_bytes), "frame");
	LLVMSetAlignment(g->frame, 8);
	g->loops->words = LLVMGetParam(g->function, n - 1);
	g->loops->function = callback->function;
	g->scratch = word(g, WORD_SCRATCH);
	g->ctx = LLVMBuildLoad2(g->b, g->ptr, word(g, WORD_CONTEXT), "ctx");
	g->pid_tgid = NULL;
	g->taken.frame = 0;
	g->loop = NULL;
}

/* From a callback's first block to its ends. `start` is where the body's code begins. */
static void finish(struct gen *g, struct callback *callback, const struct node *body,
		   LLVMBasicBlockRef start)
{
	LLVMBasicBlockRef stop = gen_block(g, "stop"), next = gen_block(g, "next"), inside;

	if (callback->loop->kind == NODE_WHILE) {
		inside = gen_block(g, "inside");
		gen_if(g, gen_condition(g, callback->loop->loop.condition), inside, stop);
		gen_at(g, inside);
		take_trip(g, callback->loop);
	}
	gen_loop_body(g, body, stop, next);
	callback->returns = LLVMGetFirstUse(LLVMBasicBlockAsValue(g->leave)) != NULL;
	gen_goto(g, next);
	gen_at(g, next);
	LLVMBuildRet(g->b, gen_const(g, 0));
	gen_at(g, stop);
	LLVMBuildRet(g->b, gen_const(g, 1));
	gen_at(g, g->leave);
	gen_write(g, word(g, WORD_RETURNED), gen_const(g, 1));
	LLVMBuildRet(g->b, gen_const(g, 1));
	gen_at(g, g->entry);
	gen_goto(g, start);
}

/* Back to the function around; what it had not to share, the callback has not touched. */
static void back(struct gen *g, const struct gen *outer, LLVMValueRef words, uint32_t function,
		 LLVMBasicBlockRef here, LLVMMetadataRef location)
{
	g->function = outer->function;
	g->ctx = outer->ctx;
	g->entry = outer->entry;
	g->leave = outer->leave;
	g->frame = outer->frame;
	g->frame_bytes = outer->frame_bytes;
	g->scratch = outer->scratch;
	g->pid_tgid = outer->pid_tgid;
	g->variables = outer->variables;
	g->taken = outer->taken;
	g->loop = outer->loop;
	g->loops->words = words;
	g->loops->function = function;
	gen_at(g, here);
	LLVMSetCurrentDebugLocation2(g->b, location);
}

/* $kv = (key, value), in memory of the callback's own. */
static void load_pair(struct gen *g, const struct node *loop)
{
	const struct map *map = loop->each.map->map.map;
	const struct variable *variable = loop->each.var->var.variable;
	const struct type_field *key = &variable->type->fields[0],
				*value = &variable->type->fields[1];
	LLVMValueRef pair = g->variables[variable->index];

	gen_zero(g, pair, variable->type->size);
	gen_convert(g, gen_offset(g, pair, key->offset), key->type, LLVMGetParam(g->function, 1),
		    map->key);
	if (gen_map_percpu(map))
		gen_store(g, gen_offset(g, pair, value->offset),
			  gen_aggregate_read(g, map, gen_offset(g, pair, key->offset)),
			  value->type);
	else
		gen_convert(g, gen_offset(g, pair, value->offset), value->type,
			    LLVMGetParam(g->function, 2), map->value);
}

static void load_index(struct gen *g, const struct node *loop, const struct callback *callback)
{
	LLVMValueRef start = gen_read(g, word(g, callback->start_word));
	LLVMValueRef index = LLVMBuildAdd(g->b, start, LLVMGetParam(g->function, 0), "");

	gen_write(g, g->variables[loop->range.var->var.variable->index], index);
}

static const struct node *body_of(const struct node *loop)
{
	if (loop->kind == NODE_WHILE)
		return loop->loop.body;
	return loop->kind == NODE_FOR_MAP ? loop->each.body : loop->range.body;
}

/* The function that is the loop's body. */
static LLVMValueRef body_function(struct gen *g, const struct node *loop, struct callback *callback)
{
	LLVMTypeRef each[] = {g->ptr, g->ptr, g->ptr, g->ptr}, range[] = {g->i64, g->ptr};
	LLVMBasicBlockRef here = LLVMGetInsertBlock(g->b), start;
	LLVMMetadataRef location = LLVMGetCurrentDebugLocation2(g->b);
	LLVMValueRef words = g->loops->words, function;
	uint32_t outer_function = g->loops->function;
	struct gen outer = *g;
	bool is_map = loop->kind == NODE_FOR_MAP;

	enter(g, callback, is_map ? each : range, is_map ? 4 : 2);
	start = gen_block(g, "start");
	gen_at(g, start);
	gen_loops_variables(g);
	if (is_map)
		load_pair(g, loop);
	else if (loop->kind == NODE_FOR_RANGE)
		load_index(g, loop, callback);
	finish(g, callback, body_of(loop), start);
	function = g->function;
	back(g, &outer, words, outer_function, here, location);
	return function;
}

/* In the program itself: was it left because a `while` had no trips any more? */
static void say_spent(struct gen *g)
{
	LLVMValueRef place = LLVMBuildLoad2(g->b, g->i64, g->loops->spent, "");
	LLVMBasicBlockRef spent = gen_block(g, "spent");

	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, place, gen_const(g, 0), ""), g->leave, spent);
	gen_at(g, spent);
	gen_warn_at(g, LLVMBuildSub(g->b, place, gen_const(g, 1), ""), IMAGE_ERROR_TRIPS, gen_const(g, 0));
	gen_goto(g, g->leave);
}

/* After the loop: did its body leave the probe? */
static void leave_if_returned(struct gen *g, const struct callback *callback)
{
	bool says = g->loops->whiles && !g->loops->function && gen_warns(g, IMAGE_ERROR_TRIPS);
	LLVMBasicBlockRef on, left;

	if (!callback->returns)
		return;
	on = gen_block(g, "on");
	left = says ? gen_block(g, "left") : g->leave;
	gen_if(g,
	       LLVMBuildICmp(g->b, LLVMIntEQ, gen_read(g, word(g, WORD_RETURNED)), gen_const(g, 0),
			     ""),
	       on, left);
	if (says) {
		gen_at(g, left);
		say_spent(g);
	}
	gen_at(g, on);
}

void gen_loop_map(struct gen *g, const struct node *loop)
{
	struct callback *callback = find_callback(g, loop);
	LLVMValueRef function = body_function(g, loop, callback);

	GEN_HELPER(g, for_each_map_elem, g->maps[loop->each.map->map.map->index], function,
		   g->loops->words, gen_const(g, 0));
	leave_if_returned(g, callback);
}

/*
 * Bounds are evaluated once. Without a trip there is no call: where the verifier knows that it would
 * have none, it drops the callback and not the instruction that names it, and then finds no such function.
 */
void gen_loop_range(struct gen *g, const struct node *loop)
{
	struct callback *callback = find_callback(g, loop);
	LLVMBasicBlockRef some = gen_block(g, "some"), done = gen_block(g, "done");
	LLVMValueRef from = gen_scalar(g, loop->range.from), to = gen_scalar(g, loop->range.to);
	LLVMValueRef n = LLVMBuildSub(g->b, to, from, ""), most = gen_const(g, MAX_TRIPS), function;

	n = LLVMBuildSelect(g->b, LLVMBuildICmp(g->b, LLVMIntULT, n, most, ""), n, most, "");
	n = LLVMBuildSelect(g->b, LLVMBuildICmp(g->b, LLVMIntSLT, from, to, ""), n, gen_const(g, 0),
			    "");
	gen_write(g, word(g, callback->start_word), from);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, n, gen_const(g, 0), ""), done, some);
	gen_at(g, some);
	function = body_function(g, loop, callback);
	GEN_HELPER(g, loop, n, function, g->loops->words, gen_const(g, 0));
	leave_if_returned(g, callback);
	gen_goto(g, done);
	gen_at(g, done);
}

/* Ends by its condition, or with its trips, which are fewer than the kernel runs. */
void gen_loop_while(struct gen *g, const struct node *loop)
{
	struct callback *callback = find_callback(g, loop);
	LLVMValueRef function = body_function(g, loop, callback);

	GEN_HELPER(g, loop, gen_const(g, MAX_TRIPS), function, g->loops->words, gen_const(g, 0));
	leave_if_returned(g, callback);
}
