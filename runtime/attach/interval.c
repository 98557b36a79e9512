/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interval: a software clock event on one CPU.
 */
#include "runtime/attach/attach.h"

static int interval_attach(struct attacher *attacher, const struct image_probe *probe, int program)
{
	return attach_clock(attacher, probe, program, PERF_ONE_CPU);
}

const struct attach_ops attach_interval = {
	.name = "interval",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_PERF_EVENT,
	.attach = interval_attach,
};
