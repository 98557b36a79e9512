/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What any program at the one hook that sees 64-bit and 32-bit calls costs each call before it does anything. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tp_btf/sys_exit")
int on_exit(void *context)
{
	(void)context;
	return 0;
}

char _license[] SEC("license") = "GPL";
