/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an argument of a USDT probe is, as the assembler wrote it into the probe's note:
 * SIZE@OPERAND, the size negative if it is signed: "-4@%edi", "8@-24(%rbp)", "4@$5",
 * "1@-4(%rax,%rbx,2)".
 */
#ifndef DUETRACE_USDT_ARGUMENT_H
#define DUETRACE_USDT_ARGUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum usdt_place {
	USDT_CONSTANT, /* value */
	USDT_REGISTER, /* base */
	USDT_MEMORY,   /* at base + index * scale + value */
};

struct usdt_argument {
	enum usdt_place place;
	uint32_t size; /* 1, 2, 4, 8 */
	bool is_signed;
	bool has_index;
	int64_t value;
	uint32_t base, index; /* of the register in the context, in bytes */
	uint32_t scale;
};

/* How many there are in a note's text. */
uint32_t usdt_argument_count(const char *text);
/* The text of one of them and its length; NULL: there are fewer. */
const char *usdt_argument_find(const char *text, uint32_t number, size_t *length);
/* False: it is at a place that is not known. */
bool usdt_argument_read(const char *text, size_t length, struct usdt_argument *argument);

#endif
