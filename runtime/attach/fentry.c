/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fentry and fexit: a program is loaded for one function, whose BTF gives its arguments. The
 * function may be one of another BPF program, which is there by then: the number of the probe is
 * its ID.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/attach/refusal.h"
#include "runtime/message.h"

static bool is_of_program(const struct image *image, const struct image_probe *probe)
{
	return !strcmp(image_string(image, probe->first), "bpf");
}

/* It may have ended, or, of an image, be a program of another day. */
static int set_program(const struct image *image, const struct image_probe *probe,
		       struct bpf_program *program, int *held)
{
	int err;

	*held = bpf_prog_get_fd_by_id((uint32_t)probe->number);
	err = *held < 0 ? *held
			: bpf_program__set_attach_target(program, *held,
							 image_string(image, probe->second));
	if (!err)
		return 0;
	if (err == -EPERM)
		return refusal_report(image, probe, err);
	message_error(
		"%s is not available: there is no BPF program with this ID and function any more",
		image_string(image, probe->name));
	message_hint("duetrace -l '%s:bpf:*' says which there are",
		     image_string(image, probe->type));
	return err;
}

static int prepare(const struct image *image, const struct image_probe *probe,
		   struct bpf_program *program, int *held, enum bpf_attach_type type)
{
	int err = bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);

	if (!err)
		err = bpf_program__set_expected_attach_type(program, type);
	if (!err && is_of_program(image, probe))
		return set_program(image, probe, program, held);
	if (!err)
		err = bpf_program__set_attach_target(program, 0,
						     image_string(image, probe->second));
	return err ? refusal_report(image, probe, err) : 0;
}

static int fentry_prepare(const struct image *image, const struct image_probe *probe,
			  struct bpf_program *program, int *held)
{
	return prepare(image, probe, program, held, BPF_TRACE_FENTRY);
}

static int fexit_prepare(const struct image *image, const struct image_probe *probe,
			 struct bpf_program *program, int *held)
{
	return prepare(image, probe, program, held, BPF_TRACE_FEXIT);
}

static int function_attach(struct attacher *attacher, const struct image_probe *probe, int program)
{
	int link = bpf_raw_tracepoint_open(NULL, program);

	if (link >= 0)
		return attacher_keep(attacher, probe, link);
	if (link != -EBUSY || !is_of_program(attacher->image, probe))
		return refusal_report(attacher->image, probe, link);
	message_error("%s is not available: another program has taken the place of the function",
		      image_string(attacher->image, probe->name));
	return link;
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
