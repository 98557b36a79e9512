/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attach points: the types there are, and how the text of one becomes the targets it stands for.
 */
#ifndef DUETRACE_ATTACH_POINT_H
#define DUETRACE_ATTACH_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/ast.h"

struct form;
struct unit;

enum probe_type_id {
#define PROBE_TYPE(name, alias, form, section, scratch, doc, example) PROBE_##name,
#include "lang/probes.def"
#undef PROBE_TYPE
	PROBE_TYPES
};

/* A growing list of targets. */
struct target_list {
	struct target *items;
	uint32_t count, capacity;
	bool listing; /* -l: as many as there are */
};

/* A row of probes.def. */
struct probe_type {
	const char *name, *alias;
	enum probe_type_id id;
	const struct form *form; /* lang/form.h */
	const char *section;	 /* libbpf's name for the program type */
	unsigned scratch;	 /* enum abi_scratch */
	const char *example;
};

extern const struct probe_type probe_types[PROBE_TYPES];

/* Split the text at its colons and find the type. False: reported. */
bool attach_point_read(struct unit *unit, struct attach_point *point);
/* Split what follows the type, from its colon on, into parts. False: reported. */
bool attach_point_split(struct unit *unit, struct attach_point *point, const char *at);
/* Add one target, unless the list has one of that name. False: too many; reported. */
bool target_add(struct unit *unit, struct target_list *list, const struct target *target);
/* Where the kernel keeps a pinned iterator, whose text its programs write themselves; NULL: it is none. */
const char *probe_pin(const struct probe *probe);
/* What `probetype` says of it. */
const char *probe_type_text(const struct probe_type *type);
/* The row for a type's name or alias as the user may write it, or NULL. */
const struct probe_type *probe_type_find(const char *name);
/* Does duetrace itself run its programs, by BPF_PROG_TEST_RUN? */
bool probe_type_is_special(const struct probe_type *type);
/*
 * Is it a perf event that can be of a process? Threads inherit it, but not its cookie: so a program
 * has one target.
 */
bool probe_type_is_perf(const struct probe_type *type);
/* Does its context begin with the registers of what it interrupted? */
bool probe_type_has_registers(const struct probe_type *type);
/* Does it fire for something that the running task does, so that -p can tell whose it is? */
bool probe_type_is_of_task(const struct probe_type *type);

#endif
