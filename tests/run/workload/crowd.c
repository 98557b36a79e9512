/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	crowd FOLDER PATHS EACH SECONDS RATE
 *
 * For so long, at RATE opens a second (0: as fast as can be), processes one after the other that each make
 * and remove EACH files of PATHS names in turn. Prints how many processes and how many opens that were.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void child(long first, long each, long paths)
{
	char name[32];

	for (long i = first; i < first + each; i++) {
		snprintf(name, sizeof(name), "path-%ld", i % paths);
		int fd = open(name, O_CREAT | O_RDONLY, 0600);

		if (fd < 0 || close(fd) || unlink(name))
			_exit(1);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	long paths, each, processes = 0;
	double end, begun = now(), rate;

	if (argc < 6 || chdir(argv[1])) {
		fprintf(stderr, "usage: %s FOLDER PATHS EACH SECONDS RATE\n", argv[0]);
		return 1;
	}
	paths = atol(argv[2]);
	each = atol(argv[3]);
	end = begun + atof(argv[4]);
	rate = atof(argv[5]);
	for (; now() < end; processes++) {
		int status;
		pid_t pid = fork();

		if (!pid)
			child(processes * each, each, paths);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return 1;
		while (rate > 0 && now() < begun + (double)((processes + 1) * each) / rate)
			usleep(500);
	}
	printf("%ld %ld\n", processes, processes * each);
	return 0;
}
