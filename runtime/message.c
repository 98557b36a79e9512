/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages on stderr. A message is built first and written with one write(2), so that messages of
 * several threads and processes on one terminal do not mix within a line.
 */
#include "runtime/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/buffer.h"
#include "runtime/print/screen.h"
#include "runtime/terminal.h"

static void say(const char *prefix, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* Names from outside may be in it. There is nobody left to tell when stderr itself fails. */
static void put(const char *line, size_t length, size_t colored)
{
	struct buffer shown = {0};

	if (colored) {
		buffer_add_text(&shown, line[0] == 'E' ? "\033[31m" : line[0] == 'W' ? "\033[33m" : "\033[36m");
		buffer_add(&shown, line, colored);
		buffer_add_text(&shown, "\033[0m");
	}
	status_clear(false);
	if (!isatty(STDERR_FILENO))
		buffer_add(&shown, line + colored, length - colored);
	else
		screen_add(&shown, line + colored, length - colored, true);
	if (shown.failed)
		(void)!write(STDERR_FILENO, "(a message)\n", 12);
	else
		(void)!write(STDERR_FILENO, shown.data, shown.length);
	buffer_free(&shown);
}

static bool color;

void message_set_color(bool wanted)
{
	color = wanted;
}

/* prefix NULL: say nothing */
static void say(const char *prefix, const char *format, va_list args)
{
	char line[4096];
	size_t length;
	int n;

	if (!prefix)
		return;
	length = (size_t)snprintf(line, sizeof(line), "%s", prefix);
	n = vsnprintf(line + length, sizeof(line) - length - 1, format, args);

	if (n < 0)
		return;
	length += (size_t)n;
	if (length > sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	put(line, length, color ? strlen(prefix) : 0);
}

#define DEFINE_MESSAGE(name, prefix)                                                               \
	void name(const char *format, ...)                                                         \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, format);                                                            \
		say(prefix, format, args);                                                         \
		va_end(args);                                                                      \
	}

static enum message_mode current = MESSAGE_ERRORS;

void message_set_mode(enum message_mode mode)
{
	current = mode;
}

static const char *const error_prefixes[] = {
	[MESSAGE_ERRORS] = "ERROR: ", [MESSAGE_WARNINGS] = "WARNING: ", [MESSAGE_NOTHING] = NULL};

DEFINE_MESSAGE(message_error, error_prefixes[current])
DEFINE_MESSAGE(message_warning, "WARNING: ")
DEFINE_MESSAGE(message_hint, current == MESSAGE_NOTHING ? NULL : "HINT: ")
DEFINE_MESSAGE(message_note, "")

const char *message_errno(int err)
{
	const char *text = strerrordesc_np(err < 0 ? -err : err);

	return text ? text : "Unknown error";
}
