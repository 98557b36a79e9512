/* SPDX-License-Identifier: Apache-2.0 */
/*
 * end: a raw tracepoint program that is never attached but run once, by us, after
 * everything else.
 */
#include "runtime/attach/attach.h"

const struct attach_ops attach_end = {
	.name = "end",
	.phase = ATTACH_END,
	.program_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.attach = attach_run_once,
};
