/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipe: data probes, which hooks serve.
 */
#include "runtime/attach/attach.h"

const struct attach_ops attach_pipe = {
	.name = "pipe",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_TRACING,
};
