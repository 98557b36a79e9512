/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime: takes an image, loads it, attaches it, reads what it says and hands that to sinks.
 * It knows nothing of the language. Used by cli/ and by duetrace-run.
 */
#ifndef DUETRACE_RUNTIME_H
#define DUETRACE_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;

enum runtime_format { RUNTIME_TEXT, RUNTIME_JSON };
/* What of a script is run. */
enum runtime_mode {
	RUNTIME_TRACE, /* all but what the others run */
	RUNTIME_TEST,  /* only test probes */
	RUNTIME_BENCH, /* only bench probes */
};

enum runtime_buffering { RUNTIME_BUFFER_LINE, RUNTIME_BUFFER_FULL, RUNTIME_BUFFER_NONE };

struct runtime_options {
	const char *const *params;  /* $1 .. $n */
	uint32_t n_params;
	enum runtime_format format;
	enum runtime_buffering buffering;
	const char *output;         /* file for the script's output; NULL: stdout */
	const char *database;       /* SQLite file; NULL: none */
	const char *compat;         /* views of other names in the database: "duetector"; NULL: none */
	const char *command;        /* -c: split at blanks, with quotes as a shell has them; NULL: none */
	char *const *argv;          /* --run: NULL-terminated; NULL: none */
	uint64_t ring_bytes;        /* 0: the default */
	uint32_t max_map_keys;      /* for maps without a capacity of their own; 0: 4096 */
	const char *missing_probes; /* error, warn or ignore; NULL: as the script says */
	const char *trailer;        /* after a cut string; NULL: ".." */
	bool quiet;                 /* no "Attached N probes" */
	bool verbose;               /* libbpf's messages, and the verifier's log when it refuses */
	enum runtime_mode mode;
	bool ignore_host;           /* only what tasks in containers do */
	bool dry_run;               /* load and attach, then leave */
	bool check;                 /* load, if that is allowed, and say how far it was checked */
	bool print_maps;            /* at exit */
	bool always_print_maps;     /* even if the script's settings say not to */
	bool unsafe;                /* system(), signals, overrides and writing to processes are allowed */
	int target;                 /* process to trace; the run ends with it; 0: all */
	bool warnings;              /* say what goes wrong in the programs */
	bool raw;                   /* text on a terminal is not escaped */
	const char *columns;        /* of records as text: names with commas between; NULL: the usual ones */
	bool columns_if_any;        /* a script without records is no error */
	bool color;                 /* on a terminal */
	bool color_always;          /* elsewhere, too */
	bool plot;                  /* histograms and series as bars that fit the terminal */
	int fail_on;                /* status 3 when a rule as bad fired: enum image_severity + 1; 0: never */
	bool strict;                /* status 4 when anything was lost */
};

/*
 * Run an image from loading to the last line of output. Messages go to stderr as "ERROR: ...".
 * Returns the exit status: 0, the script's exit(n), the traced command's own with `argv`, 1 after an
 * error, 3 and 4 as fail_on and strict say.
 */
int runtime_run(const struct image *image, const struct runtime_options *options);
/* Check a database that runs have written, and say what is found; the exit status. */
int database_check(const char *path);
/* Whether the kernel takes its programs, as far as we may ask; the exit status. Attaches nothing. */
int runtime_check(const struct image *image, const struct runtime_options *options);

#endif
