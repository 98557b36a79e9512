/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fentry and fexit: a program is loaded for one function, whose BTF gives its arguments.
 */
#include <bpf/libbpf.h>
#include <errno.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/attach/refusal.h"

static int prepare(const struct image *image, const struct image_probe *probe,
		   struct bpf_program *program, enum bpf_attach_type type)
{
	int err = bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);

	if (!err)
		err = bpf_program__set_expected_attach_type(program, type);
	if (!err)
		err = bpf_program__set_attach_target(program, 0,
						     image_string(image, probe->second));
	return err ? refusal_report(image, probe, err) : 0;
}

static int fentry_prepare(const struct image *image, const struct image_probe *probe,
			  struct bpf_program *program)
{
	return prepare(image, probe, program, BPF_TRACE_FENTRY);
}

static int fexit_prepare(const struct image *image, const struct image_probe *probe,
			 struct bpf_program *program)
{
	return prepare(image, probe, program, BPF_TRACE_FEXIT);
}

static int function_attach(struct attacher *attacher, const struct image_probe *probe, int program)
{
	int link = bpf_raw_tracepoint_open(NULL, program);

	return link < 0 ? refusal_report(attacher->image, probe, link)
			: attacher_keep(attacher, probe, link);
}

const struct attach_ops attach_fentry = {
	.name = "fentry",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_TRACING,
	.prepare = fentry_prepare,
	.attach = function_attach,
};

const struct attach_ops attach_fexit = {
	.name = "fexit",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_TRACING,
	.prepare = fexit_prepare,
	.attach = function_attach,
};
