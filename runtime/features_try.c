/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trials of features.def. Each does what a probe would do, with a program that only returns, on
 * something that hardly ever happens, and lets go at once.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/features.h"
#include "runtime/tracefs.h"

#define PMU "/sys/bus/event_source/devices/"
/* A function of the kernel that only tests of BPF call. */
#define IDLE_FUNCTION "bpf_fentry_test1"

/* Some of the arguments are for other trials. */
#define UNUSED (void)features, (void)feature, (void)why, (void)size

static int because(char *why, size_t size, const char *reason, int err)
{
	snprintf(why, size, "%s", reason);
	return err;
}

/* The first line of a file; 0 or -errno. */
static int read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, line, size - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

/* A program that does nothing; a descriptor or -errno. */
static int load(unsigned int type, unsigned int attach_type, int btf_id)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options,
		    .expected_attach_type = (enum bpf_attach_type)attach_type,
		    .attach_btf_id = (uint32_t)btf_id);
	int program =
		bpf_prog_load((enum bpf_prog_type)type, "duetrace_trial", "GPL", code, 2, &options);

	return program < 0 ? -errno : program;
}

static int close_both(int link, int program)
{
	int err = link < 0 ? -errno : 0;

	if (link >= 0)
		close(link);
	close(program);
	return err;
}

/* An event of this process's own, linked to a program. Both are gone when it returns. */
static int link_event(struct perf_event_attr *attr, unsigned int type)
{
	int program, event, err;

	attr->size = sizeof(*attr);
	event = (int)syscall(SYS_perf_event_open, attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0)
		return -errno;
	program = load(type, 0, 0);
	if (program < 0)
		err = program;
	else
		err = close_both(bpf_link_create(program, event, BPF_PERF_EVENT, NULL), program);
	close(event);
	return err;
}

TRIAL(rights)
{
	UNUSED;
	return features->privileged
		       ? 0
		       : because(why, size, "this user may not load programs", -EINVAL);
}

TRIAL(unlocked)
{
	char line[128];

	UNUSED;
	/* Without the file, the kernel has no lockdown. */
	if (read_line("/sys/kernel/security/lockdown", line, sizeof(line)) ||
	    strstr(line, "[none]"))
		return 0;
	return because(why, size, line, -EINVAL);
}

TRIAL(paranoid)
{
	char line[32];

	UNUSED;
	if (read_line("/proc/sys/kernel/perf_event_paranoid", line, sizeof(line)))
		return because(why, size, "the kernel has no perf events", -ENOENT);
	if (strtol(line, NULL, 10) < 0)
		return 0;
	snprintf(why, size, "kernel.perf_event_paranoid is %s", line);
	return -EINVAL;
}

TRIAL(btf)
{
	UNUSED;
	return access("/sys/kernel/btf/vmlinux", R_OK)
		       ? because(why, size, "there is no /sys/kernel/btf/vmlinux", -errno)
		       : 0;
}

TRIAL(tracefs)
{
	int fd = tracefs_open();

	UNUSED;
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

TRIAL(kallsyms)
{
	char line[128];

	UNUSED;
	if (read_line("/proc/kallsyms", line, sizeof(line)))
		return because(why, size, "there is no /proc/kallsyms", -errno);
	if (strspn(line, "0") == 16)
		return because(why, size, "/proc/kallsyms has no addresses for this user", -EINVAL);
	return 0;
}

TRIAL(filter)
{
	int folder = tracefs_open(), fd, err;
	char byte;

	UNUSED;
	if (folder < 0)
		return folder;
	fd = openat(folder, "available_filter_functions", O_RDONLY | O_CLOEXEC);
	err = fd < 0 || read(fd, &byte, 1) < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	close(folder);
	return err == -ENOENT ? because(why, size, "the kernel has no function tracer", err) : err;
}

TRIAL(test_run)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	int program = load(feature->program, 0, 0), err;

	UNUSED;
	if (program < 0)
		return program;
	err = bpf_prog_test_run_opts(program, &options) ? -errno : 0;
	close(program);
	return err;
}

TRIAL(tracepoint)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .sample_period = 1};
	int folder = tracefs_open(), err;
	char path[128], *id;
	unsigned long length;

	UNUSED;
	if (folder < 0)
		return because(why, size, "tracefs cannot be opened", folder);
	snprintf(path, sizeof(path), "events/%s/id", feature->target);
	err = tracefs_read(folder, path, &id, &length);
	close(folder);
	if (err)
		return err;
	attr.config = strtoull(id, NULL, 10);
	free(id);
	return link_event(&attr, feature->program);
}

TRIAL(tracepoints)
{
	int folder = tracefs_open(), err;
	char path[128];

	UNUSED;
	if (folder < 0)
		return because(why, size, "tracefs cannot be opened", folder);
	snprintf(path, sizeof(path), "events/%s", feature->target);
	err = faccessat(folder, path, F_OK, 0) ? -errno : 0;
	close(folder);
	return err == -ENOENT ? because(why, size, "the kernel was built without them", err) : err;
}

TRIAL(raw)
{
	int program = load(feature->program, 0, 0);

	UNUSED;
	if (program < 0)
		return program;
	return close_both(bpf_raw_tracepoint_open(feature->target, program), program);
}

/* A program that BTF says the target of. */
static int load_typed(struct features *features, const struct feature *feature, char *why,
		      size_t size)
{
	bool raw = feature->number == BPF_TRACE_RAW_TP;
	struct btf *btf = features_btf(features);
	int id, program;

	if (!btf)
		return because(why, size, "the kernel has no BTF", -ENOENT);
	id = btf__find_by_name_kind(btf, feature->target, raw ? BTF_KIND_TYPEDEF : BTF_KIND_FUNC);
	if (id < 0) {
		snprintf(why, size, "the kernel's BTF has no %s", feature->target);
		return -ENOENT;
	}
	program = load(feature->program, feature->number, id);
	if (program == -EPERM && features->privileged)
		because(why, size,
			"the kernel refuses to load the program: Operation not permitted", 0);
	return program;
}

TRIAL(tracing)
{
	LIBBPF_OPTS(bpf_link_create_opts, options);
	int program = load_typed(features, feature, why, size);

	if (program < 0)
		return program;
	if (feature->number == BPF_TRACE_ITER)
		return close_both(bpf_link_create(program, 0, BPF_TRACE_ITER, &options), program);
	return close_both(bpf_raw_tracepoint_open(NULL, program), program);
}

TRIAL(lsm)
{
	char list[256];

	if (read_line("/sys/kernel/security/lsm", list, sizeof(list)) == 0 && !strstr(list, "bpf"))
		return because(why, size,
			       "bpf is not among the kernel's security modules: boot it with "
			       "lsm=...,bpf",
			       -EINVAL);
	return try_tracing(features, feature, why, size);
}

TRIAL(perf)
{
	struct perf_event_attr attr = {
		.type = feature->number, .config = feature->program, .sample_period = 1000000};
	static uint64_t watched;
	int err;

	UNUSED;
	if (feature->number == PERF_TYPE_BREAKPOINT) {
		attr.bp_addr = (uint64_t)(uintptr_t)&watched;
		attr.bp_type = HW_BREAKPOINT_W;
		attr.bp_len = HW_BREAKPOINT_LEN_8;
	}
	err = link_event(&attr, BPF_PROG_TYPE_PERF_EVENT);
	if (err == -ENOENT || err == -EOPNOTSUPP || err == -ENODEV)
		because(why, size, "the CPU has no counters, or lets no guest use them", err);
	return err;
}

/* Nobody calls it: the trial's breakpoint is never met. */
static void __attribute__((noinline, used)) uprobe_here(void)
{
	__asm__ volatile("nop");
}

/* Where in our own file that function is. */
static int uprobe_offset(uint64_t *offset)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t address = (uint64_t)(uintptr_t)uprobe_here, begin, end, at;
	int err = -ENOENT;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
		if (sscanf(line, "%lx-%lx %*s %lx", &begin, &end, &at) == 3 && begin <= address &&
		    address < end) {
			*offset = address - begin + at;
			err = 0;
		}
	}
	if (maps)
		fclose(maps);
	return err;
}

/* A kprobe's or uprobe's event, by the number that sysfs gives its kind. */
static int probe_event(const char *kind, bool is_return, const char *name, uint64_t offset,
		       unsigned int type, char *why, size_t size)
{
	struct perf_event_attr attr = {.config1 = (uint64_t)(uintptr_t)name, .config2 = offset};
	char path[128], line[32];

	snprintf(path, sizeof(path), PMU "%s/type", kind);
	if (read_line(path, line, sizeof(line))) {
		snprintf(why, size, "the kernel was built without %ss", kind);
		return -ENOENT;
	}
	attr.type = (uint32_t)strtoul(line, NULL, 10);
	/* Bit 0, as format/retprobe says of all kernels. */
	attr.config = is_return;
	return link_event(&attr, type);
}

TRIAL(uprobe)
{
	uint64_t offset;
	int err = uprobe_offset(&offset);

	UNUSED;
	return err ? err
		   : probe_event("uprobe", feature->number, "/proc/self/exe", offset,
				 feature->program, why, size);
}

TRIAL(kprobe)
{
	UNUSED;
	return probe_event("kprobe", feature->number, IDLE_FUNCTION, 0, feature->program, why,
			   size);
}

/* The kernel's union for BPF_LINK_CREATE, of versions that libbpf's headers may not know. */
struct multi_attr {
	uint32_t program, target, attach_type, flags;
	union {
		struct {
			uint32_t flags, count;
			uint64_t symbols, addresses, cookies;
		} kprobe;
		struct {
			uint64_t path, offsets, counters, cookies;
			uint32_t count, flags, pid;
		} uprobe;
	};
};

static int link_multi(struct multi_attr *attr, const struct feature *feature, char *why,
		      size_t size)
{
	int program = load(feature->program, feature->number, 0), err;

	if (program < 0)
		return program;
	attr->program = (uint32_t)program;
	attr->attach_type = feature->number;
	err = close_both((int)syscall(SYS_bpf, BPF_LINK_CREATE, attr, sizeof(*attr)), program);
	return err == -EINVAL || err == -EOPNOTSUPP
		       ? because(why, size, "the kernel does not know it", err)
		       : err;
}

TRIAL(kprobe_multi)
{
	const char *symbols[] = {IDLE_FUNCTION};
	struct multi_attr attr = {.kprobe = {.count = 1, .symbols = (uint64_t)(uintptr_t)symbols}};

	UNUSED;
	return link_multi(&attr, feature, why, size);
}

TRIAL(uprobe_multi)
{
	struct multi_attr attr = {.uprobe = {.count = 1}};
	uint64_t offset;
	int err = uprobe_offset(&offset);

	UNUSED;
	attr.uprobe.path = (uint64_t)(uintptr_t) "/proc/self/exe";
	attr.uprobe.offsets = (uint64_t)(uintptr_t)&offset;
	return err ? err : link_multi(&attr, feature, why, size);
}

TRIAL(path)
{
	UNUSED;
	return access(feature->target, F_OK) ? -errno : 0;
}

/* libbpf's probes: 1, 0, or what went wrong. */
static int verdict(int answer, char *why, size_t size)
{
	if (answer < 0)
		return answer;
	return answer ? 0 : because(why, size, "the kernel does not know it", -EINVAL);
}

/* Without rights, libbpf takes the refusal for an answer. */
static int may_load(struct features *features)
{
	return features->privileged ? 0 : -EPERM;
}

TRIAL(program)
{
	int err = may_load(features);

	return err ? err
		   : verdict(libbpf_probe_bpf_prog_type((enum bpf_prog_type)feature->program, NULL),
			     why, size);
}

TRIAL(link)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .sample_period = 1000000};

	UNUSED;
	return link_event(&attr, feature->program);
}

TRIAL(helper)
{
	int err = may_load(features);

	return err ? err
		   : verdict(libbpf_probe_bpf_helper((enum bpf_prog_type)feature->program,
						     (enum bpf_func_id)feature->number, NULL),
			     why, size);
}

TRIAL(kfunc)
{
	struct btf *btf = features_btf(features);

	if (!btf)
		return because(why, size, "the kernel has no BTF", -ENOENT);
	return btf__find_by_name_kind(btf, feature->target, BTF_KIND_FUNC) < 0
		       ? because(why, size, "the kernel's BTF does not have it", -ENOENT)
		       : 0;
}

TRIAL(map)
{
	int err = may_load(features);

	return err ? err
		   : verdict(libbpf_probe_bpf_map_type((enum bpf_map_type)feature->number, NULL),
			     why, size);
}
