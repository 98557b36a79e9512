/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What duetrace itself says, on stderr, one prefix per kind of message. Script output never goes
 * through here.
 */
#ifndef DUETRACE_RUNTIME_MESSAGE_H
#define DUETRACE_RUNTIME_MESSAGE_H

#include <stdbool.h>

/* "ERROR: ...\n"; each adds the newline. */
void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
/*
 * What message_error() is from now on: with MESSAGE_WARNINGS a warning; with MESSAGE_NOTHING it and
 * message_hint() say nothing. For what may go wrong.
 */
enum message_mode { MESSAGE_ERRORS, MESSAGE_WARNINGS, MESSAGE_NOTHING };
void message_set_mode(enum message_mode mode);
/* Whether the prefixes have colours. */
void message_set_color(bool color);
/* No prefix. */
void message_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The kernel's text for an errno, given positive or negative; valid for ever. */
const char *message_errno(int err);

#endif
