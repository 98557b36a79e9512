/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the environment: DUETRACE_<KEY>, and BPFTRACE_<KEY> where that is not set. */
#ifndef DUETRACE_SETTINGS_H
#define DUETRACE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/settings.h"

struct runtime_options;

struct settings {
	const char *texts[SETTINGS]; /* valid values; NULL: not in the environment */
	bool color;	   /* of messages */
	bool output_color; /* of the output, if that is a terminal */
	bool always_color; /* also if it is none */
};

/* `color`: of --color, or NULL. Returns 0, or 1 after a message on stderr: a value that is not allowed. */
int settings_read(struct settings *settings, const char *color);
/* What the runtime must know. */
void settings_apply(const struct settings *settings, struct runtime_options *options);

#endif
