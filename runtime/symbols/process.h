/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What user addresses mean in one process: its executable mappings, the files behind them, and the
 * code it made itself. Everything is read from /proc when it is needed and stays when the process
 * is gone; of one that has gone before, what the kernel told of its mappings serves.
 */
#ifndef DUETRACE_RUNTIME_PROCESS_H
#define DUETRACE_RUNTIME_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/symbols/lines.h"

struct mapped;
struct objects;
struct process;

/* A name found; `object` is where, NULL if that is not known. Valid until the next call. */
struct process_symbol {
	const char *name; /* NULL: none */
	uint64_t offset;
	const char *object;
};

struct process *process_new(uint32_t tgid);
void process_free(struct process *process);
uint32_t process_tgid(const struct process *process);
/*
 * Notice that the process executed another program, or ended. Once before process_find()s. `mapped`
 * may be NULL.
 */
void process_check(struct process *process, struct objects *objects, struct mapped *mapped);
void process_find(struct process *process, struct objects *objects, uint64_t address, bool raw,
		  struct process_symbol *symbol);
/* Where the code at an address was written: see lines_at(). */
uint32_t process_places(struct process *process, struct objects *objects, uint64_t address,
			struct source_place places[LINES_MAX]);
/* Read the symbols of all files that it has mapped. */
void process_read_all(struct process *process, struct objects *objects);
/* Let go of its descriptor; it is opened again when the process is looked at again. */
void process_park(struct process *process);
bool process_is_parked(const struct process *process);
size_t process_memory(const struct process *process);

#endif
