/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A descriptor that the script's output goes to, and when it goes there: never one write(2) per
 * event under load, never later than OUT_DELAY unless the user asked for full buffering.
 */
#ifndef DUETRACE_RUNTIME_OUT_H
#define DUETRACE_RUNTIME_OUT_H

#include "runtime/buffer.h"
#include "runtime/runtime.h"

#define OUT_DELAY 50000000ULL /* ns */

struct out {
	int fd;
	bool own; /* opened here */
	bool terminal;
	enum runtime_buffering buffering;
	const char *name; /* for messages */
	struct buffer pending;
	uint64_t oldest; /* boot ns when the first pending byte came; 0: no clock read yet */
};

/* To a file that is made or emptied, or to stdout when `path` is NULL. Returns 0 or -errno. */
int out_open(struct out *out, const char *path, enum runtime_buffering buffering);
void out_close(struct out *out);
/* The same in memory of its own, for a sink: says why it failed. out_free() closes it. */
int out_new(struct out **out, const struct runtime_options *options);
void out_free(struct out *out);
/*
 * Say why output failed: a reader that has gone is no error, nor is a user's second ^C. Returns `err`.
 */
int out_report(const struct out *out, int err);
int out_write(struct out *out, const void *bytes, size_t n);
/* Something was appended to `pending` directly: write if it is time. */
int out_commit(struct out *out);
/* The reader has a moment: `idle` says that nothing else will come soon. */
int out_tick(struct out *out, bool idle);
/* Write everything. 0, -EPIPE: nobody reads any more, -EINTR: given up on a second signal, -errno.
 */
int out_flush(struct out *out);

#endif
