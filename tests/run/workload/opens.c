/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens and closes one file COUNT times in a tight loop, by openat(AT_FDCWD, FILE). Prints
 * nanoseconds per open+close, measured around the loop. A third argument is the count of opens to
 * make before, unmeasured.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void open_close(const char *name, long count)
{
	for (long i = 0; i < count; i++) {
		long fd = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY);

		if (fd < 0) {
			perror(name);
			exit(1);
		}
		syscall(SYS_close, fd);
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

int main(int argc, char **argv)
{
	double begun;
	long count;

	if (argc < 3) {
		fprintf(stderr, "usage: %s FILE COUNT [WARM-UP]\n", argv[0]);
		return 1;
	}
	if (argc > 3)
		open_close(argv[1], atol(argv[3]));
	count = atol(argv[2]);
	begun = now();
	open_close(argv[1], count);
	printf("%.1f\n", (now() - begun) / (double)(count ? count : 1));
	return 0;
}
