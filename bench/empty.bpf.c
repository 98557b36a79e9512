/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What any pair of tracepoint programs on a system call costs before it does anything. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tracepoint/syscalls/sys_enter_openat")
int on_enter(void *context)
{
	(void)context;
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_openat")
int on_exit(void *context)
{
	(void)context;
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
