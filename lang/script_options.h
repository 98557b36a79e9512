/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of a script: getopt("name", default, "description"), given behind -- on the command
 * line. Each call becomes the literal it stands for before any type is looked at.
 */
#ifndef DUETRACE_SCRIPT_OPTIONS_H
#define DUETRACE_SCRIPT_OPTIONS_H

struct unit;

/* Replace the calls; say what was given that no call asks for. */
void script_options_unit(struct unit *unit);
/* What `-- --help` prints, after unit_expand(). */
const char *script_options_help(struct unit *unit);

#endif
