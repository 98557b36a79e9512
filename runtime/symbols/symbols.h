/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of addresses, in the kernel and in processes. Nothing is read before it is asked for, and
 * what is kept of processes and files is bounded: the ones that were asked for longest ago are
 * forgotten.
 */
#ifndef DUETRACE_RUNTIME_SYMBOLS_H
#define DUETRACE_RUNTIME_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/symbols/lines.h"

struct symbols;

struct symbols_options {
	bool demangle; /* names of C++ as they were written */
	bool keep;     /* processes and files, for the next time */
	bool ahead;    /* of a process that is new, read all files */
	bool lines;    /* symbols_places() will be asked */
	bool follow;   /* what processes map, for those that end early */
};

/* A name that was found; it lives until the next question. */
struct symbol {
	const char *name;   /* NULL: there is none */
	uint64_t offset;    /* of the address from where it begins */
	const char *object; /* of user space: the file, or NULL */
};

struct symbols *symbols_new(const struct symbols_options *options);
void symbols_free(struct symbols *symbols);
/* To wait on for symbols_drain(), or -1. */
int symbols_fd(const struct symbols *symbols);
void symbols_drain(struct symbols *symbols);
void symbols_kernel(struct symbols *symbols, uint64_t address, struct symbol *symbol);
/* To be called before the addresses of one stack, or a single one, are looked up. */
void symbols_begin(struct symbols *symbols, uint32_t tgid);
void symbols_user(struct symbols *symbols, uint64_t address, struct symbol *symbol);
/* Where the code at an address was written: see lines_at(). 0: not known, or not wanted. */
uint32_t symbols_places(struct symbols *symbols, uint64_t address, struct source_place places[LINES_MAX]);

#endif
