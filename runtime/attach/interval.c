/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interval: a software clock event on one CPU.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/message.h"

static int interval_attach(struct attacher *attacher, const struct image_probe *probe, int program)
{
	const struct image *image = attacher->image;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
	};
	int err;

	if (strcmp(image_string(image, probe->first), "hz") == 0) {
		attr.freq = 1;
		attr.sample_freq = probe->number;
	} else {
		attr.sample_period = probe->number;
	}
	err = probe->number ? attach_perf_event(attacher, probe, &attr, program) : -EINVAL;
	if (err == -EINVAL && attr.freq)
		message_error("Could not attach %s: the frequency is 0 or above "
			      "/proc/sys/kernel/perf_event_max_sample_rate",
			      image_string(image, probe->name));
	else if (err)
		message_error("Could not attach %s: %s", image_string(image, probe->name),
			      message_errno(err));
	return err;
}

const struct attach_ops attach_interval = {
	.name = "interval",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_PERF_EVENT,
	.attach = interval_attach,
};
