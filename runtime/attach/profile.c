/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile: a software clock event on every CPU, or in the threads of -p's process.
 */
#include "runtime/attach/attach.h"

static int profile_attach(struct attacher *attacher, const struct image_probe *probe, int program)
{
	return attach_clock(attacher, probe, program, PERF_TARGET);
}

const struct attach_ops attach_profile = {
	.name = "profile",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_PERF_EVENT,
	.attach = profile_attach,
};
