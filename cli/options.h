/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, read once at the start. */
#ifndef DUETRACE_OPTIONS_H
#define DUETRACE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <regex.h>

#include "runtime/runtime.h"

struct options {
	char *program;          /* of -e, joined; NULL: none. Owned. */
	const char *file;       /* script, image or "-"; NULL with -e and --list */
	const char *emit;       /* stage; NULL: run */
	const char *color;      /* of --color; NULL: not said */
	const char *check_db;   /* database to check; NULL: none */
	const char *pattern;    /* of --list; NULL: all */
	bool list, list_scripts, coverage, short_help, help, version, info, warnings, unsafe;
	regex_t *filter;        /* of --probe-filter; NULL: none. Owned. */
	bool all_warnings;      /* -k */
	const char **words;     /* behind the options: parameters, then the script's own options. Owned. */
	const char *const *named; /* of the latter, without the -- */
	uint32_t n_named;
	const char **folders;   /* of -I. Owned, like the next. */
	const char **includes;  /* of --include */
	uint32_t n_folders, n_includes;
	struct runtime_options run; /* params, output, child: what the runtime is told */
};

/* Returns 0, or the exit status after a message on stderr; that of short_help is the caller's. */
int options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

/* A size as in 512K, 16M, 1G or bytes; false: not one. */
bool options_size(const char *text, uint64_t *size);

#endif
