// SPDX-License-Identifier: Apache-2.0
/* Reads the environment's settings, each with its limits. */
#include "cli/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_SIZE 64

/* The variable's value and, for messages, its full name. */
static const char *variable(const char *key, char name[static NAME_SIZE])
{
	static const char *const prefixes[] = {"DUETRACE_", "BPFTRACE_"};
	const char *value = NULL;

	for (int i = 0; i < 2 && !value; i++) {
		stpncpy(stpcpy(name, prefixes[i]), key, NAME_SIZE - 16);
		value = getenv(name);
	}
	return value;
}

static int number(const char *key, uint32_t low, uint32_t high, uint32_t *out)
{
	char name[NAME_SIZE], *end;
	const char *value = variable(key, name);
	unsigned long long n;

	if (!value)
		return 0;
	errno = 0;
	n = strtoull(value, &end, 0);
	if (end == value || *end || errno || *value == '-' || n < low || n > high) {
		fprintf(stderr, "ERROR: %s is '%s', but must be a number from %u to %u\n", name, value,
			low, high);
		return 1;
	}
	*out = (uint32_t)n;
	return 0;
}

/* One of several words; `out` becomes its index. */
static int word(const char *key, const char *const *words, uint32_t *out)
{
	char name[NAME_SIZE];
	const char *value = variable(key, name);

	if (!value)
		return 0;
	for (uint32_t i = 0; words[i]; i++) {
		if (!strcmp(value, words[i])) {
			*out = i;
			return 0;
		}
	}
	fprintf(stderr, "ERROR: %s is '%s', but must be one of:", name, value);
	for (uint32_t i = 0; words[i]; i++)
		fprintf(stderr, " %s", words[i]);
	fputc('\n', stderr);
	return 1;
}

int settings_read(struct settings *settings)
{
	static const char *const missing[] = {"error", "warn", "ignore", NULL};
	static const char *const truth[] = {"0", "1", "false", "true", NULL};
	static const char *const when[] = {"auto", "always", "never", NULL};
	uint32_t missing_is = 0, print_is = 1, color_is = 0;
	char name[NAME_SIZE];
	int status = 0;

	*settings = (struct settings){.max_strlen = 1024, .max_map_keys = 4096, .max_probes = 1024};
	/* The upper end is what a record can hold beside its header: see GEN_SCRATCH_LIMIT. */
	status |= number("MAX_STRLEN", 1, 16384, &settings->max_strlen);
	status |= number("MAX_MAP_KEYS", 1, 1u << 30, &settings->max_map_keys);
	status |= number("MAX_PROBES", 1, 1u << 20, &settings->max_probes);
	status |= word("MISSING_PROBES", missing, &missing_is);
	status |= word("PRINT_MAPS_ON_EXIT", truth, &print_is);
	status |= word("COLOR", when, &color_is);
	settings->missing_probes_ok = missing_is != 0;
	settings->print_maps = print_is & 1;
	settings->color = color_is == 1 || (color_is == 0 && isatty(STDERR_FILENO));
	settings->trailer = variable("STR_TRUNC_TRAILER", name);
	return status;
}
