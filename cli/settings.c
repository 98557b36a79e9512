// SPDX-License-Identifier: Apache-2.0
/* Reads the environment's settings by the rows of lang/settings.def. */
#include "cli/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/runtime.h"

#define NAME_SIZE 64

/* The variable's value and, for messages, its full name. */
static const char *variable(const char *key, char name[static NAME_SIZE])
{
	static const char *const prefixes[] = {"DUETRACE_", "BPFTRACE_"};
	const char *value = NULL;

	for (int i = 0; i < 2 && !value; i++) {
		stpncpy(stpcpy(name, prefixes[i]), key, NAME_SIZE - 16);
		for (char *c = name; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		value = getenv(name);
	}
	return value;
}

static int complain(const char *name, const char *value, const char *wants)
{
	fprintf(stderr, "ERROR: %s is '%s', but must be %s\n", name, value, wants);
	return 1;
}

static int read_one(struct settings *settings, enum setting setting)
{
	char name[NAME_SIZE], wants[256];
	const char *value = variable(setting_rows[setting].key, name);
	uint64_t number;

	if (!value || setting_rows[setting].kind == SETTING_IGNORED)
		return 0;
	if (setting_read(setting, value, &number)) {
		settings->texts[setting] = value;
		return 0;
	}
	setting_describe(setting, wants, sizeof(wants));
	return complain(name, value, wants);
}

static int read_color(struct settings *settings, const char *option)
{
	char name[NAME_SIZE] = "--color";
	const char *value = option ? option : variable("color", name);

	settings->color = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
	settings->output_color = !getenv("NO_COLOR");
	if (!value || !strcmp(value, "auto"))
		return 0;
	settings->color = !strcmp(value, "always");
	settings->output_color = settings->always_color = settings->color;
	if (settings->color || !strcmp(value, "never"))
		return 0;
	return complain(name, value, "one of: auto, always, never");
}

int settings_read(struct settings *settings, const char *color)
{
	int status = 0;

	*settings = (struct settings){0};
	for (int i = 0; i < SETTINGS; i++)
		status |= read_one(settings, (enum setting)i);
	return status | read_color(settings, color);
}

static uint64_t number(const struct settings *settings, enum setting setting)
{
	uint64_t value = 0;

	if (settings->texts[setting])
		setting_read(setting, settings->texts[setting], &value);
	return value;
}

void settings_apply(const struct settings *settings, struct runtime_options *options)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	options->max_map_keys = (uint32_t)number(settings, SETTING_max_map_keys);
	options->color = settings->output_color;
	options->color_always = settings->always_color;
	options->missing_probes = settings->texts[SETTING_missing_probes];
	options->trailer = settings->texts[SETTING_str_trunc_trailer];
	if (!options->columns) {
		options->columns = settings->texts[SETTING_columns];
		options->columns_if_any = true;
	}
	if (!options->ring_bytes)
		options->ring_bytes = number(settings, SETTING_perf_rb_pages) * page;
	if (settings->texts[SETTING_print_maps_on_exit]) {
		options->print_maps = number(settings, SETTING_print_maps_on_exit);
		options->always_print_maps = options->print_maps;
	}
}
