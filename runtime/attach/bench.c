/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench: a raw tracepoint program that is never attached; --bench runs it, see runtime/trials.c.
 */
#include "runtime/attach/attach.h"

const struct attach_ops attach_bench = {
	.name = "bench",
	.phase = ATTACH_BENCH,
	.program_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.attach = attach_run_once,
};
