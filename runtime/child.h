/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command that -c or --run starts: forked early, so that its pid can be compiled into what is
 * loaded, held until the probes are attached, then executed.
 */
#ifndef DUETRACE_RUNTIME_CHILD_H
#define DUETRACE_RUNTIME_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;   /* 0: none */
	int pidfd;   /* readable when it has ended */
	int go;	     /* pipe: a byte lets it run, closing it ends it */
	int failure; /* pipe: the errno of a failed exec */
	bool tree;   /* it has ended when all that it started has ended too */
	bool gone;   /* it itself has ended */
	bool ended;
	int status; /* once it is gone: its exit status, or 128 + signal */
};

/*
 * Fork. On failure (which includes that there is no such command) says why, returns -errno. With
 * `tree`, this process becomes the reaper of what the command leaves behind.
 */
int child_start(struct child *child, char *const argv[], bool tree);
/* Let it run. Returns 0, or -errno after saying why it could not be executed. */
int child_release(struct child *child, const char *name);
/* Note that it has ended, if it has; true if so. */
bool child_reap(struct child *child);
/* Make sure that it is gone: SIGTERM, SIGKILL a second later. Frees what is held. */
void child_stop(struct child *child);

#endif
