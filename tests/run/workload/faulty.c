/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: faults in a duetrace that was built with the sanitizers. FAULT=leak: memory that nobody knows when the
 * process ends; FAULT=child: the compile child, when its rights are gone, writes behind what it has allocated. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pid_t first;

static int asked_for(const char *fault)
{
	const char *asked = getenv("FAULT");

	return asked && !strcmp(asked, fault) && !strcmp(program_invocation_short_name, "duetrace");
}

__attribute__((constructor)) static void begin(void)
{
	void *volatile memory;

	first = getpid();
	if (!asked_for("leak"))
		return;
	for (int i = 0; i < 3; i++)
		memory = malloc(123);
	memory = NULL;
	(void)memory;
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
	static ssize_t (*real)(int, const void *, size_t, int);
	/* Volatile, or the compiler leaves out what nobody reads. */
	static void *(*volatile set)(void *, int, size_t) = memset;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "send");
	if (asked_for("child") && getpid() != first)
		set(malloc(8), 0, 9);
	return real(fd, bytes, size, flags);
}
