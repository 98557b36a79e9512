/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kprobe and kretprobe. A program of several functions is attached to all of them by one link where
 * the kernel has that (kprobe_multi, since 5.18, with CONFIG_FPROBE), which takes milliseconds for
 * a thousand; else, and at an offset or an address, each is a perf event of the kprobe PMU.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/attach/refusal.h"
#include "runtime/message.h"

#define PMU "/sys/bus/event_source/devices/kprobe/"
/* Fewer functions are not worth a link of the other kind. */
#define LEAST_MULTI 2

static bool is_return(const struct image *image, const struct image_probe *probe)
{
	return !strcmp(image_string(image, probe->type), "kretprobe");
}

/* The probes of a program: they follow each other in no order but that of the script. */
static uint32_t count_targets(const struct image *image, uint32_t program, bool *plain)
{
	uint32_t n = 0;

	*plain = true;
	for (uint32_t i = 0; i < image->n_probes; i++) {
		if (image->probes[i].program != program)
			continue;
		n++;
		*plain &= !image->probes[i].number;
	}
	return n;
}

static bool is_first(const struct image *image, const struct image_probe *probe)
{
	const struct image_probe *first = image->probes;

	while (first->program != probe->program)
		first++;
	return first == probe;
}

/*
 * Asked with functions that cannot be read: a kernel that has such links says EFAULT, all others
 * something else.
 */
static bool has_multi(void)
{
	static const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	static const unsigned long bad = 1;
	static int known = -1;
	LIBBPF_OPTS(bpf_prog_load_opts, load, .expected_attach_type = BPF_TRACE_KPROBE_MULTI);
	LIBBPF_OPTS(bpf_link_create_opts, create);
	int program, link;

	if (known >= 0)
		return known;
	known = 0;
	program = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "probe", "GPL", nothing, 2, &load);
	if (program < 0)
		return false;
	create.kprobe_multi.syms = (const char **)(uintptr_t)bad;
	create.kprobe_multi.cnt = 1;
	link = bpf_link_create(program, 0, BPF_TRACE_KPROBE_MULTI, &create);
	known = link == -EFAULT;
	if (link >= 0)
		close(link);
	close(program);
	return known;
}

static bool uses_multi(const struct image *image, const struct image_probe *probe)
{
	bool plain;

	return count_targets(image, probe->program, &plain) >= LEAST_MULTI && plain && has_multi();
}

static int kprobe_prepare(const struct image *image, const struct image_probe *probe,
			  struct bpf_program *program, int *held)
{
	int err = bpf_program__set_type(program, BPF_PROG_TYPE_KPROBE);

	(void)held;
	if (!err && uses_multi(image, probe))
		err = bpf_program__set_expected_attach_type(program, BPF_TRACE_KPROBE_MULTI);
	return err;
}

/* --- one link for all --- */

struct multi {
	struct attacher *attacher;
	const struct image_probe **probes;
	const char **names;
	__u64 *cookies;
	int program;
	bool returns;
};

/*
 * The kernel takes all or none and does not say which one it did not like: halve until it is found.
 * Links are closed together, so more than one does not matter.
 */
static int attach_range(struct multi *multi, uint32_t first, uint32_t n)
{
	LIBBPF_OPTS(bpf_link_create_opts, options);
	int link, err;

	options.kprobe_multi.syms = multi->names + first;
	options.kprobe_multi.cookies = multi->cookies + first;
	options.kprobe_multi.cnt = n;
	options.kprobe_multi.flags = multi->returns ? BPF_F_KPROBE_MULTI_RETURN : 0;
	link = bpf_link_create(multi->program, 0, BPF_TRACE_KPROBE_MULTI, &options);
	if (link >= 0)
		return attacher_keep(multi->attacher, multi->probes[first], link);
	if (n == 1)
		return attacher_refused(multi->attacher, multi->probes[first], link);
	err = attach_range(multi, first, n / 2);
	return err ? err : attach_range(multi, first + n / 2, n - n / 2);
}

static int attach_multi(struct attacher *attacher, const struct image_probe *probe, int program)
{
	const struct image *image = attacher->image;
	struct multi multi = {
		.attacher = attacher, .program = program, .returns = is_return(image, probe)};
	bool plain;
	uint32_t n = count_targets(image, probe->program, &plain), at = 0;
	int err = -ENOMEM;

	multi.probes = calloc(n, sizeof(*multi.probes));
	multi.names = calloc(n, sizeof(*multi.names));
	multi.cookies = calloc(n, sizeof(*multi.cookies));
	if (multi.probes && multi.names && multi.cookies) {
		for (uint32_t i = 0; i < image->n_probes; i++) {
			if (image->probes[i].program != probe->program)
				continue;
			multi.probes[at] = &image->probes[i];
			multi.names[at] = image_string(image, image->probes[i].second);
			multi.cookies[at++] = i;
		}
		err = attach_range(&multi, 0, n);
	}
	free(multi.probes);
	free(multi.names);
	free(multi.cookies);
	return err;
}

/* --- a perf event for each --- */

/* The number in a file of sysfs, behind a prefix: "config:0". */
static int read_number(const char *path, const char *prefix, uint64_t *value)
{
	FILE *file = fopen(path, "re");
	char text[64] = "";

	if (!file)
		return -ENOENT;
	if (!fgets(text, sizeof(text), file) || strncmp(text, prefix, strlen(prefix)))
		*text = '\0';
	fclose(file);
	*value = strtoull(text + strlen(prefix), NULL, 10);
	return *text ? 0 : -ENOENT;
}

/* -1, 0: the process, the CPU; the kernel makes a kprobe fire everywhere whatever they are. */
static int open_event(const struct image *image, const struct image_probe *probe)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	const char *module = image_string(image, probe->first);
	const char *function = image_string(image, probe->second);
	uint64_t type, bit;
	char name[512];
	int fd;

	if (read_number(PMU "type", "", &type) ||
	    read_number(PMU "format/retprobe", "config:", &bit) || bit > 63)
		return -ENODEV;
	snprintf(name, sizeof(name), "%s%s%s", strcmp(module, "vmlinux") ? module : "",
		 *module && strcmp(module, "vmlinux") ? ":" : "", function);
	attr.type = (uint32_t)type;
	attr.config = is_return(image, probe) ? 1ULL << bit : 0;
	attr.config1 = *function ? (uint64_t)(uintptr_t)name : 0;
	attr.config2 = probe->number;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int attach_one(struct attacher *attacher, const struct image_probe *probe, int program)
{
	LIBBPF_OPTS(bpf_link_create_opts, options);
	int event = open_event(attacher->image, probe), link;

	if (event < 0)
		return refusal_report(attacher->image, probe, event);
	options.perf_event.bpf_cookie = (uint64_t)(probe - attacher->image->probes);
	link = bpf_link_create(program, event, BPF_PERF_EVENT, &options);
	/* The link keeps the event. */
	close(event);
	return link < 0 ? refusal_report(attacher->image, probe, link)
			: attacher_keep(attacher, probe, link);
}

static int kprobe_attach(struct attacher *attacher, const struct image_probe *probe, int program)
{
	if (!uses_multi(attacher->image, probe))
		return attach_one(attacher, probe, program);
	return is_first(attacher->image, probe) ? attach_multi(attacher, probe, program) : 0;
}

const struct attach_ops attach_kprobe = {
	.name = "kprobe",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_KPROBE,
	.prepare = kprobe_prepare,
	.attach = kprobe_attach,
};

const struct attach_ops attach_kretprobe = {
	.name = "kretprobe",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_KPROBE,
	.prepare = kprobe_prepare,
	.attach = kprobe_attach,
};
