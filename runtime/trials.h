/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --test and --bench: probes that are run here instead of being attached.
 */
#ifndef DUETRACE_RUNTIME_TRIALS_H
#define DUETRACE_RUNTIME_TRIALS_H

struct session;

/*
 * Run and report all probes of the mode in source order. Returns 0, also if tests fail, which makes
 * the run's status 1, or -errno after saying why.
 */
int trials_run(struct session *session);

#endif
