// SPDX-License-Identifier: Apache-2.0
/*
 * What goes wrong while a program runs: a record for user space that says what and where. Code for
 * it is only there as far as the unit's option runtime_errors asks for it, so that a script that
 * does not want to know pays nothing. What can be reported is in image/errors.def.
 */
#include "compiler/gen.h"

#include <stddef.h>

/* Functions of bpf-helpers/ return what a helper said this far up; see helper.h. */
#define FAILED_SHIFT 40

static const uint32_t levels[IMAGE_ERRORS] = {
	[IMAGE_ERROR_LOOKUP] = RUNTIME_ERRORS_ALL,
	[IMAGE_ERROR_DELETE] = RUNTIME_ERRORS_FEW,
	[IMAGE_ERROR_MAP_FULL] = RUNTIME_ERRORS_FEW,
	[IMAGE_ERROR_READ_KERNEL] = RUNTIME_ERRORS_ALL,
	[IMAGE_ERROR_READ_USER] = RUNTIME_ERRORS_ALL,
	[IMAGE_ERROR_READ_KERNEL_STR] = RUNTIME_ERRORS_ALL,
	[IMAGE_ERROR_READ_USER_STR] = RUNTIME_ERRORS_ALL,
	[IMAGE_ERROR_DIVISION] = RUNTIME_ERRORS_FEW,
	[IMAGE_ERROR_INDEX] = RUNTIME_ERRORS_FEW,
	[IMAGE_ERROR_TRIPS] = RUNTIME_ERRORS_FEW,
};

bool gen_warns(const struct gen *g, enum image_error error)
{
	/* Nobody reads what the programs of a pin would say. */
	return !gen_seq_is(g) && unit_options(g->unit)->runtime_errors >= levels[error];
}

/* The plan's row for one place of the script; what and why are in the record. */
uint32_t gen_warn_place(struct gen *g, struct span span)
{
	const struct type *word = type_int(unit_types(g->unit), 8, true);
	uint32_t type = plan_type(g, word), size = sizeof(struct abi_event);
	struct image_event event = {
		.kind = IMAGE_EVENT_RUNTIME_ERROR,
		.first_arg = image_builder_count_args(g->plan),
		.n_args = 2,
		.map = IMAGE_NONE,
		.text = image_builder_string(g->plan, unit_place(g->unit, span)),
		.size = size + 16,
	};

	image_builder_add_args(g->plan, &(struct image_arg){.type = type, .offset = size});
	image_builder_add_args(g->plan, &(struct image_arg){.type = type, .offset = size + 8});
	unit_locate(g->unit, span.begin, &event.line, &event.column);
	return image_builder_add_events(g->plan, &event);
}

void gen_warn_at(struct gen *g, LLVMValueRef place, enum image_error error, LLVMValueRef code)
{
	GEN_BPFFN(g, "warn", place, gen_probe_index(g), gen_const(g, error), code);
}

void gen_warn(struct gen *g, struct span span, enum image_error error, LLVMValueRef code)
{
	if (gen_warns(g, error))
		gen_warn_at(g, gen_const(g, gen_warn_place(g, span)), error, code);
}

void gen_warn_if(struct gen *g, LLVMValueRef condition, struct span span, enum image_error error,
		 LLVMValueRef code)
{
	LLVMBasicBlockRef wrong, done;

	if (!gen_warns(g, error))
		return;
	wrong = gen_block(g, "wrong");
	done = gen_block(g, "done");
	gen_if(g, condition, wrong, done);
	gen_at(g, wrong);
	gen_warn(g, span, error, code);
	gen_goto(g, done);
	gen_at(g, done);
}

void gen_warn_negative(struct gen *g, LLVMValueRef result, struct span span, enum image_error error)
{
	gen_warn_if(g, LLVMBuildICmp(g->b, LLVMIntSLT, result, gen_const(g, 0), ""), span, error,
		    result);
}

void gen_warn_failed(struct gen *g, LLVMValueRef packed, struct span span, enum image_error error)
{
	LLVMValueRef code = LLVMBuildLShr(g->b, packed, gen_const(g, FAILED_SHIFT), "");

	gen_warn_if(g, LLVMBuildICmp(g->b, LLVMIntNE, code, gen_const(g, 0), ""), span, error,
		    LLVMBuildNeg(g->b, code, ""));
}

void gen_warn_division(struct gen *g, enum binary_op op, const struct node *node,
		       LLVMValueRef divisor)
{
	if (op != BINARY_DIV && op != BINARY_MOD)
		return;
	if (node->kind != NODE_INT || !node->integer.value)
		gen_warn_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, divisor, gen_const(g, 0), ""),
			    node->span, IMAGE_ERROR_DIVISION, gen_const(g, 0));
}
