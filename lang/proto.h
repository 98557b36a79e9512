/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of builtins with their prototypes read: builtins.def says them as text, because that is
 * what a reader and the manual want; the checker wants them as data.
 */
#ifndef DUETRACE_PROTO_H
#define DUETRACE_PROTO_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/type.h"

struct arena;
struct node;

enum builtin_id {
#define BUILTIN(name, ...) BUILTIN_##name,
#include "lang/builtins.def"
#undef BUILTIN
	BUILTINS
};

enum proto_kind {
	PROTO_VOID,
	PROTO_BOOL,
	PROTO_INT,     /* size, is_signed */
	PROTO_ANY_INT, /* int */
	PROTO_STR,     /* size: capacity; 0: max_strlen */
	PROTO_PTR,     /* name: of the kernel's struct; NULL: any pointer or integer */
	PROTO_FMT,
	PROTO_LITERAL,
	PROTO_WORD, /* a bare name that means something only to the function */
	PROTO_WORD_OR_INT,
	PROTO_MAP,
	PROTO_ANY,
	PROTO_KIND, /* kind: a kind of types.def */
	PROTO_CUSTOM,
};

struct proto_type {
	enum proto_kind kind;
	enum type_kind type;
	uint32_t size;
	bool is_signed;
	const char *name;
};

#define PROTO_MAX_PARAMS 6

struct proto {
	struct proto_type result;
	struct proto_type params[PROTO_MAX_PARAMS];
	uint32_t n_params, n_required;
	bool variadic; /* "..." at the end */
};

struct builtin {
	const char *name;
	enum builtin_id id;
	struct proto proto;
	bool aggregation; /* its call is an update of a map: `@x = count()` */
	bool event;	  /* its call is a record that duetrace reads: EVENT() */
	const char *example; /* a program */
};

/* Read one prototype; false if it is not well formed. */
bool proto_parse(struct arena *arena, const char *text, struct proto *proto);
/* All rows, indexed by enum builtin_id. */
const struct builtin *builtins_new(struct arena *arena);
/* One that bpftrace's language does not have: the rows from intree on. */
bool builtin_is_added(const struct builtin *builtin);
/* By the name that a script has for it; all numbers of argN are one row. */
const struct builtin *builtin_find(const struct builtin *builtins, const char *name);
/* The name that a NAME or a CALL of a builtin has in the script. */
const char *builtin_text(const struct node *node);

#endif
