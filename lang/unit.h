/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a compilation: what the stages of lang/ share. Not for use outside of lang/.
 */
#ifndef DUETRACE_UNIT_H
#define DUETRACE_UNIT_H

#include "lang/ast.h"
#include "lang/diag.h"
#include "lang/lang.h"
#include "lang/settings.h"
#include "lang/source.h"

struct builtin;
struct c_reader;
struct layouts;
struct script_option;
struct words;

struct unit {
	const struct unit_options *options; /* &own */
	struct unit_options own;
	const char *settings[SETTINGS]; /* said by the user, else by the script; NULL: by neither */
	struct arena *arena;
	struct types *types;
	struct source source;
	struct diags diags;
	struct program program;
	struct script_option *script_options; /* that getopt() asks for */
	struct words *words; /* of the script, with what is between tokens; NULL: not asked for */
	struct c_reader *c; /* the script's C; made by c.c when it has any */
	struct layouts *layouts; /* types by name; made by layout.c */
	struct user_types *user_types; /* of user space; made by user_type.c */
	uint32_t n_user_types;
	const struct builtin *builtins; /* BUILTINS rows, by enum builtin_id */
};

/* The text of $number, or NULL if it was not given. Number 0 and $# are not parameters. */
const char *unit_param(const struct unit *unit, uint32_t number);
/* The program's record of a parameter; made at its first use. */
struct parameter *unit_parameter(struct unit *unit, uint32_t number, struct span span);

#endif
