/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc: data probes, which hooks serve.
 */
#include "runtime/attach/attach.h"

const struct attach_ops attach_proc = {
	.name = "proc",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_TRACING,
};
