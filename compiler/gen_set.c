// SPDX-License-Identifier: Apache-2.0
/*
 * Patterns: the table of their automaton, and what glob(), `in` and under() ask. A string of a data
 * probe's args is looked at where it is; one walk says of it which sets it is in, for all that ask.
 */
#include "compiler/gen.h"

#include <string.h>

#include "compiler/lower.h"
#include "lang/arena.h"
#include "lang/automaton.h"

#define SECTION ".rodata.sets"
#define LOWER(name) LLVMValueRef lower_##name(struct gen *g, const struct node *node)

static void add(struct gen *g, const char *name, const void *bytes, size_t size)
{
	LLVMValueRef global = gen_module_bytes(g, name, SECTION, bytes, (uint32_t)size);

	LLVMSetExternallyInitialized(global, 0);
	LLVMSetGlobalConstant(global, 1);
}

void gen_sets(struct gen *g)
{
	const struct automaton *automaton = g->program->automaton;
	struct abi_sets sets;

	if (!automaton)
		return;
	sets = (struct abi_sets){
		.cells = automaton->n_cells,
		.settled = automaton->settled,
		.classes = automaton->n_classes,
		.outcomes = automaton->n_outcomes,
		.n_starts = automaton->n_starts,
	};
	_Static_assert(sizeof(sets.starts) == sizeof(automaton->starts), "one limit");
	memcpy(sets.starts, automaton->starts, sizeof(sets.starts));
	add(g, "duetrace_sets", &sets, sizeof(sets));
	add(g, "duetrace_set_cells", automaton->cells, automaton->n_cells * sizeof(uint32_t));
	add(g, "duetrace_set_classes", automaton->classes, sizeof(automaton->classes));
	add(g, "duetrace_set_outcomes", automaton->outcomes,
	    automaton->n_outcomes * sizeof(*automaton->outcomes));
}

/* Where a string is: memory, an offset from there, a length. */
struct place {
	LLVMValueRef memory, offset, length;
	LLVMValueRef *matched;
};

static struct place place_of(struct gen *g, const struct node *node)
{
	struct gen_data_text data;
	struct place place;

	if (gen_data_text(g, node, &data))
		return (struct place){data.buffer, data.offset, data.length, data.matched};
	place.memory = gen_take_scratch(g, gen_string_room(node));
	place.offset = gen_const(g, 0);
	place.length = gen_string_append(g, node, place.memory).length;
	place.matched = NULL;
	return place;
}

static LLVMValueRef match(struct gen *g, const struct place *place)
{
	return GEN_BPFFN(g, "set_match", place->memory, place->offset, place->length);
}

/* The mask of all sets, found once for each firing. */
static LLVMValueRef sets_of(struct gen *g, const struct place *place)
{
	LLVMBasicBlockRef ask = gen_block(g, "ask"), done = gen_block(g, "asked");

	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, gen_read(g, place->matched[1]), gen_const(g, 0), ""),
	       ask, done);
	gen_at(g, ask);
	gen_write(g, place->matched[0], match(g, place));
	gen_write(g, place->matched[1], gen_const(g, 1));
	gen_goto(g, done);
	gen_at(g, done);
	return gen_read(g, place->matched[0]);
}

/* The set's bit, which the checker has found. */
LOWER(glob)
{
	struct gen_mark mark = gen_mark(g);
	struct place place = place_of(g, node->call.args.items[0]);
	LLVMValueRef sets = place.matched ? sets_of(g, &place) : match(g, &place);

	gen_release(g, mark);
	sets = LLVMBuildLShr(g->b, sets, gen_const(g, node->call.constant), "");
	return LLVMBuildAnd(g->b, sets, gen_const(g, 1), "");
}

LOWER(under)
{
	struct gen_mark mark = gen_mark(g);
	struct place path = place_of(g, node->call.args.items[0]);
	struct place folder = place_of(g, node->call.args.items[1]);
	LLVMValueRef under;

	folder.memory = LLVMBuildGEP2(g->b, g->i8, folder.memory, &folder.offset, 1, "");
	under = GEN_BPFFN(g, "str_under", path.memory, path.offset, path.length, folder.memory,
			  folder.length);
	gen_release(g, mark);
	return under;
}
