/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this kernel offers. Nothing is concluded from a version: each program type, helper and map
 * type is tried with a program that does nothing, which the kernel takes or refuses.
 */
#include "runtime/info.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "runtime/tracefs.h"

struct trial {
	const char *name;
	uint32_t id;
	enum bpf_prog_type type; /* of the program that calls the helper */
};

static const struct trial programs[] = {
	{.name = "tracepoint", .id = BPF_PROG_TYPE_TRACEPOINT},
	{.name = "raw_tracepoint", .id = BPF_PROG_TYPE_RAW_TRACEPOINT},
	{.name = "perf_event", .id = BPF_PROG_TYPE_PERF_EVENT},
	{.name = "kprobe", .id = BPF_PROG_TYPE_KPROBE},
	{.name = "tracing", .id = BPF_PROG_TYPE_TRACING},
	{.name = "lsm", .id = BPF_PROG_TYPE_LSM},
};

#define HELPER(helper, program)                                                                    \
	{                                                                                          \
#helper, BPF_FUNC_##helper, BPF_PROG_TYPE_##program                                \
	}
static const struct trial helpers[] = {
	HELPER(get_attach_cookie, TRACEPOINT),
	HELPER(map_lookup_percpu_elem, TRACEPOINT),
	HELPER(for_each_map_elem, TRACEPOINT),
	HELPER(loop, TRACEPOINT),
	HELPER(ringbuf_output, TRACEPOINT),
	HELPER(probe_read_kernel, TRACEPOINT),
	HELPER(probe_read_user_str, TRACEPOINT),
	HELPER(ktime_get_boot_ns, TRACEPOINT),
	HELPER(ktime_get_tai_ns, TRACEPOINT),
	HELPER(jiffies64, TRACEPOINT),
	HELPER(get_current_cgroup_id, TRACEPOINT),
	HELPER(get_current_task_btf, TRACEPOINT),
	HELPER(get_ns_current_pid_tgid, TRACEPOINT),
	HELPER(get_stackid, TRACEPOINT),
	HELPER(get_stack, TRACEPOINT),
	HELPER(send_signal, TRACEPOINT),
	HELPER(override_return, KPROBE),
	HELPER(probe_write_user, TRACEPOINT),
};
#undef HELPER

static const struct trial maps[] = {
	{.name = "hash", .id = BPF_MAP_TYPE_HASH},
	{.name = "percpu_hash", .id = BPF_MAP_TYPE_PERCPU_HASH},
	{.name = "lru_hash", .id = BPF_MAP_TYPE_LRU_HASH},
	{.name = "array", .id = BPF_MAP_TYPE_ARRAY},
	{.name = "percpu_array", .id = BPF_MAP_TYPE_PERCPU_ARRAY},
	{.name = "stack_trace", .id = BPF_MAP_TYPE_STACK_TRACE},
	{.name = "ringbuf", .id = BPF_MAP_TYPE_RINGBUF},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void row(FILE *out, const char *name, int has)
{
	fprintf(out, "  %s: %s\n", name, has > 0 ? "yes" : has == 0 ? "no" : "unknown");
}

/* Trials that fail are the point of this: libbpf need not say so. */
static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static void print_trials(FILE *out)
{
	fputs("\nProgram types\n", out);
	for (size_t i = 0; i < COUNT(programs); i++)
		row(out, programs[i].name,
		    libbpf_probe_bpf_prog_type((enum bpf_prog_type)programs[i].id, NULL));
	fputs("\nKernel helpers\n", out);
	for (size_t i = 0; i < COUNT(helpers); i++)
		row(out, helpers[i].name,
		    libbpf_probe_bpf_helper(helpers[i].type, (enum bpf_func_id)helpers[i].id,
					    NULL));
	fputs("\nMap types\n", out);
	for (size_t i = 0; i < COUNT(maps); i++)
		row(out, maps[i].name,
		    libbpf_probe_bpf_map_type((enum bpf_map_type)maps[i].id, NULL));
}

void runtime_info(FILE *out, const char *version, const char *llvm)
{
	libbpf_print_fn_t old = libbpf_set_print(silent);
	int tracefs = tracefs_open();
	struct utsname system;

	fputs("System\n", out);
	if (!uname(&system))
		fprintf(out, "  OS: %s %s %s\n  Arch: %s\n", system.sysname, system.release,
			system.version, system.machine);
	fprintf(out, "\nBuild\n  version: v%s\n  LLVM: %s\n  libbpf: %s\n", version, llvm,
		libbpf_version_string());
	fputs("\nKernel features\n", out);
	row(out, "btf", !access("/sys/kernel/btf/vmlinux", R_OK));
	row(out, "tracefs", tracefs >= 0);
	row(out, "uprobe", !access("/sys/bus/event_source/devices/uprobe/type", R_OK));
	row(out, "kprobe", !access("/sys/bus/event_source/devices/kprobe/type", R_OK));
	print_trials(out);
	if (tracefs >= 0)
		close(tracefs);
	libbpf_set_print(old);
}
