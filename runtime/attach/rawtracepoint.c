/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rawtracepoint: by name, or, when the program has typed arguments (tp_btf), by the BTF type that
 * it was loaded for.
 */
#include <bpf/libbpf.h>
#include <errno.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/attach/refusal.h"

static bool is_typed(const struct bpf_program *program)
{
	return bpf_program__expected_attach_type(program) == BPF_TRACE_RAW_TP;
}

static int raw_prepare(const struct image *image, const struct image_probe *probe,
		       struct bpf_program *program, int *held)
{
	int err;

	(void)held;
	if (!is_typed(program))
		return bpf_program__set_type(program, BPF_PROG_TYPE_RAW_TRACEPOINT);
	err = bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
	if (!err)
		err = bpf_program__set_attach_target(program, 0,
						     image_string(image, probe->second));
	return err ? refusal_report(image, probe, err) : 0;
}

static int raw_attach(struct attacher *attacher, const struct image_probe *probe, int program)
{
	const struct image *image = attacher->image;
	int link = bpf_raw_tracepoint_open(image_string(image, probe->second), program);

	/* A typed one is told by its program alone. */
	if (link == -EINVAL)
		link = bpf_raw_tracepoint_open(NULL, program);
	return link < 0 ? refusal_report(image, probe, link) : attacher_keep(attacher, probe, link);
}

const struct attach_ops attach_rawtracepoint = {
	.name = "rawtracepoint",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.prepare = raw_prepare,
	.attach = raw_attach,
};
