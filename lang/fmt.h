/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formatter's view of a script: its words in order, which the lexer notes while it reads. Words are
 * the tokens and, between them, what the grammar does not see: comments, and lines and definitions of C.
 */
#ifndef DUETRACE_FMT_H
#define DUETRACE_FMT_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/diag.h"

struct arena;
struct unit;

/* In place of a token: what is between tokens. */
enum { WORD_LINE = -1, WORD_COMMENT = -2, WORD_RAW = -3 };

struct word {
	int kind; /* a token of the grammar, or one of the above */
	struct span span;
};

struct words {
	struct arena *arena;
	struct word *items;
	uint32_t count, capacity;
};

void words_add(struct words *words, int kind, struct span span);

/* lang/fmt_space.c: whether a blank is between two tokens that stand on one line. */
struct fmt_neighbours {
	int before_last, last, next; /* 0: none */
	bool unary;		     /* last is an operator of what follows */
	bool cast;		     /* last closes the type of a cast */
	bool star;		     /* last is the * of a type */
};
bool fmt_is_operand_end(int token);
bool fmt_is_type_star(const struct fmt_neighbours *near);
bool fmt_blank(const struct fmt_neighbours *near);

#endif
