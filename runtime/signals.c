/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signal handling of a run.
 */
#include "runtime/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
#define N_ENDING (sizeof(ending) / sizeof(ending[0]))

static struct sigaction old_ending[N_ENDING], old_pipe;
static volatile sig_atomic_t n_signals, first_signal, event_fd = -1;

static void count_signal(int number)
{
	uint64_t one = 1;
	int saved = errno;

	if (n_signals == 0)
		first_signal = number;
	if (n_signals < 1000)
		n_signals = n_signals + 1;
	/* Full is as good: the reader only wants to know that it is not empty. */
	(void)!write(event_fd, &one, sizeof(one));
	errno = saved;
}

int signals_open(void)
{
	struct sigaction action = {.sa_handler = count_signal}, ignore = {.sa_handler = SIG_IGN};

	n_signals = 0;
	first_signal = 0;
	event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event_fd < 0)
		return -errno;
	sigaction(SIGPIPE, &ignore, &old_pipe);
	for (unsigned int i = 0; i < N_ENDING; i++) {
		sigaction(ending[i], NULL, &old_ending[i]);
		if (ending[i] != SIGHUP || old_ending[i].sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
	}
	return event_fd;
}

void signals_reset(void)
{
	if (event_fd < 0)
		return;
	for (unsigned int i = 0; i < N_ENDING; i++)
		sigaction(ending[i], &old_ending[i], NULL);
	sigaction(SIGPIPE, &old_pipe, NULL);
}

void signals_close(void)
{
	int fd = event_fd;

	signals_reset();
	event_fd = -1;
	if (fd >= 0)
		close(fd);
}

int signals_count(void)
{
	return n_signals;
}

int signals_first(void)
{
	return first_signal;
}
