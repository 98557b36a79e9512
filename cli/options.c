// SPDX-License-Identifier: Apache-2.0
/* Reads the command line by the rows of options.def. */
#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/near.h"
#include "runtime/record.h"

/* The kernel's PID_MAX_LIMIT. */
#define PID_MAX 4194304

enum option_id {
	OPTION_NONE = 256, /* beyond every short option */
#define HEADING(text)
#define OPTION(id, short_name, long_name, argument, help) OPTION_##id,
#define IMAGE_OPTION OPTION
#include "cli/options.def"
#undef IMAGE_OPTION
#undef OPTION
#undef HEADING
	OPTION_END
};

struct row {
	bool heading;
	char short_name;
	const char *long_name, *argument;
	int id;
};

static const struct row rows[] = {
#define HEADING(text) {.heading = true},
#define OPTION(name, short_char, long_text, argument_text, help_text)                              \
	{.short_name = short_char,                                                                 \
	 .long_name = long_text,                                                                   \
	 .argument = argument_text,                                                                \
	 .id = OPTION_##name},
#define IMAGE_OPTION OPTION
#include "cli/options.def"
#undef IMAGE_OPTION
#undef OPTION
#undef HEADING
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

__attribute__((format(printf, 1, 2))) static int usage(const char *format, ...)
{
	va_list args;

	fputs("ERROR: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nHINT: duetrace --help lists the options.\n", stderr);
	return 1;
}

bool options_size(const char *text, uint64_t *size)
{
	char *end;
	unsigned shift = 0;

	errno = 0;
	*size = strtoull(text, &end, 10);
	if (end == text || errno || *text == '-')
		return false;
	if (*end == 'K' || *end == 'k')
		shift = 10;
	else if (*end == 'M' || *end == 'm')
		shift = 20;
	else if (*end == 'G' || *end == 'g')
		shift = 30;
	if (shift)
		end++;
	if (*end || *size > (UINT64_MAX >> shift) || !*size)
		return false;
	*size <<= shift;
	return true;
}

/* Several -e are one program, a line each. */
static int add_program(struct options *options, const char *text)
{
	size_t old = options->program ? strlen(options->program) + 1 : 0;
	char *joined = realloc(options->program, old + strlen(text) + 1);

	if (!joined)
		return usage("%s", strerror(ENOMEM));
	if (old)
		joined[old - 1] = '\n';
	strcpy(joined + old, text);
	options->program = joined;
	return 0;
}

static int add_word(const char ***words, uint32_t *count, const char *word)
{
	const char **larger = realloc(*words, (*count + 1) * sizeof(*larger));

	if (!larger)
		return usage("%s", strerror(ENOMEM));
	*words = larger;
	larger[(*count)++] = word;
	return 0;
}

static int choose_format(struct runtime_options *run, const char *name)
{
	if (!strcmp(name, "text")) {
		run->format = RUNTIME_TEXT;
	} else if (!strcmp(name, "json")) {
		run->format = RUNTIME_JSON;
	} else {
		fprintf(stderr,
			"ERROR: Invalid output format \"%s\"\nValid formats: 'text', 'json'\n",
			name);
		return 1;
	}
	return 0;
}

/* The stages by the names that bpftrace has for them. */
static int choose_debug(struct options *options, const char *name)
{
	static const struct {
		const char *name, *stage; /* stage NULL: a run that says more */
	} stages[] = {
		{"ast", "ast"}, {"types", "types"}, {"codegen", "ir"},	{"codegen-opt", "ir"},
		{"dis", "bpf"}, {"libbpf", NULL},   {"verifier", NULL}, {"all", NULL},
	};

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if (strcmp(stages[i].name, name) != 0)
			continue;
		options->emit = stages[i].stage;
		options->run.verbose |= !stages[i].stage;
		return 0;
	}
	return usage(
		"-d takes ast, types, codegen, codegen-opt, dis, libbpf, verifier or all, not '%s'",
		name);
}

static int choose_pid(struct runtime_options *run, const char *text)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(text, &end, 0);
	if (end == text && isalpha((unsigned char)*text)) {
		fprintf(stderr, "ERROR: Failed to parse pid: invalid integer: %s\n"
			"HINT: by the name of a program: -p $(pidof -s %s)\n", text, text);
		return 1;
	}
	if (end == text || *end)
		return usage("Failed to parse pid: invalid integer: %s", text);
	if (errno || pid < 1 || pid > PID_MAX)
		return usage("Failed to parse pid: pid '%s' out of valid pid range [1,%d]", text,
			     PID_MAX);
	run->target = (int)pid;
	return 0;
}

static int choose_filter(struct options *options, const char *text)
{
	char why[128];
	int err;

	if (options->filter)
		return usage("--probe-filter can be given once");
	options->filter = calloc(1, sizeof(*options->filter));
	if (!options->filter)
		return usage("%s", strerror(ENOMEM));
	err = regcomp(options->filter, text, REG_EXTENDED | REG_NOSUB);
	if (!err)
		return 0;
	regerror(err, options->filter, why, sizeof(why));
	free(options->filter);
	options->filter = NULL;
	return usage("--probe-filter takes a regular expression, not '%s': %s", text, why);
}

static int choose_buffering(struct runtime_options *run, const char *name)
{
	if (!strcmp(name, "line"))
		run->buffering = RUNTIME_BUFFER_LINE;
	else if (!strcmp(name, "full"))
		run->buffering = RUNTIME_BUFFER_FULL;
	else if (!strcmp(name, "none"))
		run->buffering = RUNTIME_BUFFER_NONE;
	else
		return usage("USAGE: -B must be either 'line', 'full', or 'none'.");
	return 0;
}

static int choose_severity(struct runtime_options *run, const char *name)
{
	run->fail_on = severity_find(name) + 1;
	if (run->fail_on)
		return 0;
	return usage("--fail-on takes info, low, medium, high or critical, not '%s'", name);
}

/* The options that only say yes. */
static bool take_flag(struct options *options, int id)
{
	struct runtime_options *run = &options->run;

	switch (id) {
	case OPTION_LIST:
		return options->list = true;
	case OPTION_FMT:
		options->emit = "fmt";
		return true;
	case OPTION_DRY_RUN:
		return run->dry_run = true;
	case OPTION_IGNORE_HOST:
		return run->ignore_host = true;
	case OPTION_CHECK:
		return run->check = true;
	case OPTION_LIST_SCRIPTS:
		return options->list_scripts = true;
	case OPTION_USDT_FILE_ACTIVATION:
	case OPTION_VERIFY_LLVM_IR:
		return true;
	case OPTION_TEST:
		run->mode = RUNTIME_TEST;
		return true;
	case OPTION_BENCH:
		run->mode = RUNTIME_BENCH;
		return true;
	case OPTION_RAW:
		return run->raw = true;
	case OPTION_PLOT:
		return run->plot = true;
	case OPTION_STRICT:
		return run->strict = true;
	case OPTION_QUIET:
		return run->quiet = true;
	case OPTION_NO_WARNINGS:
		options->warnings = run->warnings = false;
		return true;
	case OPTION_UNSAFE:
		return options->unsafe = options->run.unsafe = true;
	case OPTION_VERBOSE:
		return run->verbose = true;
	case OPTION_INFO:
		return options->info = true;
	case OPTION_COVERAGE:
		return options->coverage = true;
	case OPTION_VERSION:
		return options->version = true;
	case OPTION_HELP:
		return options->help = true;
	default:
		return false;
	}
}

static int take(struct options *options, int id)
{
	struct runtime_options *run = &options->run;

	switch (id) {
	case OPTION_EXPRESSION:
		return add_program(options, optarg);
	case OPTION_INCLUDE_DIR:
		return add_word(&options->folders, &options->n_folders, optarg);
	case OPTION_INCLUDE:
		return add_word(&options->includes, &options->n_includes, optarg);
	case OPTION_EMIT:
		options->emit = optarg;
		return 0;
	case OPTION_DEBUG:
		return choose_debug(options, optarg);
	case OPTION_TRACEABLE_FUNCTIONS:
	case OPTION_DEBUGINFO:
	case OPTION_NO_FEATURE:
		return 0;
	case OPTION_DWARF_PID:
		return usage("--dwarf-pid is not supported: stacks are not unwound by DWARF");
	case OPTION_MODE:
		if (!strcmp(optarg, "format"))
			options->emit = "fmt";
		else if (strcmp(optarg, "codegen") != 0)
			return usage("--mode %s is not supported, only codegen and format", optarg);
		return 0;
	case OPTION_AOT:
	case OPTION_EMIT_ELF:
	case OPTION_EMIT_LLVM:
		options->emit = id == OPTION_EMIT_LLVM ? "ir" : "image";
		run->output = optarg;
		return 0;
	case OPTION_COMMAND:
		run->command = optarg;
		return 0;
	case OPTION_PID:
		return choose_pid(run, optarg);
	case OPTION_PROBE_FILTER:
		return choose_filter(options, optarg);
	case OPTION_FORMAT:
		return choose_format(run, optarg);
	case OPTION_OUTPUT:
		run->output = optarg;
		return 0;
	case OPTION_DATABASE:
		run->database = optarg;
		return 0;
	case OPTION_COMPAT:
		if (strcmp(optarg, "duetector"))
			return usage("--compat takes duetector, not '%s'", optarg);
		run->compat = optarg;
		return 0;
	case OPTION_CHECK_DB:
		options->check_db = optarg;
		return 0;
	case OPTION_COLOR:
		options->color = optarg;
		return 0;
	case OPTION_COLUMNS:
		run->columns = optarg;
		return 0;
	case OPTION_FAIL_ON:
		return choose_severity(run, optarg);
	case OPTION_BUFFERING:
		return choose_buffering(run, optarg);
	case OPTION_KERNEL_WARNINGS:
		if (options->all_warnings)
			return usage("-kk has gone: -k warns of everything");
		options->all_warnings = true;
		return 0;
	case OPTION_BUFFER:
		if (!options_size(optarg, &run->ring_bytes))
			return usage("--buffer takes a size such as 512K or 16M, not '%s'", optarg);
		return 0;
	default:
		return take_flag(options, id) ? 0 : usage("unknown option");
	}
}

/*
 * Everything after --run is the command; cut it off before getopt sees it. Behind "--" too, so that a
 * script can have options and a command.
 */
static int cut_command(struct options *options, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--run") != 0)
			continue;
		if (!argv[i + 1])
			return -usage("--run needs a command");
		options->run.argv = argv + i + 1;
		return i;
	}
	return argc;
}

struct tables {
	char shorts[3 * ROWS + 2];
	struct option longs[ROWS + 1];
};

static void fill_tables(struct tables *tables)
{
	char *s = tables->shorts;
	size_t n = 0;

	*s++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];

		if (row->heading)
			continue;
		if (row->short_name) {
			*s++ = row->short_name;
			if (*row->argument)
				*s++ = ':';
		}
		if (*row->long_name)
			tables->longs[n++] =
				(struct option){row->long_name, *row->argument != 0, NULL, row->id};
	}
	*s = '\0';
	tables->longs[n] = (struct option){0};
}

static int short_id(int c)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].short_name && rows[i].short_name == c)
			return rows[i].id;
	return c;
}

/* With the option that may have been meant. */
static void report_near_option(const char *name)
{
	struct near near;

	near_start(&near, name + strspn(name, "-"));
	for (size_t i = 0; i < ROWS; i++)
		if (!rows[i].heading && *rows[i].long_name && name[1] == '-')
			near_try(&near, rows[i].long_name, strlen(rows[i].long_name));
	fprintf(stderr, "ERROR: unknown option '%s'\n", name);
	if (near.best)
		fprintf(stderr, "HINT: Did you mean '--%s'?\n", near.best);
	else
		fputs("HINT: duetrace --help lists the options.\n", stderr);
}

/* The option as the user wrote it, for a message; getopt's own messages are off. */
static int complain(int c, char **argv)
{
	char text[] = {'-', (char)optopt, '\0'};
	bool is_short = optopt > 0 && optopt < 128;

	const char *name = is_short ? text : argv[optind - 1];

	if (c == ':')
		return usage("option '%s' needs an argument", name);
	report_near_option(name);
	return 1;
}

/* Only behind -- can a word begin with --: it is an option of the script's own. */
static int sort_words(struct options *options, int n, char **words)
{
	const char **params = calloc((size_t)n * 2 + 1, sizeof(*params)), **named;

	if (!params)
		return usage("%s", strerror(ENOMEM));
	named = params + n;
	for (int i = 0; i < n; i++) {
		if (!strncmp(words[i], "--", 2) && words[i][2])
			named[options->n_named++] = words[i] + 2;
		else
			params[options->run.n_params++] = words[i];
	}
	options->words = params;
	options->run.params = params;
	options->named = named;
	return 0;
}

/* FILE, unless -e or --list stand in its place; the rest are parameters. */
static int take_words(struct options *options, int argc, char **argv)
{
	if (options->list) {
		options->pattern = optind < argc ? argv[optind] : NULL;
		return 0;
	}
	if (!options->program) {
		if (optind >= argc)
			return usage("USAGE: filename or -e 'program' required.");
		options->file = argv[optind++];
	}
	return sort_words(options, argc - optind, argv + optind);
}

static int check(const struct options *options)
{
	if (options->run.target && options->run.command)
		return usage("Cannot use both -c and -p.");
	if (options->run.target && options->run.argv)
		return usage("Cannot use both --run and -p.");
	if (options->run.compat && !options->run.database)
		return usage("--compat needs --db");
	if (options->run.columns && options->run.format != RUNTIME_TEXT)
		return usage("--columns is for text, not for -f json");
	if (options->all_warnings && !options->warnings)
		return usage("USAGE: -k conflicts with --no-warnings");
	if (options->run.command && options->run.argv)
		return usage("-c and --run cannot both be given");
	return 0;
}

int options_parse(struct options *options, int argc, char **argv)
{
	struct tables tables;
	int c, status;

	*options = (struct options){.warnings = true, .run.warnings = true};
	options->run.print_maps = true;
	options->short_help = argc < 2;
	if (options->short_help)
		return 1;
	argc = cut_command(options, argc, argv);
	if (argc < 0)
		return 1;
	fill_tables(&tables);
	opterr = 0;
	while ((c = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			return complain(c, argv);
		status = take(options, short_id(c));
		if (status)
			return status;
	}
	if (options->help || options->version || options->info || options->list_scripts || options->coverage ||
	    options->check_db)
		return 0;
	status = take_words(options, argc, argv);
	return status ? status : check(options);
}

void options_free(struct options *options)
{
	if (options->filter)
		regfree(options->filter);
	free(options->filter);
	free(options->program);
	free(options->words);
	free(options->folders);
	free(options->includes);
}
