/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watchpoint: a debug register on every CPU, or in the threads of -p's process or the command.
 */
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/features.h"
#include "runtime/message.h"

static void explain(const char *name, int err)
{
	const char *reason = message_errno(err);

	if (err == -ENOSPC)
		reason = "all debug registers are in use";
	else if (err == -EINVAL)
		reason = "the CPU cannot watch that: the address must be a multiple of the length, "
			 "and x "
			 "needs the length 8";
	else if (err == -ENODEV || err == -EOPNOTSUPP || err == -ENOENT)
		reason = "this machine has no debug registers";
	message_error("Could not attach %s: %s", name, reason);
	if (err == -ENODEV || err == -EOPNOTSUPP || err == -ENOENT)
		feature_hint(FEATURE_watchpoint);
	else if (err == -ENOSPC)
		message_hint("a CPU has few, 4 on x86-64; debuggers use them too");
	else if (err == -EACCES || err == -EPERM)
		message_hint("duetrace needs root, or CAP_BPF and CAP_PERFMON");
}

/* "8:rw"; false: that is not what the compiler writes. */
static bool read_form(const char *text, struct perf_event_attr *attr)
{
	char *mode;
	unsigned long length = strtoul(text, &mode, 10);

	if (!length || length > 8 || *mode != ':' || !mode[1])
		return false;
	attr->bp_len = length;
	while (*++mode) {
		if (!strchr("rwx", *mode))
			return false;
		attr->bp_type |= *mode == 'r'	? HW_BREAKPOINT_R
				 : *mode == 'w' ? HW_BREAKPOINT_W
						: HW_BREAKPOINT_X;
	}
	return true;
}

static int watchpoint_attach(struct attacher *attacher, const struct image_probe *probe,
			     int program)
{
	const struct image *image = attacher->image;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.sample_period = 1,
		.bp_addr = probe->number,
	};
	int err = -EINVAL;

	if (read_form(image_string(image, probe->first), &attr))
		err = attach_perf_event(attacher, probe, &attr, program, PERF_PROCESS);
	if (err)
		explain(image_string(image, probe->name), err);
	return err;
}

void attacher_unwatch(struct attacher *attacher, uint64_t address)
{
	const struct image *image = attacher->image;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < attacher->n_links; i++) {
		const struct image_probe *probe = &image->probes[attacher->links[i].probe];

		if (probe->number == address &&
		    !strcmp(image_string(image, probe->type), attach_watchpoint.name))
			close(attacher->links[i].link);
		else
			attacher->links[kept++] = attacher->links[i];
	}
	attacher->n_links = kept;
}

const struct attach_ops attach_watchpoint = {
	.name = "watchpoint",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_PERF_EVENT,
	.attach = watchpoint_attach,
};
