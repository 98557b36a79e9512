/* SPDX-License-Identifier: Apache-2.0 */
/*
 * begin: a raw tracepoint program that is never attached but run once, by us, before
 * everything else.
 */
#include "runtime/attach/attach.h"

const struct attach_ops attach_begin = {
	.name = "begin",
	.phase = ATTACH_BEGIN,
	.program_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.attach = attach_run_once,
};
