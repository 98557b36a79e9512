/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms in which probe types write what follows the type. A form owns all that the language
 * knows about its attach points: how they are read and listed, and what `args` is there.
 */
#ifndef DUETRACE_FORM_H
#define DUETRACE_FORM_H

#include "lang/attach_point.h"

struct diag;
struct type;

/* Where argN and retval are. */
enum form_values {
	VALUES_NONE,
	VALUES_REGISTERS, /* the context is the CPU's registers, struct pt_regs */
	VALUES_SLOTS,	  /* the context is the arguments, 8 bytes each; a result follows them */
	VALUES_MARKER,    /* where the notes of the targets' sites say; no result */
};

struct form {
	/*
	 * Read an attach point, whose parts are split, and add its targets. False: reported. When
	 * `out->listing`, the parts that the user left out are "*", finding nothing is no error, and
	 * nothing is reported.
	 */
	bool (*read)(struct unit *unit, const struct attach_point *point, struct target_list *out);
	/* -l without more than a type: how many parts a pattern for everything has; 0: not listed. */
	uint32_t list_parts;
	bool of_file; /* its first part is a file of user space */
	/* The CONTEXT type of `args` in a target. NULL: it has none, or that was reported. */
	const struct type *(*context)(struct unit *unit, const struct target *target);
	/* What -lv prints below a target: its arguments, one a line, each after four blanks. NULL: none */
	const char *(*arguments)(struct unit *unit, const struct target *target);
	enum form_values values;
	/* Whether a target is something that the running process does; NULL: none is. */
	bool (*own_act)(const struct target *target);
	bool returns;  /* it is where a function ends: there is a retval, and in registers no argN */
	bool separate; /* a program of its own for each target: the kernel binds it when it is loaded */
	bool alone;    /* nothing else may be in the script */
	const char *typed_section; /* in place of the type's, of a program that has a context; or NULL */
};

#define PROBE_TYPE(name, alias, shape, section, scratch, doc, example) extern const struct form form_##shape;
#include "lang/probes.def"
#undef PROBE_TYPE

/* For the forms: */
/* Report a number of parts that is not between `least` and `most`. */
bool require_parts(struct unit *unit, const struct attach_point *point, uint32_t least, uint32_t most);
/* After a ':' a '/' is part of the attach point: interval:s:1/pred/. Say so if `part` has one. */
void hint_predicate(struct unit *unit, struct diag *diag, const char *part);
/* The tracepoint that "openat", "syscalls:openat", "sys_enter_openat" or the like means; NULL: none, or no list. */
const char *tracepoint_meant(struct unit *unit, const char *text);
/*
 * Nothing matches `name` ("category:event"). Reports it as the setting missing_probes says; returns
 * the error's message for a hint, or NULL. *fine: that is no error.
 */
struct diag *report_missing(struct unit *unit, const struct attach_point *point, const char *name,
			    bool *fine);
/*
 * The same with a hint: which of the names that `all` gives was meant. True: it is no error that
 * there is none.
 */
bool report_missing_name(struct unit *unit, const struct attach_point *point, const char *name,
			 const char **(*all)(struct unit *unit, const char *module, const char *pattern,
					      uint32_t *count));

#endif
