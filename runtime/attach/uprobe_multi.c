/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/attach/uprobe_multi.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/kernel_version.h"

#define FLAG_RETURN 1

/* bpf_attr.link_create of Linux 6.6. */
struct link_create {
	uint32_t program, target;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t path, offsets, semaphores, cookies;
	uint32_t count, multi_flags, pid, padding;
};

int uprobe_multi_attach(int program, const struct uprobe_multi *multi)
{
	struct link_create create = {
		.program = (uint32_t)program,
		.attach_type = UPROBE_MULTI_ATTACH_TYPE,
		.path = (uint64_t)(uintptr_t)multi->path,
		.offsets = (uint64_t)(uintptr_t)multi->offsets,
		.semaphores = (uint64_t)(uintptr_t)multi->semaphores,
		.cookies = (uint64_t)(uintptr_t)multi->cookies,
		.count = multi->count,
		.multi_flags = multi->on_return ? FLAG_RETURN : 0,
		.pid = (uint32_t)multi->pid,
	};
	int link = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &create, sizeof(create));

	return link < 0 ? -errno : link;
}

/* Before 6.11 its filter for a process took one of the threads only (46ba0e49b642). */
static bool is_sound(void)
{
	return !kernel_is_before(6, 11);
}

/* A folder cannot be probed: a kernel that knows what is wanted says EBADF, another EINVAL. */
static bool ask(void)
{
	static const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options,
		    .expected_attach_type = (enum bpf_attach_type)UPROBE_MULTI_ATTACH_TYPE);
	uint64_t offset = 0;
	struct uprobe_multi multi = {.path = "/", .offsets = &offset, .count = 1};
	int program = bpf_prog_load(BPF_PROG_TYPE_KPROBE, NULL, "GPL", code,
				    sizeof(code) / sizeof(code[0]), &options);
	int link;

	if (program < 0)
		return false;
	link = uprobe_multi_attach(program, &multi);
	if (link >= 0)
		close(link);
	close(program);
	return link == -EBADF;
}

bool uprobe_multi_is_there(void)
{
	static int known = -1;

	if (known < 0)
		known = is_sound() && ask();
	return known;
}
