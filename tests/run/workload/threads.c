/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THREADS threads at once each open COUNT times a file of their own that does not exist, named
 * PREFIX and the thread's number.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *prefix;
static long count;

static void *open_many(void *number)
{
	char name[256];

	snprintf(name, sizeof(name), "%s%ld", prefix, (long)number);
	for (long i = 0; i < count; i++)
		syscall(SYS_openat, AT_FDCWD, name, O_RDONLY);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[64];
	long n;

	if (argc != 4)
		return 1;
	prefix = argv[1];
	n = atol(argv[2]) < 64 ? atol(argv[2]) : 64;
	count = atol(argv[3]);
	for (long i = 0; i < n; i++) {
		if (pthread_create(&threads[i], NULL, open_many, (void *)i))
			return 1;
	}
	for (long i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
