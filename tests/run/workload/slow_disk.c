/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: every write to a place in a file, as a database makes them, takes SLOW_US longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static void wait_a_little(void)
{
	const char *us = getenv("SLOW_US");

	if (us)
		usleep((useconds_t)atoi(us));
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	static ssize_t (*real)(int, const void *, size_t, off64_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pwrite64");
	wait_a_little();
	return real(fd, bytes, size, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return pwrite64(fd, bytes, size, offset);
}
