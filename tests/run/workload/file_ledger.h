/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of workloads that use files: a line on stdout for each operation, with what is to be seen of it. */
#ifndef FILE_LEDGER_H
#define FILE_LEDGER_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The workload's directory, and how it asks for operations. */
static char top[4096];
static const char *via;

/* The event, how it was asked for and what came of it; then what is said of it. */
static inline long say(const char *event, long ret, const char *format, ...)
{
	va_list args;

	printf("%s|%s|%ld|", event, via, ret);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	return ret;
}

static inline const char *at(const char *name)
{
	static char text[4][4300];
	static unsigned turn;
	char *to = text[turn++ % 4];

	snprintf(to, sizeof(text[0]), "%s/%s", top, name);
	return to;
}

static inline int make(const char *name, const char *bytes)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || pwrite(fd, bytes, strlen(bytes), 0) != (ssize_t)strlen(bytes))
		exit(2);
	return fd;
}

#endif
