/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iter: walks a list of the kernel's once, by reading a file. Each object adds a byte to the file,
 * so that a read ends after a few and the ring is emptied before it could fill. A pinned one is not
 * read: its link becomes a file that others read, and that stays when we have ended.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/attach/pin.h"
#include "runtime/attach/refusal.h"

/* Objects between two looks at the ring. */
#define BATCH 256

static int iter_prepare(const struct image *image, const struct image_probe *probe,
			struct bpf_program *program, int *held)
{
	int err = bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);

	(void)held;
	if (!err)
		err = bpf_program__set_expected_attach_type(program, BPF_TRACE_ITER);
	if (!err)
		err = bpf_program__set_attach_target(program, 0, image_string(image, probe->first));
	return err ? refusal_report(image, probe, err) : 0;
}

static int walk(struct attacher *attacher, int file)
{
	char bytes[BATCH];
	ssize_t n;
	int err = 0;

	do {
		n = read(file, bytes, sizeof(bytes));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			n = 1;
		else if (n < 0)
			return -errno;
		err = attacher->drain(attacher->drain_self);
	} while (n > 0 && !err);
	return err;
}

static int read_once(struct attacher *attacher, const struct image_probe *probe, int link)
{
	int file = bpf_iter_create(link), err = file < 0 ? file : walk(attacher, file);

	if (file >= 0)
		close(file);
	return err ? refusal_report(attacher->image, probe, err) : 0;
}

static int iter_run(struct attacher *attacher, const struct image_probe *probe, int program)
{
	LIBBPF_OPTS(bpf_link_create_opts, options);
	union bpf_iter_link_info info = {.task.pid = (uint32_t)attacher->target};
	const char *pin = image_string(attacher->image, probe->second);
	int link, err;

	/* -p; since 6.1, and a kernel without says so. */
	if (attacher->target) {
		options.iter_info = &info;
		options.iter_info_len = sizeof(info);
	}
	link = bpf_link_create(program, 0, BPF_TRACE_ITER, &options);
	if (link < 0)
		return refusal_report(attacher->image, probe, link);
	err = *pin ? pin_link(link, image_string(attacher->image, probe->name), pin)
		   : read_once(attacher, probe, link);
	close(link);
	return err;
}

const struct attach_ops attach_iter = {
	.name = "iter",
	.phase = ATTACH_BEGIN,
	.program_type = BPF_PROG_TYPE_TRACING,
	.prepare = iter_prepare,
	.attach = iter_run,
};
