/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks, and wall time as text.
 */
#include "runtime/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/buffer.h"

#define SECOND	 1000000000LL
#define MAX_TEXT 4096

static int64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

/* The wall clock is read between two readings of the boot clock; their middle belongs to it. */
void clock_base_take(struct clock_base *base)
{
	int64_t before = now(CLOCK_BOOTTIME), wall = now(CLOCK_REALTIME);
	int64_t after = now(CLOCK_BOOTTIME);

	/* Read later than the wall clock, but the distance is whole seconds. */
	base->tai = (now(CLOCK_TAI) - wall + SECOND / 2) / SECOND * SECOND;
	base->boot = (uint64_t)after;
	base->offset = wall - (before + (after - before) / 2);
}

uint64_t clock_boot_now(void)
{
	return (uint64_t)now(CLOCK_BOOTTIME);
}

int64_t clock_wall_now(void)
{
	return now(CLOCK_REALTIME);
}

/* Replace %f, which strftime(3) does not know, by the microseconds. %% stays as it is. */
static bool expand_micros(char *out, size_t size, const char *format, unsigned int micros)
{
	size_t used = 0;

	while (*format) {
		if (used + 7 > size)
			return false;
		if (format[0] == '%' && format[1] == 'f') {
			used += (size_t)snprintf(out + used, size - used, "%06u", micros);
			format += 2;
			continue;
		}
		if (format[0] == '%' && format[1])
			out[used++] = *format++;
		out[used++] = *format++;
	}
	out[used] = '\0';
	return true;
}

void clock_format(struct buffer *buffer, const char *format, int64_t wall_ns)
{
	int64_t seconds = wall_ns / SECOND, rest = wall_ns % SECOND;
	char expanded[MAX_TEXT], text[MAX_TEXT];
	struct tm tm;
	time_t time;

	if (rest < 0) {
		rest += SECOND;
		seconds--;
	}
	time = seconds;
	if (!localtime_r(&time, &tm) ||
	    !expand_micros(expanded, sizeof(expanded), format, (unsigned int)(rest / 1000)))
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the format is the script's */
	buffer_add(buffer, text, strftime(text, sizeof(text), expanded, &tm));
#pragma GCC diagnostic pop
}
