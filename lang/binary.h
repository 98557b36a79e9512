/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of user space, programs and libraries, and what is in them: asked of the world, line by
 * line, and what is said when it has no answer.
 */
#ifndef DUETRACE_BINARY_H
#define DUETRACE_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/world.h"
#include "lang/text.h"

struct attach_point;
struct target;
struct target_site;
struct unit;

struct binary {
	const char *path; /* where it can be opened */
	const char *name; /* what the process that runs it calls it */
	const char *build_id; /* hexadecimal, or ""; NULL: see binary_identify() */
};

struct binary_list {
	struct binary *items;
	uint32_t count;
};

/* A function or object of a file. */
struct binary_symbol {
	uint64_t address, size, offset;
	const char *name;
	const char *cpp; /* NULL: not asked for */
};

/*
 * The files that an attach point's first part means. False: reported. None is fine when
 * missing_probes says so.
 */
bool binary_find(struct unit *unit, const struct attach_point *point, const char *text,
		 bool listing, struct binary_list *out);

/* Ask for its build ID. */
void binary_identify(struct unit *unit, struct binary *binary);

/* A question about a file, and maybe about something in it. 0 or -errno. */
int binary_ask(struct unit *unit, enum world_question question, const char *path, const char *what,
	       struct text_lines *lines);
/* Say why there was no answer. */
void binary_report(struct unit *unit, const struct attach_point *point, const char *path,
		   int error);

/* The next line, of which a copy is made. False: there is none. */
bool binary_next_symbol(struct unit *unit, struct text_lines *lines,
			struct binary_symbol *symbol);

/* One more place of a target. */
void target_add_site(struct unit *unit, struct target *target, const struct target_site *site);

/* A C++ name and a pattern for one, with or without parameters; blanks do not count. */
bool binary_match_cpp(struct unit *unit, const char *pattern, const char *name);

#endif
