/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes processes, executes programs and ends in every way that the events of proc: are about, and keeps
 * a ledger: a line for each operation, in memory that its children share, printed at the end. What a
 * child did by ending, its parent has from waitpid().
 *
 *	data_proc FOLDER PART [COUNT]
 *	data_proc leave CODE ...   what is executed
 *
 * FOLDER is absolute and without links. The lines are
 *
 *	fork|pid|tid|ret|child|thread|via
 *	exec|pid|ret|path|argc|interp|via|argv
 *	exit|pid|code|signal
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "proc_ledger.h"

extern char **environ;
static const char *folder;

static void note_fork(long ret, int thread, const char *via)
{
	note("fork|%d|%d|%ld|%ld|%d|%s\n", getpid(), gettid(), ret, ret < 0 ? -1 : ret, thread, via);
}

static void note_exec(pid_t pid, int ret, const char *path, int argc, const char *interp, const char *via,
		      const char *argv)
{
	note("exec|%d|%d|%s|%d|%s|%s|%s\n", pid, ret, path, argc, interp, via, argv);
}

/* Its end is known when it is over. */
static void await(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0)
		check(errno == EINTR, "waitpid");
	note("exit|%d|%d|%d\n", pid, WIFEXITED(status) ? WEXITSTATUS(status) : 0,
	     WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

enum { COMPAT_FORK = 2, COMPAT_EXECVE = 11, COMPAT_CLONE = 120 };

/* The ways to make a process: 0 in the child. */
static long by_fork(void)
{
	return syscall(SYS_fork);
}

static long by_clone(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long by_clone3(void)
{
	struct clone_args args = {.exit_signal = SIGCHLD};

	return syscall(SYS_clone3, &args, sizeof(args));
}

static long by_compat_fork(void)
{
	return compat_call(COMPAT_FORK, 0, 0, 0);
}

static long by_compat_clone(void)
{
	return compat_call(COMPAT_CLONE, SIGCHLD, 0, 0);
}

/* Runs `child` in a process of its own, and waits for it. */
static void with(long (*make)(void), const char *via, void (*child)(void))
{
	long pid = make();

	if (!pid) {
		child();
		_exit(99);
	}
	note_fork(pid, 0, via);
	await((pid_t)pid);
}

static void in_child(void (*child)(void))
{
	with(by_fork, "syscall", child);
}

static void leave_5(void)
{
	_exit(5);
}

static void vfork_one(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(6);
	note_fork(pid, 0, "syscall");
	await(pid);
}

static void spawn_one(void)
{
	char *argv[] = {self, "leave", "7", NULL}, text[8192];
	pid_t pid;

	check(!posix_spawn(&pid, self, NULL, NULL, argv, environ), "posix_spawn");
	note_fork(pid, 0, "syscall");
	snprintf(text, sizeof(text), "%s leave 7", self);
	note_exec(pid, 0, self, 3, "", "syscall", text);
	await(pid);
}

static void *thread_body(void *tid)
{
	*(pid_t *)tid = gettid();
	return NULL;
}

static void thread_one(void)
{
	pthread_t thread;
	pid_t tid;

	check(!pthread_create(&thread, NULL, thread_body, &tid), "pthread_create");
	check(!pthread_join(thread, NULL), "pthread_join");
	note_fork(tid, 1, "syscall");
}

/* The child's child is ours to wait for: see PR_SET_CHILD_SUBREAPER. */
static void double_fork_one(void)
{
	long pid = by_fork();

	if (!pid) {
		long inner = by_fork();

		if (!inner) {
			setsid();
			_exit(8);
		}
		note_fork(inner, 0, "syscall");
		atomic_store(&ledger->word, (int)inner);
		_exit(0);
	}
	note_fork(pid, 0, "syscall");
	await((pid_t)pid);
	await(atomic_load(&ledger->word));
}

static void failing_forks(void)
{
	struct clone_args args = {.flags = CLONE_THREAD, .exit_signal = 0};
	long ret = syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0);

	note_fork(ret < 0 ? -errno : ret, 1, "syscall");
	ret = syscall(SYS_clone3, &args, sizeof(args));
	note_fork(ret < 0 ? -errno : ret, 1, "syscall");
	ret = syscall(SYS_clone3, NULL, sizeof(args));
	note_fork(ret < 0 ? -errno : ret, 0, "syscall");
	if (has_compat())
		note_fork(compat_call(COMPAT_CLONE, CLONE_THREAD, 0, 0), 1, "compat");
}

static void forks(int count)
{
	for (int i = 0; i < count; i++) {
		switch (i % 9) {
		case 0: with(by_fork, "syscall", leave_5); break;
		case 1: vfork_one(); break;
		case 2: with(by_clone, "syscall", leave_5); break;
		case 3: with(by_clone3, "syscall", leave_5); break;
		case 4: spawn_one(); break;
		case 5: thread_one(); break;
		case 6: double_fork_one(); break;
		case 7:
			if (has_compat())
				with(by_compat_fork, "compat", leave_5);
			break;
		case 8:
			if (has_compat())
				with(by_compat_clone, "compat", leave_5);
			break;
		}
	}
	failing_forks();
}

static char *in_folder(const char *name)
{
	char *path;

	check(asprintf(&path, "%s/%s", folder, name) > 0, "asprintf");
	return path;
}

static void write_file(const char *path, const void *bytes, size_t size, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	check(fd >= 0 && write(fd, bytes, size) == (ssize_t)size, path);
	check(!fchmod(fd, mode), path);
	close(fd);
}

static char *join(char *const *argv)
{
	static char text[65536];
	char *at = text;

	for (int i = 0; argv[i]; i++)
		at += sprintf(at, "%s%s", i ? " " : "", argv[i]);
	return text;
}

static int count(char *const *argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return n;
}

/* One that will succeed is noted before. */
static void execute(const char *name, char *const *argv, const char *path)
{
	note_exec(getpid(), 0, path, count(argv), "", "syscall", join(argv));
	execve(name, argv, environ);
	_exit(98);
}

static void exec_plain(void)
{
	execute(self, (char *[]){"name", "leave", "11", "a b", "", "c", NULL}, self);
}

static void exec_link(void)
{
	execute(in_folder("up/../link"), (char *[]){"link", "leave", "0", NULL}, self);
}

static void exec_relative(void)
{
	check(!chdir(folder), "chdir");
	execute("link", (char *[]){"", "leave", "0", NULL}, self);
}

/* 2 000 bytes are more than max_strlen; the test cuts what is here. */
static void exec_long(void)
{
	static char text[2000];

	memset(text, 'x', sizeof(text) - 1);
	execute(self, (char *[]){self, "leave", "0", text, NULL}, self);
}

static void exec_very_long(void)
{
	char *argv[600] = {self, "leave", "0"};

	for (int i = 3; i < 599; i++)
		argv[i] = "0123456789";
	execute(self, argv, self);
}

/* What the kernel makes of a script's arguments. */
static void note_script(const char *path, const char *name, const char *interp, const char *rest)
{
	char text[16384];

	snprintf(text, sizeof(text), "%s -e %s%s", interp, name, rest);
	note_exec(getpid(), 0, path, 3 + (*rest ? 2 : 0), self, "syscall", text);
}

static void exec_script(void)
{
	char *script = in_folder("script");

	note_script(script, script, in_folder("link"), " 12 z");
	execve(script, (char *[]){"ignored", "12", "z", NULL}, environ);
	_exit(98);
}

static void exec_script_relative(void)
{
	check(!chdir(folder), "chdir");
	note_script(in_folder("script"), "./up/../script", in_folder("link"), " 12 z");
	execve("./up/../script", (char *[]){"ignored", "12", "z", NULL}, environ);
	_exit(98);
}

static void exec_script_at(void)
{
	char name[64];
	int fd = open(folder, O_PATH | O_DIRECTORY);

	snprintf(name, sizeof(name), "/dev/fd/%d/script", fd);
	note_script(in_folder("script"), name, in_folder("link"), " 12 z");
	syscall(SYS_execveat, fd, "script", (char *[]){"ignored", "12", "z", NULL}, environ, 0);
	_exit(98);
}

static void exec_script_fd(void)
{
	char name[64];
	int fd = open(in_folder("script"), O_RDONLY);

	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	note_script(in_folder("script"), name, in_folder("link"), "");
	syscall(SYS_execveat, fd, "", (char *[]){"ignored", NULL}, environ, AT_EMPTY_PATH);
	_exit(98);
}

static void exec_at(void)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	note_exec(getpid(), 0, self, 3, "", "syscall", "at leave 13");
	syscall(SYS_execveat, fd, "link", (char *[]){"at", "leave", "13", NULL}, environ, 0);
	_exit(98);
}

static void exec_memfd(void)
{
	int fd = memfd_create("program", MFD_CLOEXEC), from = open(self, O_RDONLY);
	char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		check(write(fd, bytes, (size_t)n) == n, "write");
	note_exec(getpid(), 0, "/memfd:program (deleted)", 3, "", "syscall", "mem leave 14");
	syscall(SYS_execveat, fd, "", (char *[]){"mem", "leave", "14", NULL}, environ, AT_EMPTY_PATH);
	_exit(98);
}

static void *thread_exec(void *unused)
{
	execve(self, (char *[]){"thread", "leave", "15", NULL}, environ);
	(void)unused;
	_exit(98);
}

static void exec_from_thread(void)
{
	pthread_t thread;

	note_exec(getpid(), 0, self, 3, "", "syscall", "thread leave 15");
	check(!pthread_create(&thread, NULL, thread_exec, NULL), "pthread_create");
	for (;;)
		pause();
}

static long compat_execve(const char *path)
{
	uint32_t *argv = low_memory();
	char *at = (char *)(argv + 8);

	argv[0] = low_text(&at, "compat");
	argv[1] = low_text(&at, "leave");
	argv[2] = low_text(&at, "16");
	return compat_call(COMPAT_EXECVE, low_text(&at, path), (long)(uintptr_t)argv, 0);
}

static void exec_compat(void)
{
	note_exec(getpid(), 0, self, 3, "", "compat", "compat leave 16");
	compat_execve(self);
	_exit(98);
}

static void note_failed(long ret, const char *path, const char *via)
{
	note_exec(getpid(), ret < 0 ? -errno : (int)ret, path, 2, "", via, "no way");
}

static void failing_execs(void)
{
	char *argv[] = {"no", "way", NULL};
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	note_failed(execve(in_folder("none"), argv, environ), in_folder("none"), "syscall");
	note_failed(execve(folder, argv, environ), folder, "syscall");
	note_failed(execve(in_folder("text"), argv, environ), in_folder("text"), "syscall");
	note_failed(execve(in_folder("garbage"), argv, environ), in_folder("garbage"), "syscall");
	note_failed(execve("", argv, environ), "", "syscall");
	note_failed(syscall(SYS_execveat, fd, "none", argv, environ, 0), in_folder("none"), "syscall");
	note_failed(syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH), folder, "syscall");
	close(fd);
	if (has_compat()) {
		long ret = compat_execve(in_folder("none"));

		note_exec(getpid(), (int)ret, in_folder("none"), 3, "", "compat", "compat leave 16");
	}
}

/* The kernel finds out too late that it cannot load it: what called is gone by then. */
static void exec_too_late(void)
{
	note("late|%d|%s\n", getpid(), in_folder("late"));
	execve(in_folder("late"), (char *[]){"late", NULL}, environ);
	_exit(98);
}

static void make_late(void)
{
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr segment;
	} file = {
		.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			   .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			   .e_entry = 0x7fffffff0000, .e_phoff = sizeof(Elf64_Ehdr),
			   .e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1},
		/* Not in what a program can have. */
		.segment = {.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0xffff800000000000,
			    .p_filesz = sizeof(file), .p_memsz = sizeof(file), .p_align = 0x1000},
	};

	write_file(in_folder("late"), &file, sizeof(file), 0700);
}

static void execs(void)
{
	static void (*const ways[])(void) = {
		exec_plain, exec_link, exec_relative, exec_long, exec_very_long, exec_script,
		exec_script_relative, exec_script_at, exec_script_fd, exec_at, exec_memfd,
	};
	char *text;

	check(!mkdir(in_folder("up"), 0700), "mkdir");
	check(!symlink(self, in_folder("link")), "symlink");
	check(asprintf(&text, "#!%s -e\n", in_folder("link")) > 0, "asprintf");
	write_file(in_folder("script"), text, strlen(text), 0700);
	write_file(in_folder("text"), "x\n", 2, 0600);
	write_file(in_folder("garbage"), "\1\2\3\4", 4, 0700);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		in_child(ways[i]);
	if (has_compat())
		in_child(exec_compat);
	failing_execs();
	make_late();
	in_child(exec_too_late);
}

static void *exit_thread(void *code)
{
	syscall(SYS_exit_group, (long)(intptr_t)code);
	return NULL;
}

static void *wait_then_exit(void *code)
{
	/* The leader's state in /proc is Z when it has ended. */
	for (;;) {
		char path[64], text[512] = "";
		int fd;

		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
		fd = open(path, O_RDONLY);
		if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0 || strstr(text, ") Z "))
			break;
		close(fd);
		sched_yield();
	}
	syscall(SYS_exit, (long)(intptr_t)code);
	return NULL;
}

static void *exit_now(void *unused)
{
	while (!atomic_load(&ledger->word))
		;
	syscall(SYS_exit, 21L);
	return unused;
}

static void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* Threads that are not waited for, so not in the ledger: their making is left out of the trace. */
static void threads(int n, void *(*body)(void *), void *arg)
{
	pthread_t thread;

	while (n--)
		check(!pthread_create(&thread, NULL, body, arg), "pthread_create");
}

static void end_group(void)
{
	syscall(SYS_exit_group, 300L);
}

static void end_alone(void)
{
	syscall(SYS_exit, 22L);
}

static void end_by_thread(void)
{
	threads(3, sleep_on, NULL);
	threads(1, exit_thread, (void *)23);
	sleep_on(NULL);
}

static void end_leader_first(void)
{
	threads(1, wait_then_exit, (void *)24);
	syscall(SYS_exit, 25L);
}

static void end_killed(void)
{
	threads(3, sleep_on, NULL);
	kill(getpid(), SIGKILL);
	sleep_on(NULL);
}

static void end_leader_first_killed(void)
{
	threads(3, sleep_on, NULL);
	syscall(SYS_exit, 26L);
}

static void end_fault(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	__builtin_trap();
}

static void end_term(void)
{
	raise(SIGTERM);
}

static void end_together(void)
{
	threads(7, exit_now, NULL);
	atomic_store(&ledger->word, 1);
	syscall(SYS_exit, 21L);
}

static void is_zombie(pid_t pid)
{
	char path[64], text[512];

	for (;;) {
		int fd;
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
		close(fd);
		check(n > 0, path);
		text[n] = '\0';
		if (strstr(text, ") Z "))
			return;
		sched_yield();
	}
}

static void exits(int count)
{
	static void (*const ways[])(void) = {end_group, end_alone, end_by_thread, end_leader_first, end_killed,
					     end_fault, end_term};
	long pid;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		in_child(ways[i]);
	in_child(exec_from_thread);
	pid = by_fork();
	if (!pid)
		end_leader_first_killed();
	note_fork(pid, 0, "syscall");
	is_zombie((pid_t)pid);
	check(!kill((pid_t)pid, SIGKILL), "kill");
	await((pid_t)pid);
	for (int i = 0; i < count; i++) {
		atomic_store(&ledger->word, 0);
		in_child(end_together);
	}
}

/* Of what is executed as `... leave CODE`; of a script's interpreter the code is behind the script. */
static int left(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "leave"))
		return atoi(argv[2]);
	if (argc >= 3 && !strcmp(argv[1], "-e"))
		return argc > 3 ? atoi(argv[3]) : 17;
	return -1;
}

int main(int argc, char **argv)
{
	int code = left(argc, argv);

	if (code >= 0)
		return code;
	if (argc < 3)
		return 2;
	folder = argv[1];
	ledger_open();
	check(!syscall(SYS_prctl, 36 /* PR_SET_CHILD_SUBREAPER */, 1, 0, 0, 0), "prctl");
	note_exec(getpid(), 0, self, argc, "", "syscall", join(argv));
	if (!strcmp(argv[2], "forks"))
		forks(argc > 3 ? atoi(argv[3]) : 9);
	if (!strcmp(argv[2], "execs"))
		execs();
	if (!strcmp(argv[2], "exits"))
		exits(argc > 3 ? atoi(argv[3]) : 1);
	note("exit|%d|0|0\n", getpid());
	return ledger_print();
}
