/* SPDX-License-Identifier: Apache-2.0 */
/*
 * marks MARK THREADS KEYS [ROUNDS] [MS]: each thread leaves prctl(MARK, key) with keys from 0 on, ROUNDS
 * times, with MS milliseconds behind each round. All begin together.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static long mark, keys, rounds = 1, pause_ms;
static pthread_barrier_t together;

static void *run(void *unused)
{
	pthread_barrier_wait(&together);
	for (long round = 0; round < rounds; round++) {
		for (long key = 0; key < keys; key++)
			syscall(SYS_prctl, mark, key, 0, 0, 0);
		if (pause_ms)
			usleep((useconds_t)pause_ms * 1000);
	}
	return unused;
}

int main(int argc, char **argv)
{
	long threads = argc > 3 ? atol(argv[2]) : 0;
	pthread_t ids[64];

	if (threads < 1 || threads > 64)
		return 2;
	mark = atol(argv[1]);
	keys = atol(argv[3]);
	rounds = argc > 4 ? atol(argv[4]) : 1;
	pause_ms = argc > 5 ? atol(argv[5]) : 0;
	pthread_barrier_init(&together, NULL, (unsigned)threads);
	for (long i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, run, NULL))
			return 1;
	for (long i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	return 0;
}
