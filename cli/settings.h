/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the environment: DUETRACE_<KEY>, and BPFTRACE_<KEY> where that is not set. */
#ifndef DUETRACE_SETTINGS_H
#define DUETRACE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct settings {
	uint32_t max_strlen, max_map_keys, max_probes;
	bool missing_probes_ok, print_maps, color;
	const char *trailer;
};

/* Returns 0, or 1 after a message on stderr: a value that is not allowed. */
int settings_read(struct settings *settings);

#endif
