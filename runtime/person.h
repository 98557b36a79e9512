/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person at a terminal is told of a run: a line while nothing is printed, and one at its end. Called
 * by the loop and at the end of a session.
 */
#ifndef DUETRACE_RUNTIME_PERSON_H
#define DUETRACE_RUNTIME_PERSON_H

struct session;
struct sink_totals;

/* "attached 12 probes, 0 events, Ctrl-C to stop", as the status line. */
void person_status(const struct session *session);
/* The last line: events, stored, lost, time. */
void person_summary(const struct session *session, const struct sink_totals *totals);

#endif
