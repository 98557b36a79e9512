/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two clocks: the kernel stamps with CLOCK_BOOTTIME, people read wall time. The distance is
 * taken once, at the start, so all times of a run are consistent with each other.
 */
#ifndef DUETRACE_RUNTIME_CLOCK_H
#define DUETRACE_RUNTIME_CLOCK_H

#include <stdint.h>

struct buffer;

struct clock_base {
	uint64_t boot;	/* CLOCK_BOOTTIME in ns when it was taken */
	int64_t offset; /* add to boot ns to get wall ns since 1970 */
	int64_t tai;	/* add to wall ns to get TAI: the leap seconds that the kernel knows of */
};

void clock_base_take(struct clock_base *base);
uint64_t clock_boot_now(void);
/* Wall time of a moment that a record has, which may be anything. */
static inline int64_t clock_wall(const struct clock_base *base, uint64_t boot)
{
	return (int64_t)(boot + (uint64_t)base->offset);
}
int64_t clock_wall_now(void);

/*
 * Append wall time as strftime(3) formats it, local time; %f is the microseconds, six digits.
 * Nothing is appended when the result is empty or longer than 4 KB.
 */
void clock_format(struct buffer *buffer, const char *format, int64_t wall_ns);

#endif
