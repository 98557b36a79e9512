/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script's config block, and what its settings change in a compilation.
 */
#ifndef DUETRACE_CONFIG_H
#define DUETRACE_CONFIG_H

struct unit;

/* Read the config block, and put a literal for each config.key of the script. */
void config_unit(struct unit *unit);
/* Put the settings that this compilation itself follows into the unit's options. */
void config_apply(struct unit *unit);

#endif
