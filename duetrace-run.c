/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duetrace-run: runs images that duetrace has compiled, with no compiler in it. What a small host
 * deploys, and the proof that the runtime needs nothing of the language.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/info.h"
#include "runtime/parameters.h"
#include "runtime/record.h"
#include "runtime/runtime.h"
#include "runtime/trusted.h"

static const char usage[] =
	"usage: duetrace-run [OPTION]... IMAGE [PARAMETER]...\n"
	"       duetrace-run [OPTION]... IMAGE [PARAMETER]... --run CMD [ARG]...\n"
	"\n"
	"  -f, --format FORMAT  text (the default) or json\n"
	"  -o, --output FILE    write the script's output to FILE\n"
	"  -B MODE              buffering of the output: line (the default), full or none\n"
	"      --db FILE        keep the results in an SQLite database\n"
	"      --buffer SIZE    size of the ring buffer in bytes; K, M and G multiply\n"
	"  -c CMD               run CMD and trace until it ends\n"
	"      --run CMD ...    the same with all that follows; its exit status is passed on\n"
	"  -p PID               trace this process only, and end with it\n"
	"  -q, --quiet          do not say how many probes were attached\n"
	"  -v, --verbose        show what libbpf and the verifier say\n"
	"      --columns LIST   columns of records as text: names with commas between\n"
	"      --fail-on SEVERITY  status 3 when a rule as bad as that has fired\n"
	"      --strict         status 4 when anything was lost\n"
	"      --raw            do not escape control characters on a terminal\n"
	"      --dry-run        load and attach, then leave\n"
	"  -V, --version        print the version\n"
	"  -h, --help           show this\n";

enum { OPTION_DB = 256, OPTION_BUFFER, OPTION_RUN, OPTION_RAW, OPTION_DRY_RUN,
       OPTION_COLUMNS, OPTION_FAIL_ON, OPTION_STRICT };

static const struct option long_options[] = {
	{"format", required_argument, NULL, 'f'},
	{"output", required_argument, NULL, 'o'},
	{"db", required_argument, NULL, OPTION_DB},
	{"buffer", required_argument, NULL, OPTION_BUFFER},
	{"run", no_argument, NULL, OPTION_RUN},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{"raw", no_argument, NULL, OPTION_RAW},
	{"columns", required_argument, NULL, OPTION_COLUMNS},
	{"fail-on", required_argument, NULL, OPTION_FAIL_ON},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"dry-run", no_argument, NULL, OPTION_DRY_RUN},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

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

static int read_option(int option, struct runtime_options *options)
{
	switch (option) {
	case 'f':
		return read_format(optarg, options);
	case 'o':
		options->output = optarg;
		return 0;
	case 'B':
		return read_buffering(optarg, options);
	case 'c':
		options->command = optarg;
		return 0;
	case 'p':
		return read_pid(optarg, options);
	case 'q':
		options->quiet = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case OPTION_DB:
		options->database = optarg;
		return 0;
	case OPTION_BUFFER:
		return read_size(optarg, options);
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
	case OPTION_DRY_RUN:
		options->dry_run = true;
		return 0;
	}
	return refuse("%s", "Try duetrace-run --help\n");
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
		fprintf(stderr, "ERROR: Could not open %s: %s\n", path, why);
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
		fprintf(stderr, "ERROR: Could not open %s: %s\n", path, strerror(errno));
	} else if (distrust) {
		fprintf(stderr, "ERROR: Could not open %s: %s\n", path, distrust);
	} else {
		data = file.st_size > 0 && file.st_size < SIZE_LIMIT
			       ? read_file(fd, (size_t)file.st_size)
			       : NULL;
		if (data)
			status = run_data(path, data, (size_t)file.st_size, options);
		else
			fprintf(stderr, "ERROR: Could not open %s: it is empty or no file\n", path);
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

	while ((option = getopt_long(count, argv, "+f:o:B:c:p:qvVh", long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (option == 'V') {
			puts("duetrace-run v" DUETRACE_VERSION);
			runtime_versions(stdout, NULL);
			return 0;
		}
		if (read_option(option, &options))
			return 1;
	}
	if (optind >= count)
		return refuse("%s", usage);
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
