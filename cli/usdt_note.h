/* SPDX-License-Identifier: Apache-2.0 */
/* The USDT probes of a file: its .note.stapsdt. */
#ifndef DUETRACE_CLI_USDT_NOTE_H
#define DUETRACE_CLI_USDT_NOTE_H

#include <stdio.h>

/*
 * A line for each: "offset semaphore address<TAB>provider<TAB>name<TAB>arguments", offsets of the
 * file and the address as it was linked, hexadecimal; semaphore 0: it has none. Returns 0, -ENODATA
 * if there is none, or another -errno.
 */
int usdt_note_list(const char *path, FILE *out);

#endif
