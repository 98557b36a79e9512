/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a function finds its parameters when it begins, by the calling convention of the machine
 * that this is built for; and what it takes of DWARF to tell.
 */
#ifndef DUETRACE_CLI_DWARF_PLACE_H
#define DUETRACE_CLI_DWARF_PLACE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Registers and the stack, as they are handed out. */
struct dwarf_places {
	uint32_t registers, vectors, stack; /* stack: in words of 8 bytes */
	enum dwarf_family { DWARF_C, DWARF_CPLUSPLUS, DWARF_OTHER } family;
	int version; /* of DWARF */
};

void dwarf_places_start(struct dwarf_places *places, Dwarf_Die *function);
/*
 * The next parameter's place: "r1", a register, and the one behind it if the parameter is larger;
 * "R1", a register that has its address; "s0", a word of the stack above the address of return;
 * "v", registers for vectors; "-", it is not known.
 */
void dwarf_places_next(struct dwarf_places *places, Dwarf_Die *parameter, char *text, size_t size);

/* The type that a DIE has, without typedefs and qualifiers; false: void. */
bool dwarf_type_of(Dwarf_Die *die, Dwarf_Die *type);
/* An attribute that is a number. */
uint64_t dwarf_number(Dwarf_Die *die, unsigned name, uint64_t otherwise);
/* Of a struct's children: a member that is in it, or a base class. */
bool dwarf_is_member(Dwarf_Die *die);
/* Which bit of its struct a member begins at; *bits: of a bitfield, else 0. */
uint64_t dwarf_member_bit(Dwarf_Die *member, uint64_t *bits);

#endif
