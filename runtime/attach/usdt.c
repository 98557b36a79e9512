/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usdt: a breakpoint at each place where the probe stands.
 */
#include "runtime/attach/attach.h"
#include "runtime/attach/user.h"

static int attach(struct attacher *attacher, const struct image_probe *probe, int program)
{
	return user_attach(attacher, probe, program, false);
}

const struct attach_ops attach_usdt = {
	.name = "usdt",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_KPROBE,
	.attach = attach,
	.expected = user_expected,
};
