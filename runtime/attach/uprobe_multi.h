/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links of one program to many places of a file, BPF_TRACE_UPROBE_MULTI. libbpf has it since 1.3;
 * an older one is enough here, so the system call is made by hand.
 */
#ifndef DUETRACE_RUNTIME_UPROBE_MULTI_H
#define DUETRACE_RUNTIME_UPROBE_MULTI_H

#include <stdbool.h>
#include <stdint.h>

/* enum bpf_attach_type of Linux 6.6. */
#define UPROBE_MULTI_ATTACH_TYPE 48

struct uprobe_multi {
	const char *path;
	uint64_t *offsets, *semaphores, *cookies;
	uint32_t count;
	int pid; /* 0: all processes */
	bool on_return;
};

/* Whether this kernel has it, and so that it can be relied on. Asked once. */
bool uprobe_multi_is_there(void);
/* A link's descriptor or -errno. */
int uprobe_multi_attach(int program, const struct uprobe_multi *multi);

#endif
