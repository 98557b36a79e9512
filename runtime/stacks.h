/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stacks and addresses are printed with: the frames that the programs have sent, and symbols.
 * Made when the first of them comes: a script without pays nothing.
 */
#ifndef DUETRACE_RUNTIME_STACKS_H
#define DUETRACE_RUNTIME_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/symbols/symbols.h"

struct abi_stack;
struct value;

struct stacks {
	struct symbols_options options;
	struct symbols *symbols;  /* NULL until they are asked for */
	struct stack_slot *slots; /* by hash, open addressing; a power of two of them */
	uint32_t n_slots, n_used;
	size_t bytes;
	size_t limit; /* of bytes; 0: the standard one */
	bool full;    /* and that has been said */
};

/* The symbols, or NULL when there is no memory for them. */
struct symbols *stacks_symbols(struct stacks *stacks);
/*
 * Keep the frames of a new stack, which are in its record; and look at its process and the files
 * that they are in, which may both be gone when the stack is printed.
 */
void stacks_add(struct stacks *stacks, const struct value *value);
/* The frames of a stack; NULL if they were lost. */
const char *stacks_frames(const struct stacks *stacks, const struct abi_stack *head);
void stacks_free(struct stacks *stacks);

#endif
