/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader's loop. Under load it drains and naps, so that neither it nor the programs pay for
 * wake-ups; idle, it blocks without a timeout and costs nothing.
 */
#include "runtime/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "runtime/message.h"
#include "runtime/person.h"
#include "runtime/signals.h"

#define NAP_MS	  2
#define LOSSES_NS 1000000000ULL
/* Who has seen nothing for so long wonders whether it runs. */
#define STATUS_MS 500

static int watch(struct session *session, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(session->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int loop_open(struct session *session)
{
	int err;

	session->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (session->epoll < 0)
		return -errno;
	err = watch(session, session->signals, EPOLLIN);
	/*
	 * Edge-triggered: the ring's descriptor is readable whenever there are records, but a nap
	 * shall not end before its time for them. A forced wake-up is an edge.
	 */
	if (!err && session->target >= 0)
		err = watch(session, session->target, EPOLLIN);
	if (!err && session->mappings >= 0)
		err = watch(session, session->mappings, EPOLLIN);
	if (!err)
		err = watch(session, session->ring.fd, EPOLLIN | EPOLLET);
	for (unsigned int i = 0; !err && i < SINK_COUNT; i++)
		if (session->sinks.list[i].watch)
			err = watch(session, session->sinks.list[i].watch, EPOLLIN);
	return err;
}

bool loop_is_over(struct session *session)
{
	return session->events.exited || session->events.error || session->sinks.error ||
	       signals_count() > 0 || session->target_ended || child_reap(&session->child);
}

static int wait_for(struct session *session, int timeout_ms)
{
	struct epoll_event events[4];
	int n = epoll_wait(session->epoll, events, 4, timeout_ms);

	session->n_wakeups++;
	if (n < 0 && errno != EINTR)
		return -errno;
	for (int i = 0; i < n; i++) {
		session->target_ended |= events[i].data.fd == session->target;
		if (events[i].data.fd == session->mappings)
			symbols_drain(session->stacks.symbols);
	}
	/* What the signal was for is found out by looking, not by what woke us. */
	signals_drain();
	return 0;
}

/* Look at the losses once a second while there are events: none are lost when nothing happens. */
static int tick(struct session *session)
{
	uint64_t now = clock_boot_now();

	sinks_tick(&session->sinks, false);
	if (now < session->next_losses)
		return 0;
	session->next_losses = now + LOSSES_NS;
	return losses_read(&session->losses, &session->sinks);
}

static long consume(struct session *session)
{
	long n = ring_consume(&session->ring, events_handle, &session->events);

	if (n < 0)
		message_error("Could not read the ring buffer: %s", message_errno((int)n));
	else
		session->n_records += (uint64_t)n;
	return n;
}

/* How long to sleep, -1 for ever: for who watches, a first time shortly. A command has the terminal. */
static int show_status(struct session *session)
{
	if (!session->person || session->child.pid)
		return -1;
	if (!session->rested) {
		session->rested = true;
		return STATUS_MS;
	}
	person_status(session);
	return -1;
}

/* Nothing was there: tell the sinks, and sleep until the next record if there is still nothing. */
static int rest(struct session *session)
{
	int err = 0, timeout;

	sinks_tick(&session->sinks, true);
	timeout = show_status(session);
	/* The database's thread may have failed while this one was busy. */
	if (session->sinks.error || !ring_arm(&session->ring))
		return 0;
	err = wait_for(session, timeout);
	ring_disarm(&session->ring);
	return err;
}

/* self:signal:SIGUSR1 */
static int answer_signal(struct session *session)
{
	return signals_take_user() ? attacher_run(&session->attacher, ATTACH_SIGNAL,
						   session->loaded.programs)
				   : 0;
}

int loop_run(struct session *session)
{
	while (!loop_is_over(session)) {
		int err = answer_signal(session);
		long n = err ? err : consume(session);

		err = n < 0 ? (int)n : 0;

		if (!err && n > 0)
			err = tick(session);
		if (!err && n > 0)
			err = loop_is_over(session) ? 0 : wait_for(session, NAP_MS);
		else if (!err)
			err = rest(session);
		if (err)
			return err;
	}
	return 0;
}

int loop_drain(struct session *session)
{
	long n;

	do
		n = consume(session);
	while (n > 0);
	return n < 0 ? (int)n : 0;
}
