/* SPDX-License-Identifier: Apache-2.0 */
/* Processes are in a list, the one that was used last first: a stack is followed by one of its
 * like. */
#include "runtime/symbols/symbols.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/message.h"
#include "runtime/symbols/kallsyms.h"
#include "runtime/symbols/mapped.h"
#include "runtime/symbols/object.h"
#include "runtime/symbols/process.h"

/* Each process that runs has a descriptor open. */
#define MAX_OPEN  128
#define MAX_KNOWN 4096
#define MAX_BYTES (32u << 20) /* of files; those in use are not counted out */
#define BUCKETS	  512

struct known {
	struct known *next; /* in use order */
	struct known *previous;
	struct known *chain; /* of its bucket */
	struct process *process;
};

struct symbols {
	struct symbols_options options;
	struct kallsyms *kernel;
	bool kernel_tried;
	struct objects objects;
	struct known *first, *last;
	struct known *buckets[BUCKETS];
	uint32_t n_known;
	struct process *current;
	struct mapped *mapped; /* NULL: not followed */
};

struct symbols *symbols_new(const struct symbols_options *options)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		return NULL;
	symbols->options = *options;
	symbols->objects.lines = options->lines;
	/* Without the privilege, only what /proc still has is known. */
	if (options->follow)
		(void)mapped_open(&symbols->mapped);
	return symbols;
}

int symbols_fd(const struct symbols *symbols)
{
	return symbols->mapped ? mapped_fd(symbols->mapped) : -1;
}

void symbols_drain(struct symbols *symbols)
{
	if (symbols->mapped)
		mapped_drain(symbols->mapped);
}

static void unlink_known(struct symbols *symbols, struct known *known)
{
	if (known->previous)
		known->previous->next = known->next;
	else
		symbols->first = known->next;
	if (known->next)
		known->next->previous = known->previous;
	else
		symbols->last = known->previous;
}

static void put_first(struct symbols *symbols, struct known *known)
{
	known->previous = NULL;
	known->next = symbols->first;
	if (symbols->first)
		symbols->first->previous = known;
	else
		symbols->last = known;
	symbols->first = known;
}

static void drop(struct symbols *symbols, struct known *known)
{
	struct known **at = &symbols->buckets[process_tgid(known->process) % BUCKETS];

	while (*at != known)
		at = &(*at)->chain;
	*at = known->chain;
	unlink_known(symbols, known);
	process_free(known->process);
	free(known);
	symbols->n_known--;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	while (symbols->first)
		drop(symbols, symbols->first);
	objects_trim(&symbols->objects, 0);
	kallsyms_close(symbols->kernel);
	mapped_close(symbols->mapped);
	free(symbols);
}

void symbols_kernel(struct symbols *symbols, uint64_t address, struct symbol *symbol)
{
	uint64_t start = 0;
	int err;

	*symbol = (struct symbol){0};
	if (!symbols->kernel_tried) {
		symbols->kernel_tried = true;
		err = kallsyms_open(&symbols->kernel);
		if (err)
			message_warning("Could not read the kernel's symbols: %s",
					message_errno(err));
	}
	if (!symbols->kernel)
		return;
	symbol->name = kallsyms_at(symbols->kernel, address, &start);
	symbol->offset = address - start;
}

static struct known *find(struct symbols *symbols, uint32_t tgid)
{
	struct known *known = symbols->buckets[tgid % BUCKETS];

	while (known && process_tgid(known->process) != tgid)
		known = known->chain;
	if (known) {
		unlink_known(symbols, known);
		put_first(symbols, known);
	}
	return known;
}

static struct known *add(struct symbols *symbols, uint32_t tgid)
{
	struct known *known = calloc(1, sizeof(*known));

	if (known)
		known->process = process_new(tgid);
	if (!known || !known->process) {
		free(known);
		return NULL;
	}
	known->chain = symbols->buckets[tgid % BUCKETS];
	symbols->buckets[tgid % BUCKETS] = known;
	put_first(symbols, known);
	symbols->n_known++;
	return known;
}

/* Of the processes that were used longest ago: close what is open, then forget. */
static void make_room(struct symbols *symbols)
{
	uint32_t open = 0;

	for (struct known *at = symbols->first; at; at = at->next)
		if (!process_is_parked(at->process) && ++open > MAX_OPEN)
			process_park(at->process);
	while (symbols->last != symbols->first &&
	       (symbols->n_known > MAX_KNOWN || symbols->objects.bytes > MAX_BYTES)) {
		drop(symbols, symbols->last);
		objects_trim(&symbols->objects, MAX_BYTES);
	}
}

void symbols_begin(struct symbols *symbols, uint32_t tgid)
{
	struct known *known = find(symbols, tgid);
	bool is_new = !known;

	if (known && !symbols->options.keep) {
		drop(symbols, known);
		objects_trim(&symbols->objects, 0);
		known = NULL;
	}
	if (!known)
		known = add(symbols, tgid);
	symbols->current = known ? known->process : NULL;
	if (!known)
		return;
	process_check(known->process, &symbols->objects, symbols->mapped);
	if (is_new) {
		make_room(symbols);
		if (symbols->options.ahead)
			process_read_all(known->process, &symbols->objects);
	}
}

void symbols_user(struct symbols *symbols, uint64_t address, struct symbol *symbol)
{
	struct process_symbol found;

	*symbol = (struct symbol){0};
	if (!symbols->current)
		return;
	process_find(symbols->current, &symbols->objects, address, !symbols->options.demangle,
		     &found);
	*symbol = (struct symbol){found.name, found.offset, found.object};
}

uint32_t symbols_places(struct symbols *symbols, uint64_t address,
			struct source_place places[LINES_MAX])
{
	if (!symbols->current || !symbols->options.lines)
		return 0;
	return process_places(symbols->current, &symbols->objects, address, places);
}
