/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run: everything that lives from loading to the last line. Made and unmade by run.c, driven by
 * loop.c.
 */
#ifndef DUETRACE_RUNTIME_SESSION_H
#define DUETRACE_RUNTIME_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/attach/attach.h"
#include "runtime/child.h"
#include "runtime/clock.h"
#include "runtime/events.h"
#include "runtime/load.h"
#include "runtime/losses.h"
#include "runtime/ring.h"
#include "runtime/sink.h"
#include "runtime/stacks.h"

struct session {
	const struct image *image;
	const struct runtime_options *options;
	struct clock_base clock;
	struct loaded loaded;
	struct ring ring;
	struct attacher attacher;
	struct sinks sinks;
	struct stacks stacks;
	struct events events;
	struct losses losses;
	struct child child; /* pid 0: none */
	int target;	    /* pidfd of the process of -p, or -1 */
	bool target_ended;
	int mappings; /* readable when processes mapped much, or -1 */
	int epoll;
	int signals;
	int trees; /* link that lets new tasks inherit their trees, or -1 */
	bool has_output;      /* sinks are open and get to see the end */
	uint64_t next_losses; /* boot ns: when losses are read again */
	uint64_t n_wakeups;   /* returns from epoll_wait, for -v */
	uint64_t n_records;
	uint32_t n_failed; /* tests */
	bool person;	   /* somebody sits at a terminal and reads text */
	bool rested;	   /* nothing came for a moment: the status line can be shown */
	uint64_t lost; /* of the whole run, once it is over */
};

/* Watch signals (the child's end is one) and the sinks. Returns 0 or -errno. */
int loop_open(struct session *session);
/* Read until the script, the user, the child or an error ends it. Returns 0 or -errno. */
int loop_run(struct session *session);
/* Whether something ends the run: the script, a signal, the command, a sink. */
bool loop_is_over(struct session *session);
/* Read what is in the ring, without waiting. Returns 0 or -errno. */
int loop_drain(struct session *session);

#endif
