/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signals of a run, SIGUSR1 and those that end it: SIGINT, SIGTERM, and SIGHUP unless it is ignored (nohup). They are
 * caught by a handler that counts and writes to an eventfd, not blocked for a signalfd, so that
 * they also interrupt a write(2) to a pipe that nobody empties. SIGPIPE is ignored meanwhile. One
 * user at a time: handlers belong to the process.
 */
#ifndef DUETRACE_RUNTIME_SIGNALS_H
#define DUETRACE_RUNTIME_SIGNALS_H

#include <stdbool.h>

/* Returns a descriptor that becomes readable with each signal, or -errno. */
int signals_open(void);
/* Make it unreadable until the next one. */
void signals_drain(void);
/* Put back what was there before, but ignore the ending signals: the run is over. */
void signals_close(void);
/* Did SIGUSR1 come since the last call? It does not end a run. */
bool signals_take_user(void);
/* How many came so far, and which was the first; 0: none. */
int signals_count(void);
int signals_first(void);
/* In a forked child: as the process found them. */
void signals_reset(void);

#endif
