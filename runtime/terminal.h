/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only a person at a terminal gets to see: the line that says that it runs, though nothing happens.
 * It is gone with the first output. One a process; any thread may clear it.
 */
#ifndef DUETRACE_RUNTIME_TERMINAL_H
#define DUETRACE_RUNTIME_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether stderr is a terminal on which a line can be taken back. */
bool terminal_can_redraw(int fd);
/* Rows and columns, 24 and 80 where the terminal does not say. */
void terminal_size(int fd, uint32_t *rows, uint32_t *columns);
/* How many rows a text takes on a terminal so wide. Escapes count as what they are in bytes. */
uint32_t terminal_rows(const char *text, size_t length, uint32_t columns);

/* Put the line on stderr, instead of the one before; nothing once there was output. */
void status_show(const char *text);
/* Before a message is written to the terminal; with `output`, before the script's own: it does not come back. */
void status_clear(bool output);

#endif
