/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: data probes, which hooks serve.
 */
#include "runtime/attach/attach.h"

const struct attach_ops attach_file = {
	.name = "file",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_TRACING,
};
