/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From attach points to targets: wildcards, and the split of a block into the programs it needs.
 */
#ifndef DUETRACE_EXPAND_H
#define DUETRACE_EXPAND_H

#include <stdbool.h>

struct unit;

void expand_unit(struct unit *unit);
/* See unit_list_program(). */
const char *expand_list_program(struct unit *unit, bool arguments);
/* See unit_list_probes(). */
const char *expand_list(struct unit *unit, const char *pattern, bool arguments);

#endif
