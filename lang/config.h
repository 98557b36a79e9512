/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script's config block, and what its settings change in a compilation.
 */
#ifndef DUETRACE_CONFIG_H
#define DUETRACE_CONFIG_H

struct unit;

/* Put the settings that this compilation itself follows into the unit's options. */
void config_apply(struct unit *unit);

#endif
