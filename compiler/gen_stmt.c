// SPDX-License-Identifier: Apache-2.0
/*
 * Statements. What a statement takes of the frame and the scratch is free again after it.
 */
#include "compiler/gen.h"

#include "lang/attach_point.h"

static void statement(struct gen *g, const struct node *node);

/* Who runs a test probe reads what it returns; all others return to the kernel, which wants 0. */
static void give_result(struct gen *g, const struct node *value)
{
	enum probe_type_id id = g->probe->targets[0].type->id;

	if (id != PROBE_test && id != PROBE_bench)
		gen_discard(g, value);
	else
		LLVMBuildStore(g->b, gen_scalar(g, value),
			       gen_offset(g, g->shared, offsetof(struct abi_shared, result)));
}

/* Code after a jump has no way in: give it a block of its own, which LLVM drops. */
static void jump(struct gen *g, LLVMBasicBlockRef where)
{
	gen_goto(g, where);
	gen_at(g, gen_block(g, "unreachable"));
}

static void assign_variable(struct gen *g, const struct variable *variable, enum binary_op op,
			    const struct node *value)
{
	LLVMValueRef slot = g->variables[variable->index], result;

	if (!type_is_scalar(variable->type)) {
		/* By way of a copy, as the value may read the variable: $s = ("x", $s.0) */
		struct gen_mark mark = gen_mark(g);
		LLVMValueRef copy = gen_take(g, variable->type->size);

		gen_into(g, value, copy, variable->type);
		gen_copy(g, slot, copy, variable->type->size);
		gen_release(g, mark);
		return;
	}
	result = gen_scalar(g, value);
	gen_warn_division(g, op, value, result);
	if (op != BINARY_OPS)
		result = gen_binary_op(g, op, gen_read(g, slot),
				       gen_scaled(g, variable->type, result, value->span),
				       variable->type->is_signed);
	if (variable->type->kind != TYPE_POINTER)
		result = gen_narrow(g, result, variable->type->size, variable->type->is_signed);
	gen_write(g, slot, result);
}

static void assign(struct gen *g, const struct node *node)
{
	const struct node *target = node->assign.target, *value = node->assign.value;

	if (target->kind == NODE_VAR)
		assign_variable(g, target->var.variable, node->assign.op, value);
	else if (node->assign.op != BINARY_OPS)
		gen_map_update(g, target, node->assign.op, value);
	else if (type_is_aggregation(target->map.map->value))
		gen_aggregate(g, target, value);
	else
		gen_map_assign(g, target, value);
}

static void let(struct gen *g, const struct node *node)
{
	const struct variable *variable = node->let.target->var.variable;
	LLVMValueRef slot = g->variables[variable->index];

	if (node->let.value)
		assign_variable(g, variable, BINARY_OPS, node->let.value);
	else if (type_is_scalar(variable->type))
		gen_write(g, slot, gen_const(g, 0));
	else
		gen_zero(g, slot, variable->type->size);
}

static void branch(struct gen *g, const struct node *node)
{
	LLVMBasicBlockRef yes = gen_block(g, "then"), done = gen_block(g, "done");
	LLVMBasicBlockRef no = node->branch.no ? gen_block(g, "else") : done;

	gen_if(g, gen_condition(g, node->branch.condition), yes, no);
	gen_at(g, yes);
	statement(g, node->branch.yes);
	gen_goto(g, done);
	if (node->branch.no) {
		gen_at(g, no);
		statement(g, node->branch.no);
		gen_goto(g, done);
	}
	gen_at(g, done);
}

void gen_loop_body(struct gen *g, const struct node *node, LLVMBasicBlockRef on_break,
		   LLVMBasicBlockRef on_continue)
{
	struct gen_loop loop = {on_break, on_continue, g->loop};

	g->loop = &loop;
	statement(g, node);
	g->loop = loop.outer;
}

static void unroll(struct gen *g, const struct node *node)
{
	uint64_t n = node->loop.condition->integer.value; /* 1 to 100: the checker */
	LLVMBasicBlockRef done = gen_block(g, "done");

	for (uint64_t i = 0; i < n; i++) {
		LLVMBasicBlockRef next = gen_block(g, "next");

		gen_loop_body(g, node->loop.body, done, next);
		gen_goto(g, next);
		gen_at(g, next);
	}
	gen_goto(g, done);
	gen_at(g, done);
}

/* A few iterations; see gen_loop.c for others. Bounds are evaluated once. */
static void for_range(struct gen *g, const struct node *node)
{
	const struct variable *variable = node->range.var->var.variable;
	LLVMValueRef slot = g->variables[variable->index];
	/* Of its own: what the body does to its variable does not change how often it runs. */
	LLVMValueRef index = gen_register(g, "index"), end = gen_register(g, "end");
	LLVMBasicBlockRef head = gen_block(g, "for"), inside = gen_block(g, "do"),
			  next = gen_block(g, "next"), done = gen_block(g, "done");

	g->loops_itself = true;
	gen_write(g, index, gen_scalar(g, node->range.from));
	gen_write(g, end, gen_scalar(g, node->range.to));
	gen_goto(g, head);
	gen_at(g, head);
	gen_if(g, LLVMBuildICmp(g->b, LLVMIntSLT, gen_read(g, index), gen_read(g, end), ""), inside,
	       done);
	gen_at(g, inside);
	gen_write(g, slot, gen_read(g, index));
	gen_loop_body(g, node->range.body, done, next);
	gen_goto(g, next);
	gen_at(g, next);
	gen_write(g, index, LLVMBuildAdd(g->b, gen_read(g, index), gen_const(g, 1), ""));
	gen_goto(g, head);
	gen_at(g, done);
}

static void statement(struct gen *g, const struct node *node)
{
	struct gen_mark mark = gen_mark(g);

	switch (node->kind) {
	case NODE_EXPR:
	case NODE_DISCARD:
		gen_discard(g, node->one.value);
		break;
	case NODE_ASSIGN:
		assign(g, node);
		break;
	case NODE_LET:
		let(g, node);
		break;
	case NODE_IF:
		branch(g, node);
		break;
	case NODE_WHILE:
		gen_loop_while(g, node);
		break;
	case NODE_UNROLL:
		unroll(g, node);
		break;
	case NODE_FOR_RANGE:
		if (gen_loop_is_callback(g, node))
			gen_loop_range(g, node);
		else
			for_range(g, node);
		break;
	case NODE_FOR_MAP:
		gen_loop_map(g, node);
		break;
	case NODE_BREAK:
		jump(g, g->loop->on_break);
		break;
	case NODE_CONTINUE:
		jump(g, g->loop->on_continue);
		break;
	case NODE_RETURN:
		if (node->one.value)
			give_result(g, node->one.value);
		jump(g, g->leave);
		break;
	case NODE_EMIT:
		gen_emit(g, node);
		break;
	case NODE_BLOCK:
		gen_block_statements(g, node);
		break;
	case NODE_INT: case NODE_STRING: case NODE_BOOL: case NODE_NAME: case NODE_PARAM:
	case NODE_PARAM_COUNT: case NODE_VAR: case NODE_MAP: case NODE_CALL: case NODE_UNARY:
	case NODE_BINARY: case NODE_TERNARY: case NODE_STEP: case NODE_FIELD: case NODE_INDEX:
	case NODE_CAST: case NODE_TUPLE: case NODE_RECORD: case NODE_TYPE: case NODE_SIZEOF:
	case NODE_OFFSETOF: case NODE_BLOCK_EXPR: case NODE_COMPTIME: case NODE_KINDS:
		break;
	}
	gen_release(g, mark);
}

void gen_block_statements(struct gen *g, const struct node *block)
{
	for (uint32_t i = 0; i < block->list.count; i++)
		statement(g, block->list.items[i]);
}

void gen_statement(struct gen *g, const struct node *node)
{
	statement(g, node);
}
