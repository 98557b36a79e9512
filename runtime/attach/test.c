/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test: a raw tracepoint program that is never attached; --test runs it, see runtime/trials.c.
 */
#include "runtime/attach/attach.h"

const struct attach_ops attach_test = {
	.name = "test",
	.phase = ATTACH_TEST,
	.program_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.attach = attach_run_once,
};
