/* SPDX-License-Identifier: Apache-2.0 */
/* The status line, and the size of terminals. */
#include "runtime/terminal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum status { STATUS_NONE, STATUS_SHOWN, STATUS_OVER };

static _Atomic int status = STATUS_NONE;

bool terminal_can_redraw(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

void terminal_size(int fd, uint32_t *rows, uint32_t *columns)
{
	struct winsize size = {0};

	*rows = 24;
	*columns = 80;
	if (ioctl(fd, TIOCGWINSZ, &size))
		return;
	if (size.ws_row)
		*rows = size.ws_row;
	if (size.ws_col)
		*columns = size.ws_col;
}

uint32_t terminal_rows(const char *text, size_t length, uint32_t columns)
{
	uint32_t rows = 0, width = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n') {
			rows += columns && width > columns ? (width - 1) / columns + 1 : 1;
			width = 0;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			width++;
		}
	}
	return rows;
}

void status_show(const char *text)
{
	static const char start[] = "\r\033[K";

	if (atomic_load(&status) == STATUS_OVER)
		return;
	(void)!write(STDERR_FILENO, start, sizeof(start) - 1);
	(void)!write(STDERR_FILENO, text, strlen(text));
	atomic_store(&status, STATUS_SHOWN);
}

void status_clear(bool output)
{
	static const char gone[] = "\r\033[K";
	int shown = STATUS_SHOWN;

	if (output ? atomic_exchange(&status, STATUS_OVER) == STATUS_SHOWN
		   : atomic_compare_exchange_strong(&status, &shown, STATUS_NONE))
		(void)!write(STDERR_FILENO, gone, sizeof(gone) - 1);
}
