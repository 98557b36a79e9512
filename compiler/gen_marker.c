// SPDX-License-Identifier: Apache-2.0
/*
 * Arguments of USDT probes. Each place of a probe keeps them elsewhere; places that keep all of
 * them in the same way are one variant, whose number is the upper half of the attach cookie. An
 * argument that all variants keep in the same way is read without asking.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/attach_point.h"
#include "lang/form.h"
#include "lang/usdt_argument.h"

static uint32_t variant_of(struct gen *g, const char *arguments)
{
	for (uint32_t i = 0; i < g->n_variants; i++)
		if (!strcmp(g->variants[i], arguments))
			return i;
	g->variants[g->n_variants] = arguments;
	return g->n_variants++;
}

void gen_marker_variants(struct gen *g)
{
	const struct probe *probe = g->probe;
	uint32_t n = 0;

	g->n_variants = 0;
	if (probe->targets[0].type->form->values != VALUES_MARKER)
		return;
	for (uint32_t i = 0; i < probe->n_targets; i++)
		n += probe->targets[i].n_sites;
	g->variants = arena_array(g->arena, n, sizeof(*g->variants));
	for (uint32_t i = 0; i < probe->n_targets; i++)
		for (uint32_t k = 0; k < probe->targets[i].n_sites; k++) {
			struct target_site *site = &probe->targets[i].sites[k];

			site->variant = variant_of(g, site->arguments);
		}
}

static LLVMValueRef memory_argument(struct gen *g, const struct usdt_argument *argument,
				    const struct node *node)
{
	const struct type *type =
		type_int(unit_types(g->unit), argument->size, argument->is_signed);
	LLVMValueRef address = gen_context_word(g, argument->base), index, copy, value;
	struct gen_mark mark = gen_mark(g);

	address = LLVMBuildAdd(g->b, address, gen_const(g, (uint64_t)argument->value), "");
	if (argument->has_index) {
		index = LLVMBuildMul(g->b, gen_context_word(g, argument->index),
				     gen_const(g, argument->scale), "");
		address = LLVMBuildAdd(g->b, address, index, "");
	}
	copy = gen_take(g, 8);
	gen_read_place(g, (struct gen_place){address, SPACE_USER}, copy, argument->size,
		       node->span);
	value = gen_load(g, copy, type, false);
	gen_release(g, mark);
	return value;
}

static LLVMValueRef one_argument(struct gen *g, const char *text, size_t length,
				 const struct node *node)
{
	struct usdt_argument argument;
	LLVMValueRef value;

	/* The checker has made sure that it can be read. */
	if (!text || !usdt_argument_read(text, length, &argument))
		return gen_const(g, 0);
	if (argument.place == USDT_MEMORY)
		return memory_argument(g, &argument, node);
	value = argument.place == USDT_REGISTER ? gen_context_word(g, argument.base)
						: gen_const(g, (uint64_t)argument.value);
	return gen_narrow(g, value, argument.size, argument.is_signed);
}

/* The first variant that keeps the argument as this one does. */
static uint32_t same_before(struct gen *g, uint32_t variant, uint32_t number)
{
	size_t length, other;
	const char *text = usdt_argument_find(g->variants[variant], number, &length);

	for (uint32_t i = 0; i < variant; i++) {
		const char *before = usdt_argument_find(g->variants[i], number, &other);

		if (before && text && other == length && !memcmp(before, text, length))
			return i;
	}
	return variant;
}

LLVMValueRef gen_marker_argument(struct gen *g, const struct node *node, uint32_t number)
{
	LLVMBasicBlockRef *blocks, done;
	LLVMValueRef result, variant, choice;
	const char *text;
	size_t length;
	bool same = true;

	for (uint32_t i = 1; i < g->n_variants; i++)
		same = same && same_before(g, i, number) == 0;
	if (same) {
		text = usdt_argument_find(g->variants[0], number, &length);
		return one_argument(g, text, length, node);
	}
	result = gen_register(g, "argument");
	variant =
		LLVMBuildLShr(g->b, GEN_HELPER(g, get_attach_cookie, g->ctx), gen_const(g, 32), "");
	done = gen_block(g, "done");
	gen_write(g, result, gen_const(g, 0));
	choice = LLVMBuildSwitch(g->b, variant, done, g->n_variants);
	blocks = arena_array(g->arena, g->n_variants, sizeof(*blocks));
	for (uint32_t i = 0; i < g->n_variants; i++) {
		uint32_t same_as = same_before(g, i, number);

		if (same_as == i) {
			blocks[i] = gen_block(g, "variant");
			gen_at(g, blocks[i]);
			text = usdt_argument_find(g->variants[i], number, &length);
			gen_write(g, result, one_argument(g, text, length, node));
			gen_goto(g, done);
		}
		LLVMAddCase(choice, gen_const(g, i), blocks[same_as]);
	}
	gen_at(g, done);
	return gen_read(g, result);
}
