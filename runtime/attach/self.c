/* SPDX-License-Identifier: Apache-2.0 */
/*
 * self: a raw tracepoint program that is never attached but run by us when the signal comes.
 */
#include "runtime/attach/attach.h"

const struct attach_ops attach_self = {
	.name = "self",
	.phase = ATTACH_SIGNAL,
	.program_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.attach = attach_run_once,
};
