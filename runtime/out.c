/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffered output to a descriptor.
 */
#include "runtime/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "runtime/message.h"
#include "runtime/signals.h"
#include "runtime/terminal.h"

#define CHUNK (64u * 1024)

int out_open(struct out *out, const char *path, enum runtime_buffering buffering)
{
	memset(out, 0, sizeof(*out));
	out->fd = STDOUT_FILENO;
	out->name = path ? path : "standard output";
	out->buffering = buffering;
	if (path) {
		out->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (out->fd < 0)
			return -errno;
		out->own = true;
	}
	out->terminal = isatty(out->fd);
	return 0;
}

void out_close(struct out *out)
{
	if (out->own)
		close(out->fd);
	buffer_free(&out->pending);
	memset(out, 0, sizeof(*out));
	out->fd = -1;
}

int out_flush(struct out *out)
{
	const char *bytes = out->pending.data;
	size_t left = out->pending.length;
	int err = out->pending.failed ? -ENOMEM : 0;

	if (out->terminal && left)
		status_clear(true);
	while (!err && left) {
		ssize_t n = write(out->fd, bytes, left);

		if (n >= 0) {
			bytes += n;
			left -= (size_t)n;
		} else if (errno != EINTR) {
			err = -errno;
		} else if (signals_count() > 1) {
			/* A reader that does not read must not keep us for ever. */
			err = -EINTR;
		}
	}
	out->pending.length = 0;
	out->oldest = 0;
	return err;
}

int out_commit(struct out *out)
{
	if (out->pending.failed || out->pending.length >= CHUNK ||
	    out->buffering == RUNTIME_BUFFER_NONE)
		return out_flush(out);
	return 0;
}

int out_write(struct out *out, const void *bytes, size_t n)
{
	buffer_add(&out->pending, bytes, n);
	return out_commit(out);
}

int out_tick(struct out *out, bool idle)
{
	uint64_t now;

	if (!out->pending.length || out->buffering == RUNTIME_BUFFER_FULL)
		return 0;
	if (idle)
		return out_flush(out);
	now = clock_boot_now();
	if (!out->oldest)
		out->oldest = now;
	return now - out->oldest >= OUT_DELAY ? out_flush(out) : 0;
}

int out_new(struct out **out, const struct runtime_options *options)
{
	int err;

	*out = malloc(sizeof(**out));
	err = *out ? out_open(*out, options->output, options->buffering) : -ENOMEM;
	if (!err)
		return 0;
	message_error("Could not open %s: %s", options->output ? options->output : "stdout",
		      message_errno(err));
	free(*out);
	*out = NULL;
	return err;
}

void out_free(struct out *out)
{
	out_close(out);
	free(out);
}

int out_report(const struct out *out, int err)
{
	if (err && err != -EPIPE && err != -EINTR)
		message_error("Could not write to %s: %s", out->name, message_errno(err));
	return err;
}
