/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of user space: the parameters of a function as its file's DWARF has them, which the world
 * says in lines. First come the parameters, then the types that they refer to by number, from 1 on;
 * 0 is void. Numbers are decimal.
 *
 *	p PLACE TYPE NAME<TAB>TEXT	a parameter, as C writes its type; PLACE: r0 a register, and
 *					the next if it is larger, R0 a register with its address, s0
 *					a word of the stack, v registers for vectors, - elsewhere
 *	int SIZE SIGNED	char SIZE SIGNED	bool SIZE	float SIZE	void	ptr TYPE
 *	array TYPE COUNT...
 *	enum SIZE SIGNED NAME		followed by lines "e VALUE NAME"
 *	struct SIZE NAME, union SIZE NAME	followed by lines "m TYPE BIT BITS NAME", where it
 *begins and, of a bitfield, how wide it is; "b": members of another class
 */
#ifndef DUETRACE_USER_TYPE_H
#define DUETRACE_USER_TYPE_H

#include "lang/world.h"

struct type;
struct unit;

/* The CONTEXT type of parameters: fields at their places in the registers or on the stack. */
const struct type *user_type_context(struct unit *unit, const struct world_answer *answer);
/* A struct that a pointer of such a type points to; the reference's name has a '@' in it. NULL:
 * none */
const struct type *user_type_complete(struct unit *unit, const struct type *reference);
/* For -lv: a line for each parameter, after four blanks. */
const char *user_type_list(struct unit *unit, const struct world_answer *answer);

#endif
