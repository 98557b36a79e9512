/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ledger for workloads: a line for each operation, in memory that the children of a process share,
 * printed at the end. And system calls as 32-bit programs make them.
 */
#ifndef PROC_LEDGER_H
#define PROC_LEDGER_H

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LEDGER_SIZE (8u << 20)

struct ledger {
	_Atomic uint32_t used;
	atomic_int word; /* a futex's, for whoever needs one */
	char text[];
};

static struct ledger *ledger;
static char self[4096]; /* the program's path */

__attribute__((format(printf, 1, 2))) static inline void note(const char *format, ...)
{
	char line[16384];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	memcpy(ledger->text + atomic_fetch_add(&ledger->used, (uint32_t)length), line, (size_t)length);
}

static inline void check(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(70);
}

/* A 32-bit program's call; its pointers are below 4 GiB. */
static inline long compat_call(long number, long a, long b, long c)
{
#ifdef __x86_64__
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "0"(number), "b"(a), "c"(b), "d"(c), "S"(0L), "D"(0L)
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
#else
	(void)number, (void)a, (void)b, (void)c;
	return -ENOSYS;
#endif
}

static inline int has_compat(void)
{
	return compat_call(20, 0, 0, 0) == getpid();
}

static inline void *low_memory(void)
{
	void *low = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	check(low != MAP_FAILED, "mmap");
	return low;
}

static inline uint32_t low_text(char **at, const char *text)
{
	uint32_t address = (uint32_t)(uintptr_t)*at;

	*at = stpcpy(*at, text) + 1;
	return address;
}

static inline void ledger_open(void)
{
	check(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0, "/proc/self/exe");
	ledger = mmap(NULL, LEDGER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(ledger != MAP_FAILED, "mmap");
}

static inline int ledger_print(void)
{
	return fwrite(ledger->text, 1, ledger->used, stdout) == ledger->used ? 0 : 70;
}

#endif
