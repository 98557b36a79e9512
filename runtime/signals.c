/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signal handling of a run.
 */
#include "runtime/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
#define N_ENDING (sizeof(ending) / sizeof(ending[0]))

static struct sigaction old_ending[N_ENDING], old_pipe, old_child, old_user;
static volatile sig_atomic_t n_signals, n_users, first_signal, event_fd = -1;

static void wake(int number)
{
	uint64_t one = 1;
	int saved = errno;

	(void)number;
	/* Full is as good: the reader only wants to know that it is not empty. */
	(void)!write(event_fd, &one, sizeof(one));
	errno = saved;
}

static void count_signal(int number)
{
	if (n_signals == 0)
		first_signal = number;
	if (n_signals < 1000)
		n_signals = n_signals + 1;
	wake(number);
}

static void count_user(int number)
{
	/* The kernel keeps one that is pending, not how many. */
	n_users = 1;
	wake(number);
}

int signals_open(void)
{
	struct sigaction user = {.sa_handler = count_user, .sa_flags = SA_RESTART};
	struct sigaction action = {.sa_handler = count_signal}, ignore = {.sa_handler = SIG_IGN};
	struct sigaction child = {.sa_handler = wake, .sa_flags = SA_NOCLDSTOP | SA_RESTART};

	n_signals = n_users = 0;
	first_signal = 0;
	event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event_fd < 0)
		return -errno;
	sigaction(SIGPIPE, &ignore, &old_pipe);
	sigaction(SIGCHLD, &child, &old_child);
	sigaction(SIGUSR1, &user, &old_user);
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
	sigaction(SIGCHLD, &old_child, NULL);
	sigaction(SIGUSR1, &old_user, NULL);
}

void signals_drain(void)
{
	uint64_t n;

	(void)!read(event_fd, &n, sizeof(n));
}

void signals_close(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	int fd = event_fd;

	if (fd < 0)
		return;
	signals_reset();
	/* The run has its exit status: a late ^C must not replace it. */
	for (unsigned int i = 0; i < N_ENDING; i++)
		sigaction(ending[i], &ignore, NULL);
	sigaction(SIGUSR1, &ignore, NULL);
	event_fd = -1;
	close(fd);
}

bool signals_take_user(void)
{
	bool came = n_users;

	n_users = 0;
	return came;
}

int signals_count(void)
{
	return n_signals;
}

int signals_first(void)
{
	return first_signal;
}
