/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duetrace-run: runs images that duetrace has compiled, with no compiler in it. What a small host
 * deploys, and the proof that the runtime needs nothing of the language.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/option_rows.h"
#include "image/image.h"
#include "runtime/info.h"
#include "runtime/message.h"
#include "runtime/parameters.h"
#include "runtime/record.h"
#include "runtime/runtime.h"
#include "runtime/trusted.h"

static const char usage[] =
	"Usage: duetrace-run [OPTION]... IMAGE [PARAMETER]...\n"
	"       duetrace-run [OPTION]... IMAGE [PARAMETER]... --run CMD [ARG]...\n";

#define HEADING(text)
#define OPTION(id, short_name, long_name, argument, help)

enum {
	OPTION_NONE = 256, /* beyond every short option */
#define IMAGE_OPTION(id, short_name, long_name, argument, help) OPTION_##id,
#include "cli/options.def"
#undef IMAGE_OPTION
};

static const struct option_row rows[] = {
#define IMAGE_OPTION(id, short_char, long_text, argument_text, help_text)                          \
	{.short_name = short_char,                                                                 \
	 .long_name = long_text,                                                                   \
	 .argument = argument_text,                                                                \
	 .help = help_text},
#include "cli/options.def"
#undef IMAGE_OPTION
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* For getopt_long(): an option is known by its row, whichever of its names is used. */
struct option_names {
	struct option longs[ROWS + 1];
	char shorts[2 * ROWS + 2];
};

static struct option_names option_names(void)
{
	struct option_names names = {.shorts = "+"};
	size_t n = 0, at = 1;

	for (size_t i = 0; i < ROWS; i++) {
		/* What follows --run was cut off. */
		bool argument = *rows[i].argument && strcmp(rows[i].long_name, "run") != 0;

		if (rows[i].short_name) {
			names.shorts[at++] = rows[i].short_name;
			if (argument)
				names.shorts[at++] = ':';
		}
		if (*rows[i].long_name)
			names.longs[n++] = (struct option){rows[i].long_name,
							   argument ? required_argument : no_argument,
							   NULL, OPTION_NONE + 1 + (int)i};
	}
	return names;
}

/* The id of what getopt_long() returned. */
static int option_id(int option)
{
	for (size_t i = 0; i < ROWS; i++)
		if (option == rows[i].short_name)
			return OPTION_NONE + 1 + (int)i;
	return option;
}

/* An image has some KiB. */
#define SIZE_LIMIT (64 << 20)

static int refuse(const char *format, const char *what)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* all callers are in this file */
	fprintf(stderr, format, what);
#pragma GCC diagnostic pop
	return 1;
}

static int read_format(const char *text, struct runtime_options *options)
{
	if (strcmp(text, "text") == 0)
		options->format = RUNTIME_TEXT;
	else if (strcmp(text, "json") == 0)
		options->format = RUNTIME_JSON;
	else
		return refuse("ERROR: Invalid output format \"%s\"\n"
			      "Valid formats: 'text', 'json'\n",
			      text);
	return 0;
}

static int read_buffering(const char *text, struct runtime_options *options)
{
	if (strcmp(text, "line") == 0)
		options->buffering = RUNTIME_BUFFER_LINE;
	else if (strcmp(text, "full") == 0)
		options->buffering = RUNTIME_BUFFER_FULL;
	else if (strcmp(text, "none") == 0)
		options->buffering = RUNTIME_BUFFER_NONE;
	else
		return refuse("ERROR: Invalid buffering \"%s\": it is line, full or none\n", text);
	return 0;
}

static int read_size(const char *text, struct runtime_options *options)
{
	static const char units[] = "KMG";
	size_t length = strlen(text);
	const char *unit = length ? strchr(units, text[length - 1]) : NULL;
	char digits[32];
	uint64_t bytes;

	if (length >= sizeof(digits))
		return refuse("ERROR: Invalid size \"%s\"\n", text);
	memcpy(digits, text, length + 1);
	if (unit)
		digits[length - 1] = '\0';
	if (parameters_number(digits, &bytes) || bytes == 0 || bytes > 1u << 30)
		return refuse("ERROR: Invalid size \"%s\"\n", text);
	options->ring_bytes = unit ? bytes << (10 * (unit - units + 1)) : bytes;
	return 0;
}

static int read_pid(const char *text, struct runtime_options *options)
{
	uint64_t pid;

	if (parameters_number(text, &pid) || pid == 0 || pid > INT32_MAX)
		return refuse("ERROR: Invalid process \"%s\"\n", text);
	options->target = (int)pid;
	return 0;
}

/* As duetrace's: "auto" is colour on a terminal. */
static int read_color(const char *text, struct runtime_options *options)
{
	bool always = strcmp(text, "always") == 0;

	if (strcmp(text, "auto") == 0)
		return 0;
	if (!always && strcmp(text, "never") != 0)
		return refuse("ERROR: --color is '%s', but must be one of: auto, always, never\n", text);
	options->color = options->color_always = always;
	message_set_color(always);
	return 0;
}

static int read_option(int option, struct runtime_options *options)
{
	switch (option) {
	case OPTION_FORMAT:
		return read_format(optarg, options);
	case OPTION_OUTPUT:
		options->output = optarg;
		return 0;
	case OPTION_BUFFERING:
		return read_buffering(optarg, options);
	case OPTION_COMMAND:
		options->command = optarg;
		return 0;
	case OPTION_PID:
		return read_pid(optarg, options);
	case OPTION_QUIET:
		options->quiet = true;
		return 0;
	case OPTION_VERBOSE:
		options->verbose = true;
		return 0;
	case OPTION_DATABASE:
		options->database = optarg;
		return 0;
	case OPTION_BUFFER:
		return read_size(optarg, options);
	case OPTION_COLOR:
		return read_color(optarg, options);
	case OPTION_PLOT:
		options->plot = true;
		return 0;
	case OPTION_NO_WARNINGS:
		options->warnings = false;
		return 0;
	case OPTION_RAW:
		options->raw = true;
		return 0;
	case OPTION_COLUMNS:
		options->columns = optarg;
		return 0;
	case OPTION_FAIL_ON:
		options->fail_on = severity_find(optarg) + 1;
		return options->fail_on ? 0 : refuse("ERROR: Invalid severity \"%s\"\n", optarg);
	case OPTION_STRICT:
		options->strict = true;
		return 0;
	case OPTION_UNSAFE:
		options->unsafe = true;
		return 0;
	case OPTION_DRY_RUN:
		options->dry_run = true;
		return 0;
	}
	return refuse("%s", "HINT: duetrace-run --help lists the options.\n");
}

/* Everything after --run is the command, whatever it looks like: cut it off before getopt sees it.
 */
static int cut_command(int argc, char **argv, struct runtime_options *options)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			break;
		if (strcmp(argv[i], "--run") != 0)
			continue;
		options->argv = argv + i + 1;
		return i;
	}
	return argc;
}

/* Into memory of our own: a file that is mapped can still be changed when it has been checked. */
static void *read_file(int fd, size_t size)
{
	char *data = malloc(size + 1);
	size_t at = 0;

	while (data && at < size) {
		ssize_t n = read(fd, data + at, size - at);

		if (n > 0) {
			at += (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			free(data);
			data = NULL;
		}
	}
	return data;
}

static int run_data(const char *path, const void *data, size_t size,
		    const struct runtime_options *options)
{
	struct image image;
	char why[256];
	int status;

	if (image_open(&image, data, size, why, sizeof(why))) {
		message_error("Could not open %s: %s", path, why);
		return 1;
	}
	status = runtime_run(&image, options);
	image_close(&image);
	return status;
}

static int run_file(const char *path, const struct runtime_options *options)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), status = 1;
	const char *distrust = fd < 0 ? NULL : trusted_not(fd);
	struct stat file;
	void *data = NULL;

	if (fd < 0 || fstat(fd, &file)) {
		message_error("Could not open %s: %s", path, message_errno(errno));
	} else if (distrust) {
		message_error("Could not open %s: %s", path, distrust);
	} else {
		data = file.st_size > 0 && file.st_size < SIZE_LIMIT
			       ? read_file(fd, (size_t)file.st_size)
			       : NULL;
		if (data)
			status = run_data(path, data, (size_t)file.st_size, options);
		else
			message_error("Could not open %s: it is empty or no file", path);
	}
	if (fd >= 0)
		close(fd);
	free(data);
	return status;
}

int main(int argc, char **argv)
{
	struct runtime_options options = {.print_maps = true, .warnings = true, .color = !getenv("NO_COLOR")};
	int count = cut_command(argc, argv, &options), option;
	const struct option_names names = option_names();

	message_set_color(options.color && isatty(STDERR_FILENO));
	while ((option = getopt_long(count, argv, names.shorts, names.longs, NULL)) != -1) {
		option = option_id(option);
		if (option == OPTION_HELP) {
			fputs(usage, stdout);
			putchar('\n');
			option_rows_print(stdout, rows, ROWS);
			return 0;
		}
		if (option == OPTION_VERSION) {
			puts("duetrace-run v" DUETRACE_VERSION);
			runtime_versions(stdout, NULL);
			return 0;
		}
		if (read_option(option, &options))
			return 1;
	}
	if (optind >= count)
		return refuse("%s", usage) | refuse("%s", "HINT: duetrace-run --help lists the options.\n");
	if (options.argv && !options.argv[0])
		return refuse("ERROR: %s needs a command\n", "--run");
	if (options.argv && options.command)
		return refuse("ERROR: Cannot use both -c and %s.\n", "--run");
	if (options.target && (options.command || options.argv))
		return refuse("ERROR: Cannot use both %s and -p.\n", options.command ? "-c" : "--run");
	options.params = (const char *const *)argv + optind + 1;
	options.n_params = (uint32_t)(count - optind - 1);
	if (options.n_params && strcmp(options.params[0], "--") == 0) {
		options.params++;
		options.n_params--;
	}
	return run_file(argv[optind], &options);
}
