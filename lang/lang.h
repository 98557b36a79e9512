/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language's front: text in, a typed tree or diagnostics out. Used by compiler/.
 *
 *	struct unit *unit = unit_new(&options);
 *	if (unit_parse(unit) && unit_expand(unit) && unit_check(unit))
 *		... unit_program(unit) ...
 *	... unit_diagnostics(unit) ... unit_free(unit);
 *
 * Each stage reports as many errors as it can and returns false if there was any; the next stage
 * must then not be called. There is no global state: units are independent.
 */
#ifndef DUETRACE_LANG_H
#define DUETRACE_LANG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct program;
struct type;
struct types;
struct unit;
struct span;
struct world_ops;

struct unit_options {
	const char *name;  /* of the script in messages: the file as given, or "stdin" for -e and - */
	const char *text;  /* need not end in NUL; may hold any byte */
	size_t size;
	const struct world_ops *world;
	const char *const *params; /* $1 .. $n */
	uint32_t n_params;
	bool no_command;   /* cpid is 0 */
	bool params_later; /* the image may be run with other parameters than these */
	const char *const *named; /* "name=value" or "name": the script's own options */
	uint32_t n_named;
	const char *const *settings; /* by enum setting, the environment's, which win over the script's;
				      * NULL, or entries that are NULL: not said */
	const char *const *includes; /* of --include: headers to read before the script */
	uint32_t n_includes;
	uint32_t max_strlen;    /* capacity of str() and of string parameters, NUL included */
	uint32_t max_probes;
	bool missing_probes_ok; /* missing_probes=ignore or warn: do not fail for a wildcard without a match */
	/* Only probes that this says yes to; NULL: all. It is not asked for begin and end. */
	bool (*is_wanted)(const void *filter, const char *name);
	const void *filter;
	bool keep_words;   /* for unit_format(); a script may then be without probes */
	bool warnings;
	bool unsafe; /* system(), signal() ... may be used */
	bool color;
	uint32_t runtime_errors; /* enum runtime_errors: what the programs report while they run */
};

enum runtime_errors {
	RUNTIME_ERRORS_NONE,
	RUNTIME_ERRORS_FEW, /* what loses data or gives a wrong result: full maps, division by 0 */
	RUNTIME_ERRORS_ALL, /* reads that fail and keys that are not there as well */
};

struct unit *unit_new(const struct unit_options *options); /* copies nothing: options must stay */
void unit_free(struct unit *unit);

bool unit_parse(struct unit *unit);
bool unit_expand(struct unit *unit);
bool unit_check(struct unit *unit);

struct program *unit_program(struct unit *unit);
struct arena *unit_arena(struct unit *unit);
struct types *unit_types(struct unit *unit);
/* The options as they are after the script's own settings. */
const struct unit_options *unit_options(const struct unit *unit);
/* A setting's value, and its text; see lang/settings.h. NULL: neither user nor script says one. */
uint64_t unit_setting(const struct unit *unit, uint32_t setting);
const char *unit_setting_text(const struct unit *unit, uint32_t setting);

/* All messages so far, sorted by place, errors before warnings, in the format of stderr. */
const char *unit_diagnostics(struct unit *unit);
/* For stages after this one: one more error at a place of the script. */
void unit_error(struct unit *unit, struct span span, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* 1-based line and column of a byte of the script. */
void unit_locate(const struct unit *unit, uint32_t byte, uint32_t *line, uint32_t *column);

/* What `-- --help` says of the script's own options, after unit_expand(). */
const char *unit_script_help(struct unit *unit);

/* The place of a span for messages at run time, as diags_place() says. */
const char *unit_place(const struct unit *unit, struct span span);

/* The stages as text, for --emit and the goldens. They live in the unit's arena. */
/* After unit_parse() of a unit that keeps words: the script in one style; it can hold a NUL. */
const char *unit_format(struct unit *unit, size_t *length);
const char *unit_emit_tokens(struct unit *unit);
const char *unit_emit_ast(struct unit *unit);   /* after unit_parse() */
const char *unit_emit_types(struct unit *unit); /* after unit_check() */

/*
 * The probes of the kernel that match a pattern ("tracepoint:*:sys_enter_*", "*"), one a line,
 * sorted, for -l; with `arguments`, each followed by its args, indented by four blanks. NULL when
 * the world could not be asked (the reason is in the unit's diagnostics).
 */
const char *unit_list_probes(struct unit *unit, const char *pattern, bool arguments);
/* The same of the script's own probes, in its order, after unit_expand(). */
const char *unit_list_program(struct unit *unit, bool arguments);

#endif
