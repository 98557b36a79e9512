/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities and the filter of system calls. What is kept is a row of `kept`, with its reason,
 * which -v prints. Everything else that the end of a run needs is open by then: the maps, the ring,
 * the database, the output; counters are read and maps are printed through descriptors.
 */
#include "runtime/privileges.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/kernel_version.h"
#include "runtime/message.h"
#include "runtime/runtime.h"

#define BIT(capability) (1ULL << (capability))

uint64_t privileges_held(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	if (syscall(SYS_capget, &head, data))
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

bool privileges_suffice(void)
{
	const uint64_t needed = BIT(CAP_BPF) | BIT(CAP_PERFMON), held = privileges_held();

	return (held & needed) == needed || held & BIT(CAP_SYS_ADMIN);
}

/* What a run does after attaching that not every run does. */
struct needs {
	bool user_symbols;   /* of processes that are still to come */
	bool kernel_symbols; /* /proc/kallsyms is read when the first name is wanted */
	bool cgroups;	     /* their names, by ID */
	bool users;	     /* their names: whoever the C library asks */
	bool cat;
	bool system;
	bool database;
	bool foreign_file; /* the database or its folder are not ours */
	bool command;	   /* --run, -c: it may have become somebody else when we end it */
	bool old_kernel;
};

static struct needs find_needs(const struct image *image)
{
	struct needs needs = {0};

	for (uint32_t i = 0; i < image->n_types; i++) {
		uint32_t kind = image->types[i].kind;

		needs.user_symbols |= kind == IMAGE_USYM || kind == IMAGE_USTACK;
		needs.kernel_symbols |= kind == IMAGE_KSYM || kind == IMAGE_KSTACK;
		needs.cgroups |= kind == IMAGE_CGROUP_PATH;
		needs.users |= kind == IMAGE_USERNAME;
	}
	for (uint32_t i = 0; i < image->n_events; i++) {
		needs.cat |= image->events[i].kind == IMAGE_EVENT_CAT;
		needs.system |= image->events[i].kind == IMAGE_EVENT_SYSTEM;
	}
	return needs;
}

/* SQLite removes its journal at the end, which somebody else's folder only lets us by capability. */
static bool is_foreign(const char *path)
{
	char copy[PATH_MAX];
	struct stat file, folder;

	if (!path || strlen(path) >= sizeof(copy))
		return false;
	strcpy(copy, path);
	return stat(path, &file) || stat(dirname(copy), &folder) || file.st_uid != geteuid() ||
	       folder.st_uid != geteuid();
}

static uint64_t capabilities_for(const struct needs *needs, bool tell)
{
	const struct {
		bool needed;
		uint64_t capabilities;
		const char *what, *why;
	} kept[] = {
		{needs->user_symbols,
		 BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_CHECKPOINT_RESTORE) | BIT(CAP_PERFMON),
		 "CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_CHECKPOINT_RESTORE and CAP_PERFMON",
		 "to read symbols of processes that are still to come"},
		{needs->kernel_symbols, BIT(CAP_SYSLOG), "CAP_SYSLOG", "to read the kernel's symbols"},
		{needs->cgroups, BIT(CAP_DAC_READ_SEARCH), "CAP_DAC_READ_SEARCH", "to find names of cgroups"},
		{needs->cat, BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_PTRACE), "CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE",
		 "for cat()"},
		{needs->foreign_file, BIT(CAP_DAC_OVERRIDE), "CAP_DAC_OVERRIDE",
		 "for a database in somebody else's folder"},
		{needs->command, BIT(CAP_KILL), "CAP_KILL", "to end the command"},
		{needs->old_kernel, BIT(CAP_BPF), "CAP_BPF", "to read maps on kernels before 5.19"},
	};
	uint64_t capabilities = 0;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (!kept[i].needed)
			continue;
		capabilities |= kept[i].capabilities;
		if (tell)
			message_note("Keeping %s %s", kept[i].what, kept[i].why);
	}
	return capabilities;
}

/* Of this thread: what it has not got it does not get. */
static int keep_only(uint64_t wanted)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return -errno;
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(wanted >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

void privileges_drop_thread(const char *path)
{
	/* Lowering cannot fail, and the filter that comes later holds for this thread too. */
	(void)keep_only(is_foreign(path) ? BIT(CAP_DAC_OVERRIDE) : 0);
}

/* --- system calls --- */

/* For every run: memory, time, threads, descriptors that are open, files that are read. */
static const int always[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64),
	SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat),
	SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd),
	SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate), SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(pipe2),
	SCMP_SYS(eventfd2), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(msync), SCMP_SYS(brk),
	SCMP_SYS(futex), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(poll),
	SCMP_SYS(ppoll), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrandom), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(prlimit64), SCMP_SYS(getrlimit), SCMP_SYS(getrusage), SCMP_SYS(rseq), SCMP_SYS(set_robust_list),
	SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(exit), SCMP_SYS(exit_group),
	/* The copy that detaches behind us; none of them may execute anything. */
	SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(setsid),
	SCMP_SYS(set_tid_address), SCMP_SYS(membarrier),
};
/* SQLite's journal goes when the database is closed. */
static const int for_database[] = {SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(fchmod), SCMP_SYS(fchown)};
static const int for_user_symbols[] = {SCMP_SYS(openat2), SCMP_SYS(perf_event_open)};
static const int for_cgroups[] = {SCMP_SYS(open_by_handle_at)};
static const int for_users[] = {
	SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(setsockopt),
	SCMP_SYS(getsockopt), SCMP_SYS(bind)};

/* Maps are used; none is made, nor a program or a link. */
static const unsigned int bpf_commands[] = {
	BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_BATCH,
	BPF_MAP_LOOKUP_AND_DELETE_BATCH, BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH, BPF_MAP_LOOKUP_AND_DELETE_ELEM,
	BPF_PROG_TEST_RUN, BPF_OBJ_GET_INFO_BY_FD, BPF_LINK_DETACH};
static const unsigned int requests[] = {TCGETS, TIOCGWINSZ, FIONREAD, PERF_EVENT_IOC_DISABLE, PERF_EVENT_IOC_ENABLE};

#define ALLOW_ALL(filter, list) allow(filter, list, sizeof(list) / sizeof((list)[0]))

/* A system call that this machine does not have is none that could be made. */
static int allow(scmp_filter_ctx filter, const int *calls, size_t n)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++)
		if (calls[i] >= 0)
			err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return err;
}

/* Files are opened to be read. */
static int allow_reading(scmp_filter_ctx filter)
{
	const scmp_datum_t writing = O_ACCMODE | (O_CREAT & ~O_ACCMODE) | (O_TRUNC & ~O_ACCMODE);
	int err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
				   SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));

	if (!err && SCMP_SYS(open) >= 0)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
				       SCMP_A1(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
	return err;
}

/* Memory that is executed is the program's; a library is only loaded to ask for names of users. */
static int allow_memory(scmp_filter_ctx filter, bool code)
{
	const int calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
	int err = 0;

	if (code)
		return ALLOW_ALL(filter, calls);
	for (size_t i = 0; !err && i < sizeof(calls) / sizeof(calls[0]); i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return err;
}

/* LeakSanitizer looks for leaks when the process ends, from a child in its memory that stops its threads. */
static int allow_sanitizers(scmp_filter_ctx filter)
{
#ifdef SANITIZED
	const int calls[] = {SCMP_SYS(ptrace), SCMP_SYS(prctl), SCMP_SYS(getdents)};

	return ALLOW_ALL(filter, calls);
#else
	(void)filter;
	return 0;
#endif
}

static int add_rules(scmp_filter_ctx filter, const struct needs *needs)
{
	int err = ALLOW_ALL(filter, always);

	for (size_t i = 0; !err && i < sizeof(bpf_commands) / sizeof(bpf_commands[0]); i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1,
				       SCMP_A0(SCMP_CMP_EQ, bpf_commands[i], 0));
	for (size_t i = 0; !err && i < sizeof(requests) / sizeof(requests[0]); i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				       SCMP_A1(SCMP_CMP_EQ, requests[i], 0));
	/* Becoming or ceasing to be the parent of orphans; names of threads. */
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
				       SCMP_A0(SCMP_CMP_EQ, PR_SET_CHILD_SUBREAPER, 0));
	if (!err)
		err = allow_reading(filter);
	if (!err)
		err = allow_memory(filter, needs->users);
	if (!err && needs->database)
		err = ALLOW_ALL(filter, for_database);
	if (!err && needs->user_symbols)
		err = ALLOW_ALL(filter, for_user_symbols);
	if (!err && needs->cgroups)
		err = ALLOW_ALL(filter, for_cgroups);
	if (!err && needs->users)
		err = ALLOW_ALL(filter, for_users);
	if (!err)
		err = allow_sanitizers(filter);
	return err;
}

/* EPERM in place of a signal: what the C library can do without, it does without. */
static int filter_calls(const struct needs *needs)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = filter ? 0 : -ENOMEM;

	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	/* A tree of comparisons: the reader makes a few hundred calls a second. */
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!err)
		err = add_rules(filter, needs);
	if (!err)
		err = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return err;
}

int privileges_drop(const struct image *image, const struct runtime_options *options)
{
	struct needs needs = find_needs(image);
	int err;

	if (needs.system) {
		if (options->verbose)
			message_note("Keeping all rights for system()");
		return 0;
	}
	needs.database = options->database;
	needs.foreign_file = is_foreign(options->database);
	needs.command = options->argv || options->command;
	/* Before 5.19 each use of bpf(2) asked for CAP_BPF where unprivileged use is forbidden. */
	needs.old_kernel = kernel_is_before(5, 19);
	err = keep_only(capabilities_for(&needs, options->verbose));
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	if (!err)
		err = filter_calls(&needs);
	if (err)
		message_error("Could not give up privileges: %s", message_errno(err));
	return err;
}
