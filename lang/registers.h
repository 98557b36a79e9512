/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPU's registers as struct pt_regs has them, and which of them hold a function's arguments by
 * the calling convention of the machine that this is built for.
 */
#ifndef DUETRACE_REGISTERS_H
#define DUETRACE_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __x86_64__
/* rdi, rsi, rdx, rcx, r8, r9; then the stack, above the address of return. */
#define REGISTER_ARGUMENTS  6
#define REGISTER_STACK_SKIP 8
#define REGISTER_RESULT	    80
#define REGISTER_SP	    152
#define REGISTER_IP	    128
#else
/* x0 to x7, then the stack. */
#define REGISTER_ARGUMENTS  8
#define REGISTER_STACK_SKIP 0
#define REGISTER_RESULT	    0
#define REGISTER_SP	    248
#define REGISTER_IP	    256
#endif

/* Where reg(name) is in the context, in bytes. False: there is no such register. */
bool register_find(const char *name, uint32_t *offset);
/* The names there are, with commas between them. */
const char *register_names(void);
/* The register of an argument below REGISTER_ARGUMENTS. */
uint32_t register_argument(uint32_t number);
/* The number in "arg12"; false: it is no such name. */
bool register_argument_name(const char *name, uint32_t *number);

#endif
