/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interval: a software clock event on one CPU.
 */
#include <errno.h>
#include <linux/perf_event.h>

#include "image/image.h"
#include "runtime/attach/attach.h"

static int interval_attach(struct attacher *attacher, const struct image_probe *probe, int program)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
	};
	int err = -EINVAL;

	attach_period(attacher->image, probe, &attr);
	if (probe->number)
		err = attach_perf_event(attacher, probe, &attr, program, PERF_ONE_CPU);
	if (err)
		attach_period_error(attacher->image, probe, err);
	return err;
}

const struct attach_ops attach_interval = {
	.name = "interval",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_PERF_EVENT,
	.attach = interval_attach,
};
