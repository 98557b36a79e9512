// SPDX-License-Identifier: Apache-2.0
/*
 * Expressions. gen_scalar() for what fits a register, gen_memory() for what does not, gen_into() to
 * write either where it is wanted, converted. The checker has made sure that the types fit.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>
#include <string.h>

#include "lang/registers.h"

static LLVMValueRef from_i1(struct gen *g, LLVMValueRef bit)
{
	return LLVMBuildZExt(g->b, bit, g->i64, "");
}

static LLVMIntPredicate predicate(enum binary_op op, bool is_signed)
{
	switch (op) {
	case BINARY_NE:
		return LLVMIntNE;
	case BINARY_LT:
		return is_signed ? LLVMIntSLT : LLVMIntULT;
	case BINARY_LE:
		return is_signed ? LLVMIntSLE : LLVMIntULE;
	case BINARY_GT:
		return is_signed ? LLVMIntSGT : LLVMIntUGT;
	case BINARY_GE:
		return is_signed ? LLVMIntSGE : LLVMIntUGE;
	case BINARY_EQ: case BINARY_ADD: case BINARY_SUB: case BINARY_MUL: case BINARY_DIV:
	case BINARY_MOD: case BINARY_AND: case BINARY_OR: case BINARY_XOR: case BINARY_SHL:
	case BINARY_SHR: case BINARY_LAND: case BINARY_LOR: case BINARY_OPS:
		break;
	}
	return LLVMIntEQ;
}

static LLVMValueRef is_negative(struct gen *g, LLVMValueRef value)
{
	return LLVMBuildICmp(g->b, LLVMIntSLT, value, gen_const(g, 0), "");
}

static LLVMValueRef negate_if(struct gen *g, LLVMValueRef condition, LLVMValueRef value)
{
	return LLVMBuildSelect(g->b, condition, LLVMBuildNeg(g->b, value, ""), value, "");
}

/* x/0 is 0 and x%0 is x, as the BPF machine has it, where LLVM would take either for undefined. */
static LLVMValueRef divide_unsigned(struct gen *g, bool modulo, LLVMValueRef left, LLVMValueRef right)
{
	LLVMValueRef zero = LLVMBuildICmp(g->b, LLVMIntEQ, right, gen_const(g, 0), "");
	LLVMValueRef safe = LLVMBuildSelect(g->b, zero, gen_const(g, 1), right, "");
	LLVMValueRef result = modulo ? LLVMBuildURem(g->b, left, safe, "")
				     : LLVMBuildUDiv(g->b, left, safe, "");

	return LLVMBuildSelect(g->b, zero, modulo ? left : gen_const(g, 0), result, "");
}

/* BPF before cpu v4 only divides unsigned: divide the magnitudes, then set the sign as C does. */
static LLVMValueRef divide(struct gen *g, bool modulo, LLVMValueRef left, LLVMValueRef right,
			   bool is_signed)
{
	LLVMValueRef left_minus, right_minus, result;

	if (!is_signed)
		return divide_unsigned(g, modulo, left, right);
	left_minus = is_negative(g, left);
	right_minus = is_negative(g, right);
	result = divide_unsigned(g, modulo, negate_if(g, left_minus, left),
				 negate_if(g, right_minus, right));
	if (!modulo)
		left_minus = LLVMBuildXor(g->b, left_minus, right_minus, "");
	return negate_if(g, left_minus, result);
}

/* Shifts take the low six bits of the count, as the BPF machine does; LLVM leaves more undefined. */
static LLVMValueRef shift(struct gen *g, enum binary_op op, LLVMValueRef left, LLVMValueRef right,
			  bool is_signed)
{
	right = LLVMBuildAnd(g->b, right, gen_const(g, 63), "");
	if (op == BINARY_SHL)
		return LLVMBuildShl(g->b, left, right, "");
	return is_signed ? LLVMBuildAShr(g->b, left, right, "")
			 : LLVMBuildLShr(g->b, left, right, "");
}

LLVMValueRef gen_binary_op(struct gen *g, enum binary_op op, LLVMValueRef left, LLVMValueRef right,
			   bool is_signed)
{
	switch (op) {
	case BINARY_ADD:
		return LLVMBuildAdd(g->b, left, right, "");
	case BINARY_SUB:
		return LLVMBuildSub(g->b, left, right, "");
	case BINARY_MUL:
		return LLVMBuildMul(g->b, left, right, "");
	case BINARY_DIV:
	case BINARY_MOD:
		return divide(g, op == BINARY_MOD, left, right, is_signed);
	case BINARY_AND:
		return LLVMBuildAnd(g->b, left, right, "");
	case BINARY_OR:
		return LLVMBuildOr(g->b, left, right, "");
	case BINARY_XOR:
		return LLVMBuildXor(g->b, left, right, "");
	case BINARY_SHL:
	case BINARY_SHR:
		return shift(g, op, left, right, is_signed);
	case BINARY_EQ: case BINARY_NE: case BINARY_LT: case BINARY_LE: case BINARY_GT: case BINARY_GE:
	case BINARY_LAND: case BINARY_LOR: case BINARY_OPS:
		break;
	}
	return from_i1(g, LLVMBuildICmp(g->b, predicate(op, is_signed), left, right, ""));
}

/* Any 64-bit unsigned operand makes the comparison, division or shift unsigned; the rest fits i64. */
static bool operands_signed(const struct node *node)
{
	const struct type *left = node->binary.left->type, *right = node->binary.right->type;
	bool left_wide = left->size == 8 && !left->is_signed;
	bool right_wide = right->size == 8 && !right->is_signed;

	if (node->binary.op == BINARY_SHR)
		return !left_wide;
	return !left_wide && !right_wide;
}

/* && and ||: the right side only runs when the left did not decide. */
static LLVMValueRef logic(struct gen *g, const struct node *node)
{
	bool is_and = node->binary.op == BINARY_LAND;
	LLVMValueRef result = gen_register(g, is_and ? "and" : "or");
	LLVMBasicBlockRef right = gen_block(g, "right"), done = gen_block(g, "done");
	LLVMValueRef left = gen_condition(g, node->binary.left);

	gen_write(g, result, gen_const(g, !is_and));
	gen_if(g, left, is_and ? right : done, is_and ? done : right);
	gen_at(g, right);
	gen_write(g, result, from_i1(g, gen_condition(g, node->binary.right)));
	gen_goto(g, done);
	gen_at(g, done);
	return gen_read(g, result);
}

/* A probe is a number: it is compared with those of the attach points of the name. */
static LLVMValueRef probe_equal(struct gen *g, const struct node *left, const struct node *right)
{
	const struct node *name = left->kind == NODE_STRING ? left : right;
	const struct node *probe = name == left ? right : left;
	LLVMValueRef value = gen_scalar(g, probe), equal = LLVMConstInt(g->i1, 0, 0);

	if (name->type->kind == TYPE_PROBE)
		return from_i1(g, LLVMBuildICmp(g->b, LLVMIntEQ, value, gen_scalar(g, name), ""));
	for (const struct probe *p = g->program->probes; p; p = p->next) {
		for (uint32_t i = 0; i < p->n_targets; i++) {
			const struct target *target = &p->targets[i];

			if (!strcmp(target->name, name->string.bytes))
				equal = LLVMBuildOr(g->b, equal,
						    LLVMBuildICmp(g->b, LLVMIntEQ, value,
								  gen_const(g, target->order), ""),
						    "");
		}
	}
	return from_i1(g, equal);
}

static LLVMValueRef binary(struct gen *g, const struct node *node)
{
	const struct node *left = node->binary.left, *right = node->binary.right;
	enum binary_op op = node->binary.op;
	LLVMValueRef a, b;

	if (op == BINARY_LAND || op == BINARY_LOR)
		return logic(g, node);
	if (left->type->kind == TYPE_PROBE || right->type->kind == TYPE_PROBE) {
		a = probe_equal(g, left, right);
		return op == BINARY_EQ ? a : LLVMBuildXor(g->b, a, gen_const(g, 1), "");
	}
	if (left->type->kind == TYPE_STRING) {
		a = gen_string_equal(g, left, right);
		return op == BINARY_EQ ? a : LLVMBuildXor(g->b, a, gen_const(g, 1), "");
	}
	if (!type_is_scalar(left->type)) {
		a = gen_equal(g, left, right);
		return op == BINARY_EQ ? a : LLVMBuildXor(g->b, a, gen_const(g, 1), "");
	}
	a = gen_scalar(g, left);
	b = gen_scalar(g, right);
	if (op == BINARY_ADD || op == BINARY_SUB) {
		a = gen_scaled(g, right->type, a, node->span);
		b = gen_scaled(g, left->type, b, node->span);
	}
	gen_warn_division(g, op, right, b);
	return gen_binary_op(g, op, a, b, operands_signed(node));
}

static LLVMValueRef unary(struct gen *g, const struct node *node)
{
	switch (node->unary.op) {
	case UNARY_NEGATE:
		return LLVMBuildNeg(g->b, gen_scalar(g, node->unary.operand), "");
	case UNARY_NOT:
		return from_i1(g, LLVMBuildNot(g->b, gen_condition(g, node->unary.operand), ""));
	case UNARY_COMPLEMENT:
		return LLVMBuildNot(g->b, gen_scalar(g, node->unary.operand), "");
	case UNARY_DEREF:
		return gen_place_scalar(g, node);
	case UNARY_ADDRESS:
		if (node->unary.operand->kind == NODE_MAP)
			return gen_map_address(g, node->unary.operand->map.map);
		/* of a variable; in memory as in a register, the low bytes come first */
		return LLVMBuildPtrToInt(
			g->b, g->variables[node->unary.operand->var.variable->index], g->i64, "");
	case UNARY_OPS:
		break;
	}
	return gen_const(g, 0);
}

/* c ? a : b; in a ?: b the condition's own value is the first arm. */
static LLVMValueRef ternary(struct gen *g, const struct node *node)
{
	LLVMValueRef result = gen_register(g, "ternary");
	LLVMBasicBlockRef yes = gen_block(g, "yes"), no = gen_block(g, "no"), done = gen_block(g, "done");
	const struct node *then = node->ternary.yes;

	if (then) {
		gen_if(g, gen_condition(g, node->ternary.condition), yes, no);
		gen_at(g, yes);
		if (type_is_scalar(then->type))
			gen_write(g, result, gen_scalar(g, then));
		else
			gen_discard(g, then);
	} else {
		LLVMValueRef value = gen_scalar(g, node->ternary.condition);

		gen_if(g, LLVMBuildICmp(g->b, LLVMIntNE, value, gen_const(g, 0), ""), yes, no);
		gen_at(g, yes);
		gen_write(g, result, value);
	}
	gen_goto(g, done);
	gen_at(g, no);
	if (type_is_scalar(node->ternary.no->type))
		gen_write(g, result, gen_scalar(g, node->ternary.no));
	else
		gen_discard(g, node->ternary.no);
	gen_goto(g, done);
	gen_at(g, done);
	return gen_read(g, result);
}

static LLVMValueRef step(struct gen *g, const struct node *node)
{
	const struct node *target = node->step.target;
	LLVMValueRef reg, old, new;

	if (target->kind == NODE_MAP)
		return gen_map_step(g, node);
	reg = g->variables[target->var.variable->index];
	old = gen_read(g, reg);
	new = gen_binary_op(g, node->step.decrement ? BINARY_SUB : BINARY_ADD, old,
			    gen_scaled(g, target->type, gen_const(g, 1), node->span), true);
	new = gen_narrow(g, new, target->type->size, target->type->is_signed);
	gen_write(g, reg, new);
	return node->step.prefix ? new : old;
}

/* Direct loads of fixed size and offset are all that the verifier allows on a context. */
/* A slot holds a value of any width; only numbers may be loaded. */
static LLVMValueRef slot_scalar(struct gen *g, const struct type_field *field)
{
	if (field->type->kind == TYPE_POINTER)
		return gen_context_slot(g, field->offset);
	return gen_narrow(g, gen_context_word(g, field->offset), field->type->size,
			  field->type->is_signed);
}

LLVMValueRef gen_context_scalar(struct gen *g, const struct type_field *field)
{
	LLVMValueRef value;

	if (gen_data_is(g->probe))
		return gen_data_scalar(g, field);
	if (field->on_stack) {
		struct gen_mark mark = gen_mark(g);
		LLVMValueRef copy = gen_context_memory(g, field);
		LLVMValueRef found = gen_load(g, copy, field->type, false);

		gen_release(g, mark);
		return found;
	}
	if (field->slot)
		return slot_scalar(g, field);
	/* Volatile: LLVM must not merge two loads into one at a computed address. */
	value = gen_load(g, gen_offset(g, g->ctx, field->offset), field->type, true);

	return field->bits ? gen_bits(g, value, field) : value;
}

/* What a function gets in one register or two. */
static LLVMValueRef copy_halves(struct gen *g, const struct type_field *field)
{
	bool two = field->type->size > sizeof(uint64_t);
	LLVMValueRef copy = gen_take(g, two ? 2 * sizeof(uint64_t) : sizeof(uint64_t));

	LLVMBuildStore(g->b, gen_context_word(g, field->offset), copy);
	if (two)
		LLVMBuildStore(g->b, gen_context_word(g, field->second),
			       gen_offset(g, copy, sizeof(uint64_t)));
	return copy;
}

LLVMValueRef gen_context_memory(struct gen *g, const struct type_field *field)
{
	LLVMValueRef copy, from;

	if (gen_data_is(g->probe))
		return gen_data_memory(g, field);
	if (field->halves)
		return copy_halves(g, field);
	copy = gen_take(g, field->type->size);
	from = gen_offset(g, g->ctx, field->offset);

	if (field->on_stack) {
		from = LLVMBuildAdd(g->b, gen_context_word(g, REGISTER_SP),
				    gen_const(g, field->offset), "");
		gen_read_place(g, (struct gen_place){from, SPACE_USER}, copy, field->type->size,
			       g->probe->span);
		return copy;
	}
	if (field->type->kind != TYPE_STRING) {
		GEN_HELPER(g, probe_read_kernel, copy, gen_const(g, field->type->size), from);
		return copy;
	}
	gen_zero(g, copy, field->type->size);
	GEN_HELPER(g, probe_read_kernel_str, copy, gen_const(g, field->type->size),
		   gen_context_string(g, field));
	return copy;
}

LLVMValueRef gen_context_string(struct gen *g, const struct type_field *field)
{
	LLVMValueRef base = LLVMBuildPtrToInt(g->b, g->ctx, g->i64, ""), where;

	if (!field->data_loc)
		return LLVMBuildAdd(g->b, base, gen_const(g, field->offset), "");
	where = LLVMBuildLoad2(g->b, g->i32, gen_offset(g, g->ctx, field->offset), "");
	LLVMSetVolatile(where, true);
	where = LLVMBuildAnd(g->b, LLVMBuildZExt(g->b, where, g->i64, ""), gen_const(g, 0xffff), "");
	return LLVMBuildAdd(g->b, base, where, "");
}

static LLVMValueRef field_scalar(struct gen *g, const struct node *node)
{
	const struct type_field *field = node->field.field;

	if (node->field.object->type->kind == TYPE_CONTEXT)
		return gen_context_scalar(g, field);

	if (gen_is_place(node))
		return gen_place_scalar(g, node);

	struct gen_mark mark = gen_mark(g);
	LLVMValueRef object = gen_memory(g, node->field.object);
	LLVMValueRef value = gen_own_field(g, object, node->field.object->type, field);

	gen_release(g, mark);
	return value;
}

static LLVMValueRef index_scalar(struct gen *g, const struct node *node)
{
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef inside, from, value;

	if (gen_is_place(node))
		return gen_place_scalar(g, node);
	from = gen_own_element(g, node, &inside);
	value = gen_load(g, from, node->type, false);
	if (inside)
		value = LLVMBuildSelect(g->b, inside, value, gen_const(g, 0), "");
	gen_release(g, mark);
	return value;
}

/* An element that is no scalar; zeros if there is none. */
static LLVMValueRef index_memory(struct gen *g, const struct node *node)
{
	LLVMValueRef inside, from = gen_own_element(g, node, &inside), copy;
	LLVMBasicBlockRef yes, done;

	if (!inside)
		return from;
	copy = gen_take(g, node->type->size);
	yes = gen_block(g, "inside");
	done = gen_block(g, "done");
	gen_zero(g, copy, node->type->size);
	gen_if(g, inside, yes, done);
	gen_at(g, yes);
	gen_copy(g, copy, from, node->type->size);
	gen_goto(g, done);
	gen_at(g, done);
	return copy;
}

static uint32_t parameter_index(struct gen *g, uint32_t number)
{
	uint32_t i = 0;

	while (g->program->parameters[i].number != number)
		i++;
	return i;
}

/* Behind an offset the bytes begin anywhere. */
static LLVMValueRef parameter_text(struct gen *g, const struct node *node)
{
	uint32_t at = g->parameter_string[parameter_index(g, node->param.number)];
	LLVMValueRef from = gen_offset(g, g->config, at + node->param.offset), copy;

	if (!node->param.offset)
		return from;
	copy = gen_take(g, node->type->size);
	gen_copy(g, copy, from, node->type->size);
	return copy;
}

LLVMValueRef gen_config(struct gen *g, size_t offset)
{
	LLVMValueRef value = LLVMBuildLoad2(g->b, g->i32, gen_offset(g, g->config, (uint32_t)offset), "");

	return LLVMBuildZExt(g->b, value, g->i64, "");
}

/* What a block does before it gives its value. */
static void braced_statements(struct gen *g, const struct node *node)
{
	for (uint32_t i = 0; i < node->braced.list.count; i++)
		gen_statement(g, node->braced.list.items[i]);
}

LLVMValueRef gen_scalar(struct gen *g, const struct node *node)
{
	LLVMValueRef value;

	switch (node->kind) {
	case NODE_INT:
	case NODE_BOOL:
		return gen_const(g, node->integer.value);
	case NODE_NAME:
		if (node->name.enumeration)
			return gen_kernel_enumerator(g, node);
		return gen_call(g, node, node->name.builtin);
	case NODE_PARAM: {
		uint32_t offset = g->parameter_number[parameter_index(g, node->param.number)];

		return LLVMBuildLoad2(g->b, g->i64, gen_offset(g, g->config, offset), "");
	}
	case NODE_PARAM_COUNT:
		return gen_config(g, offsetof(struct abi_config, parameters));
	case NODE_VAR:
		return gen_read(g, g->variables[node->var.variable->index]);
	case NODE_MAP:
		return gen_map_scalar(g, node);
	case NODE_CALL:
		return node->call.function ? gen_imported_call(g, node)
					   : gen_call(g, node, node->call.builtin);
	case NODE_UNARY:
		return unary(g, node);
	case NODE_BINARY:
		return binary(g, node);
	case NODE_TERNARY:
		return ternary(g, node);
	case NODE_STEP:
		return step(g, node);
	case NODE_FIELD:
		return field_scalar(g, node);
	case NODE_INDEX:
		return index_scalar(g, node);
	case NODE_SIZEOF:
		return gen_kernel_sizeof(g, node->one.value);
	case NODE_OFFSETOF:
		return gen_kernel_offset(g, node);
	case NODE_CAST:
		value = type_is_scalar(node->cast.operand->type) ? gen_scalar(g, node->cast.operand)
								 : gen_cast_bytes(g, node);
		if (node->type->kind == TYPE_BOOL)
			return from_i1(g, LLVMBuildICmp(g->b, LLVMIntNE, value, gen_const(g, 0), ""));
		return gen_narrow(g, value, node->type->size, node->type->is_signed);
	case NODE_BLOCK_EXPR:
		braced_statements(g, node);
		return gen_scalar(g, node->braced.value);
	case NODE_COMPTIME:
		return gen_scalar(g, node->one.value);
	case NODE_RECORD: case NODE_TYPE: case NODE_DISCARD: case NODE_EMIT: case NODE_STRING: case NODE_TUPLE: case NODE_EXPR: case NODE_ASSIGN:
	case NODE_LET: case NODE_IF: case NODE_WHILE: case NODE_UNROLL: case NODE_FOR_MAP:
	case NODE_FOR_RANGE: case NODE_BREAK: case NODE_CONTINUE: case NODE_RETURN: case NODE_BLOCK:
	case NODE_KINDS:
		break;
	}
	return gen_const(g, 0);
}

LLVMValueRef gen_condition(struct gen *g, const struct node *node)
{
	LLVMValueRef value = gen_scalar(g, node);

	return LLVMBuildICmp(g->b, LLVMIntNE, value, gen_const(g, 0), "");
}

static LLVMValueRef ternary_memory(struct gen *g, const struct node *node)
{
	LLVMValueRef result = gen_take(g, node->type->size);
	LLVMBasicBlockRef yes = gen_block(g, "yes"), no = gen_block(g, "no"), done = gen_block(g, "done");
	struct gen_mark mark = gen_mark(g);

	gen_if(g, gen_condition(g, node->ternary.condition), yes, no);
	gen_at(g, yes);
	gen_into(g, node->ternary.yes, result, node->type);
	gen_goto(g, done);
	gen_release(g, mark);
	gen_at(g, no);
	gen_into(g, node->ternary.no, result, node->type);
	gen_goto(g, done);
	gen_release(g, mark);
	gen_at(g, done);
	return result;
}

/* Its bytes are C's: what stands behind a string's NUL may be anything. */
static bool from_c(const struct type *object)
{
	return object->kind == TYPE_ARRAY || (object->kind == TYPE_STRUCT && !object->is_record);
}

LLVMValueRef gen_memory(struct gen *g, const struct node *node)
{
	LLVMValueRef memory;

	if (gen_is_place(node)) {
		memory = gen_take(g, node->type->size);
		gen_place_into(g, node, memory);
		return memory;
	}
	switch (node->kind) {
	case NODE_STRING:
		return gen_module_constant(g, node->string.bytes, node->type->size);
	case NODE_PARAM:
		return parameter_text(g, node);
	case NODE_VAR:
		return g->variables[node->var.variable->index];
	case NODE_MAP:
		return gen_map_memory(g, node);
	case NODE_NAME:
		return gen_call(g, node, node->name.builtin);
	case NODE_CALL:
		return gen_call(g, node, node->call.builtin);
	case NODE_TERNARY:
		return ternary_memory(g, node);
	case NODE_FIELD:
		if (node->field.object->type->kind == TYPE_CONTEXT)
			return gen_context_memory(g, node->field.field);
		memory = gen_offset(g, gen_memory(g, node->field.object), node->field.field->offset);
		return from_c(node->field.object->type) ? gen_own_text(g, memory, node->type) : memory;
	case NODE_INDEX:
		memory = index_memory(g, node);
		return from_c(node->index.object->type) ? gen_own_text(g, memory, node->type) : memory;
	case NODE_CAST:
		memory = gen_take(g, node->type->size);
		gen_cast_into(g, node, memory);
		return memory;
	case NODE_BLOCK_EXPR:
		braced_statements(g, node);
		return gen_memory(g, node->braced.value);
	case NODE_COMPTIME:
		return gen_memory(g, node->one.value);
	case NODE_SIZEOF: case NODE_OFFSETOF: case NODE_RECORD: case NODE_TYPE: case NODE_DISCARD: case NODE_EMIT:
	case NODE_TUPLE: case NODE_INT: case NODE_BOOL: case NODE_PARAM_COUNT: case NODE_UNARY:
	case NODE_BINARY: case NODE_STEP: case NODE_EXPR: case NODE_ASSIGN: case NODE_LET: case NODE_IF:
	case NODE_WHILE: case NODE_UNROLL: case NODE_FOR_MAP: case NODE_FOR_RANGE: case NODE_BREAK:
	case NODE_CONTINUE: case NODE_RETURN: case NODE_BLOCK: case NODE_KINDS:
		break;
	}
	memory = gen_take(g, node->type->size);
	gen_into(g, node, memory, node->type);
	return memory;
}

/* Elementwise, for tuples whose members differ in width. */
static void convert_fields(struct gen *g, LLVMValueRef to, const struct type *to_type,
			   LLVMValueRef from, const struct type *from_type)
{
	gen_zero(g, to, to_type->size);
	for (uint32_t i = 0; i < to_type->count; i++) {
		const struct type_field *t = &to_type->fields[i];
		const struct type_field *f = to_type->is_record ? type_field(from_type, t->name)
								: &from_type->fields[i];

		gen_convert(g, gen_offset(g, to, t->offset), t->type, gen_offset(g, from, f->offset),
			    f->type);
	}
}

void gen_convert(struct gen *g, LLVMValueRef to, const struct type *to_type, LLVMValueRef from,
		 const struct type *from_type)
{
	if (type_is_scalar(to_type)) {
		gen_store(g, to, gen_load(g, from, from_type, false), to_type);
	} else if (to_type == from_type) {
		gen_copy(g, to, from, to_type->size);
	} else if (to_type->kind == TYPE_TUPLE || to_type->is_record) {
		convert_fields(g, to, to_type, from, from_type);
	} else {
		uint32_t size = from_type->size < to_type->size ? from_type->size : to_type->size;

		/* Strings: each is padded with zeros to its capacity. */
		if (size < to_type->size)
			gen_zero(g, to, to_type->size);
		gen_copy(g, to, from, size);
	}
}

void gen_into(struct gen *g, const struct node *node, LLVMValueRef memory, const struct type *type)
{
	struct gen_mark mark = gen_mark(g);

	if (type_is_scalar(type)) {
		gen_store(g, memory, gen_scalar(g, node), type);
	} else if (type->kind == TYPE_STRING) {
		gen_string_into(g, node, memory, type->size);
	} else if (gen_is_place(node) && node->type == type) {
		gen_place_into(g, node, memory);
	} else if (node->kind == NODE_RECORD) {
		gen_record_into(g, node, memory, type);
	} else if (node->kind == NODE_TUPLE) {
		/* Padding too: a key is compared whole. */
		gen_zero(g, memory, type->size);
		/* What is refused for its size at the end of the program is not made. */
		for (uint32_t i = 0; i < type->count && g->scratch_max <= GEN_SCRATCH_LIMIT; i++)
			gen_into(g, node->list.items[i], gen_offset(g, memory, type->fields[i].offset),
				 type->fields[i].type);
	} else {
		gen_convert(g, memory, type, gen_memory(g, node), node->type);
	}
	gen_release(g, mark);
}

void gen_discard(struct gen *g, const struct node *node)
{
	struct gen_mark mark = gen_mark(g);

	g->discarded = node;
	if (node->kind == NODE_BLOCK_EXPR) {
		braced_statements(g, node);
		if (node->braced.value)
			gen_discard(g, node->braced.value);
	} else if (node->kind == NODE_CALL || node->kind == NODE_NAME || type_is_scalar(node->type) ||
	    type_is_aggregation(node->type))
		gen_scalar(g, node);
	else if (node->type->kind == TYPE_VOID)
		ternary(g, node);
	else
		gen_memory(g, node);
	gen_release(g, mark);
}
