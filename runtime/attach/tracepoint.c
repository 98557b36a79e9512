/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracepoint: a perf event by the number that tracefs gives it. One CPU's event is enough: the
 * kernel runs the programs of a tracepoint for every CPU, whichever event they came with.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/message.h"
#include "runtime/tracefs.h"

/* Wildcards open hundreds: one small read into the stack, no allocation. */
static int read_id(int tracefs, const char *category, const char *event, uint64_t *id)
{
	char path[512], text[32];
	ssize_t n;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "events/%s/%s/id", category, event) >=
	    sizeof(path))
		return -ENAMETOOLONG;
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -EIO;
	text[n] = '\0';
	*id = strtoull(text, NULL, 10);
	return 0;
}

int attach_open_tracefs(struct attacher *attacher)
{
	if (attacher->tracefs >= 0)
		return 0;
	attacher->tracefs = tracefs_open();
	if (attacher->tracefs >= 0)
		return 0;
	message_error("Could not open tracefs, which tracepoints need: %s",
		      message_errno(attacher->tracefs));
	if (attacher->tracefs == -EPERM || attacher->tracefs == -EACCES)
		message_hint("duetrace needs root, or CAP_BPF and CAP_PERFMON and the right to "
			     "read tracefs");
	return attacher->tracefs;
}

int attach_tracepoint_event(struct attacher *attacher, const struct image_probe *probe,
			    const char *category, const char *event, int program)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr)};
	uint64_t id = 0;
	int err = read_id(attacher->tracefs, category, event, &id);

	if (err)
		return err;
	attr.config = id;
	attr.sample_period = 1;
	return attach_perf_event(attacher, probe, &attr, program, PERF_ONE_CPU);
}

static int tracepoint_attach(struct attacher *attacher, const struct image_probe *probe,
			     int program)
{
	const struct image *image = attacher->image;
	int err = attach_open_tracefs(attacher);

	if (err)
		return err;
	err = attach_tracepoint_event(attacher, probe, image_string(image, probe->first),
				      image_string(image, probe->second), program);
	if (err)
		message_error("Could not attach %s: %s", image_string(image, probe->name),
			      err == -ENOENT ? "this kernel has no such tracepoint"
					     : message_errno(err));
	return err;
}

const struct attach_ops attach_tracepoint = {
	.name = "tracepoint",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_TRACEPOINT,
	.attach = tracepoint_attach,
};
