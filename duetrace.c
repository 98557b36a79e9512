// SPDX-License-Identifier: Apache-2.0
/*
 * duetrace: which data is used, by whom, and how. Reads the command line, has the script compiled
 * by a child, and gives the image to the runtime. The only place that says how the program exits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/front.h"
#include "cli/help.h"
#include "cli/library.h"
#include "cli/memory.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "cli/source.h"
#include "cli/world.h"
#include "image/image.h"
#include "lang/world.h"
#include "runtime/coverage.h"
#include "runtime/info.h"
#include "runtime/type_list.h"
#include "runtime/runtime.h"

static int run_image(const void *data, size_t size, const char *name,
		     const struct runtime_options *options)
{
	struct image image;
	char why[256];
	int status;

	if (image_open(&image, data, size, why, sizeof(why))) {
		fprintf(stderr, "ERROR: %s: not a usable image: %s\n", name, why);
		return 1;
	}
	memory_release_program();
	status = options->check ? runtime_check(&image, options) : runtime_run(&image, options);
	image_close(&image);
	return status;
}

/* An image is a program: whatever the umask says, nobody else shall write to it. */
static FILE *open_output(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (fd >= 0 && !out)
		close(fd);
	return out;
}

/* The text of a stage, or an image's bytes, to -o FILE or stdout. */
static int write_output(const char *path, const char *data, size_t size, bool binary)
{
	FILE *out = stdout;
	bool ok;

	if (!path && binary && isatty(STDOUT_FILENO)) {
		fputs("ERROR: an image is not for a terminal\nHINT: name a file with -o.\n", stderr);
		return 1;
	}
	if (path)
		out = open_output(path);
	if (!out) {
		fprintf(stderr, "ERROR: %s: %s\n", path, strerror(errno));
		return 1;
	}
	ok = fwrite(data, 1, size, out) == size;
	ok = !fflush(out) && ok;
	if (path)
		ok = !fclose(out) && ok;
	if (!ok)
		fprintf(stderr, "ERROR: %s: %s\n", path ? path : "stdout", strerror(errno));
	return ok ? 0 : 1;
}

static bool matches_filter(const void *filter, const char *name)
{
	return !regexec(filter, name, 0, NULL, 0);
}

static void fill_unit(struct unit_options *unit, const struct options *options,
		      const struct settings *settings, const struct source_file *source)
{
	*unit = (struct unit_options){
		.name = source->name,
		.text = source->data,
		.size = source->size,
		.params = options->run.params,
		.n_params = options->run.n_params,
		.params_later = options->emit != NULL,
		.no_command = !options->emit && !options->run.command && !options->run.argv,
		.named = options->named,
		.n_named = options->n_named,
		.settings = settings->texts,
		.includes = options->includes,
		.n_includes = options->n_includes,
		.max_strlen = 1024,
		.max_probes = 1024,
		.is_wanted = options->filter ? matches_filter : NULL,
		.filter = options->filter,
		.warnings = options->warnings,
		.unsafe = options->unsafe,
		.runtime_errors = options->all_warnings ? RUNTIME_ERRORS_ALL
				  : options->warnings	? RUNTIME_ERRORS_FEW
							: RUNTIME_ERRORS_NONE,
		.color = settings->color,
	};
}

/* Compile or list in the child; what it had to say is printed in any case. */
static bool front(struct front_job *job, const struct options *options,
		  struct compile_result *result)
{
	struct world *world = world_open(options->run.target, options->folders, options->n_folders);
	struct world_ops ops = {world_ask, world};
	bool made = false;

	if (world) {
		job->compile.unit.world = &ops;
		job->forget = world_forget;
		job->btf = world_map_btf(world);
		made = front_run(job, result);
		job->compile.unit.world = NULL;
	}
	world_close(world);
	if (result->diagnostics)
		fputs(result->diagnostics, stderr);
	return made;
}

/* -l 'struct path': the kernel's types, with -v their definitions. */
static int list_types(const struct options *options)
{
	const char *path = options->run.output;
	FILE *out = path ? open_output(path) : stdout;
	int err;

	if (!out) {
		fprintf(stderr, "ERROR: %s: %s\n", path, strerror(errno));
		return 1;
	}
	err = type_list_print(out, options->pattern, options->run.verbose);
	/* cppcheck-suppress useClosedFile; it is open either way */
	if (path ? fclose(out) : fflush(out)) {
		fprintf(stderr, "ERROR: %s: %s\n", path ? path : "stdout", strerror(errno));
		return 1;
	}
	return err ? 1 : 0;
}

/* The probes that match a pattern, or those of a script: a file or a program of -e. */
static int list(const struct options *options, const struct settings *settings)
{
	struct source_file source = {.name = "list", .data = ""};
	struct front_job job = {.list = true, .arguments = options->run.verbose};
	struct compile_result result = {0};
	int status = 0;

	if (!options->program && options->pattern && type_list_is_pattern(options->pattern))
		return list_types(options);
	if (options->program)
		status = source_file_text(&source, options->program);
	else if (options->pattern && !access(options->pattern, F_OK))
		status = source_file_read(&source, options->pattern);
	else
		job.pattern = options->pattern ? options->pattern : "*";
	if (status)
		return status;
	fill_unit(&job.compile.unit, options, settings, &source);
	status = 1;
	if (front(&job, options, &result))
		status = write_output(options->run.output, result.output, result.size, false);
	compile_result_free(&result);
	source_file_free(&source);
	return status;
}

/* -- --help: the script's own options. */
static bool wants_script_help(const struct options *options)
{
	for (uint32_t i = 0; i < options->n_named; i++)
		if (!strcmp(options->named[i], "help"))
			return true;
	return false;
}

static int compile_and_run(const struct options *options, const struct settings *settings,
			   struct source_file *source)
{
	struct front_job job = {.compile = {.stage = COMPILE_IMAGE, .version = DUETRACE_VERSION}};
	struct compile_result result = {0};
	int status = 1;

	if (options->emit)
		job.compile.stage = compile_stage_find(options->emit);
	else if (wants_script_help(options))
		job.compile.stage = COMPILE_OPTIONS;
	if (job.compile.stage == COMPILE_STAGES) {
		fprintf(stderr, "ERROR: there is no stage '%s'\n"
				"HINT: --emit takes tokens, ast, fmt, options, types, ir, bpf or image.\n",
			options->emit);
		return 1;
	}
	fill_unit(&job.compile.unit, options, settings, source);
	job.compile.unit.keep_words = job.compile.stage == COMPILE_FORMAT;
	if (front(&job, options, &result)) {
		source_file_free(source);
		if (job.compile.stage != COMPILE_IMAGE || options->emit)
			status = write_output(options->run.output, result.output, result.size,
					      job.compile.stage == COMPILE_IMAGE);
		else
			status = run_image(result.output, result.size, "the compiled script",
					   &options->run);
	}
	compile_result_free(&result);
	return status;
}

static int run(struct options *options, const struct settings *settings)
{
	struct source_file source = {0};
	int status;

	settings_apply(settings, &options->run);
	if (options->list)
		return list(options, settings);
	if (options->program)
		status = source_file_text(&source, options->program);
	else
		status = source_file_read(&source, options->file);
	if (!status && image_is(source.data, source.size)) {
		if (options->emit) {
			fprintf(stderr, "ERROR: %s is an image: --emit needs a script\n", source.name);
			status = 1;
		} else {
			status = run_image(source.data, source.size, source.name, &options->run);
		}
	} else if (!status) {
		status = compile_and_run(options, settings, &source);
	}
	source_file_free(&source);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	struct settings settings;
	int status = options_parse(&options, argc, argv);

	if (options.short_help)
		help_short(stderr);
	else if (!status && options.help)
		help_all(stdout);
	else if (!status && options.version)
		help_version(stdout);
	else if (!status && options.info)
		runtime_info(stdout, options.run.format == RUNTIME_JSON, DUETRACE_VERSION,
			     compile_llvm_version());
	else if (!status && options.coverage)
		coverage_print(stdout, options.run.format == RUNTIME_JSON);
	else if (!status && options.list_scripts)
		status = library_list(stdout);
	else if (!status && options.check_db)
		status = database_check(options.check_db);
	else if (!status) {
		status = settings_read(&settings, options.color);
		if (!status)
			status = run(&options, &settings);
	}
	options_free(&options);
	return status;
}
