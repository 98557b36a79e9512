// SPDX-License-Identifier: Apache-2.0
// perf WHAT N: waits for the end of stdin, then does N times what perf events count.
//   faults   touches a page for the first time
//   sleeps   sleeps a moment
//   spins    takes a millisecond of CPU time in each of two threads
//   writes   writes the word at 0x10000000 in the first thread, another, and a child process
//   reads    reads that word
//   slowly   writes it every 10 ms
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long count;
static volatile long *word;

static void *spin(void *unused)
{
	struct timespec now = {0};

	while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < count) {
		for (volatile int i = 0; i < 50000; i++)
			;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	}
	return unused;
}

static void *write_word(void *unused)
{
	for (long i = 0; i < count; i++)
		*word = i;
	return unused;
}

static void touch(void)
{
	size_t page = 4096, size = (size_t)count * page;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < size; i += page)
		memory[i] = 1;
}

static void act(const char *what)
{
	struct timespec moment = {.tv_nsec = 100000};
	pthread_t thread;

	if (!strcmp(what, "faults")) {
		touch();
	} else if (!strcmp(what, "sleeps")) {
		for (long i = 0; i < count; i++)
			nanosleep(&moment, NULL);
	} else if (!strcmp(what, "spins") || !strcmp(what, "writes")) {
		void *(*run)(void *) = *what == 's' ? spin : write_word;

		run(NULL);
		pthread_create(&thread, NULL, run, NULL);
		pthread_join(thread, NULL);
		if (*what == 'w' && fork() == 0) {
			write_word(NULL);
			_exit(0);
		}
		wait(NULL);
	} else if (!strcmp(what, "slowly")) {
		moment.tv_nsec = 10000000;
		for (long i = 0; i < count; i++) {
			*word = i;
			nanosleep(&moment, NULL);
		}
	} else {
		for (long i = 0; i < count; i++)
			(void)*word;
	}
}

int main(int argc, char **argv)
{
	char c;

	if (argc != 3)
		return 2;
	count = atol(argv[2]);
	word = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	*word = 0;
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	act(argv[1]);
	return 0;
}
