/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens files in every way there is, and keeps a ledger: for each call one line on stdout with what
 * file:open must say of it. What was opened, it learns from fstat() and /proc/self/fd, not from
 * what it asked for. Usage: data_open DIRECTORY COMM PART; DIRECTORY is empty and has no links in
 * its path.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ring.h"

static char top[4096];
static char *low; /* memory below 4 GB */

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFIFO:
		return "fifo";
	case S_IFCHR:
		return "chardev";
	case S_IFDIR:
		return "directory";
	case S_IFBLK:
		return "blockdev";
	case S_IFREG:
		return "regular";
	case S_IFLNK:
		return "symlink";
	}
	return "0";
}

/* `path`: what is to be seen if it failed, or if /proc/self/fd cannot be asked; NULL: ask. */
static long note(const char *via, long ret, uint64_t flags, uint32_t mode, const char *name,
		 const char *path)
{
	int err = ret < 0 ? (int)-ret : 0;
	char found[4200] = "", link[64];
	struct stat stat = {0};
	long long owner = -1;
	int access = flags & O_ACCMODE, only = (flags & O_PATH) != 0;
	int temporary = (flags & O_TMPFILE) == O_TMPFILE;

	if (ret >= 0) {
		fstat((int)ret, &stat);
		owner = stat.st_uid;
		snprintf(link, sizeof(link), "/proc/self/fd/%ld", ret);
		if (!path && readlink(link, found, sizeof(found) - 1) < 0)
			perror(link);
	}
	printf("%ld|%d|%d|%s|%llo|%o|%ld|%d%d%d%d|%s|%llu|%llu|%lld|%s|%s\n", ret, ret >= 0, err,
	       via, (unsigned long long)flags, mode, ret >= 0 ? ret : -1,
	       !only && (access == O_RDONLY || access == O_RDWR),
	       !only && (access == O_WRONLY || access == O_RDWR),
	       !only && ((flags & O_CREAT) || temporary), !only && (flags & O_TRUNC) != 0,
	       ret >= 0 ? type_name(stat.st_mode) : "0", (unsigned long long)stat.st_dev,
	       (unsigned long long)stat.st_ino, owner, path ? path : found, name);
	fflush(stdout);
	return ret;
}

static void done(long fd)
{
	if (fd >= 0)
		close((int)fd);
}

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

static long do_openat(int dir, const char *name, int flags, int mode, const char *path)
{
	long ret = result(syscall(SYS_openat, dir, name, flags, mode));

	return note("syscall", ret, (uint64_t)(unsigned)flags,
		    flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? mode : 0, name, path);
}

static long do_openat2(int dir, const char *name, struct open_how how, const char *path)
{
	long ret = result(syscall(SYS_openat2, dir, name, &how, sizeof(how)));

	return note("syscall", ret, how.flags, (uint32_t)how.mode, name, path);
}

static void write_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, "x", 1) != 1)
		exit(2);
	close(fd);
}

/* Everything must be there before our name is known to the tracer. */
static void prepare(const char *comm)
{
	low = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		   -1, 0);
	write_file("f");
	write_file("owned");
	if (low == MAP_FAILED || mkdir("d", 0755) || mkdir("d/e", 0700) ||
	    symlink("../f", "d/to-f") || symlink("nothing", "dangling") || mkfifo("pipe", 0600) ||
	    chown("owned", 1234, 99))
		exit(2);
	write_file("d/e/g");
	prctl(PR_SET_NAME, comm);
}

static const char *in_top(const char *name)
{
	static char text[2][4300];
	static int turn;

	turn = !turn;
	snprintf(text[turn], sizeof(text[turn]), "%s/%s", top, name);
	return text[turn];
}

static void handles(void)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + 128];
	} at = {.handle = {.handle_bytes = 128}};
	int mount, dir;
	long ret;

	if (syscall(SYS_name_to_handle_at, AT_FDCWD, "f", &at.handle, &mount, 0))
		return;
	dir = (int)do_openat(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY, 0, NULL);
	ret = result(syscall(SYS_open_by_handle_at, dir, &at.handle, O_RDWR | O_APPEND));
	done(note("syscall", ret, O_RDWR | O_APPEND, 0, "", NULL));
	at.handle.handle_bytes = 0;
	ret = result(syscall(SYS_open_by_handle_at, dir, &at.handle, O_RDONLY));
	note("syscall", ret, O_RDONLY, 0, "", "");
	done(dir);
}

/* Every call, and every kind of name. */
/* A file whose path below the top has 500 characters. */
static void half_long(void)
{
	char name[512] = "";

	for (int i = 0; i < 4; i++) {
		memset(name + strlen(name), 'a' + i, 99);
		if (mkdir(name, 0755))
			exit(2);
		strcat(name, "/");
	}
	memset(name + 400, 'z', 100);
	done(do_openat(AT_FDCWD, name, O_CREAT | O_RDWR, 0600, NULL));
}

static void part_calls(void)
{
	char name[64];
	long dir, fd;

#ifdef SYS_open
	done(note("syscall", result(syscall(SYS_open, "f", O_RDONLY, 0777)), O_RDONLY, 0, "f",
		  NULL));
	done(note("syscall", result(syscall(SYS_open, "new1", O_RDWR | O_CREAT | O_EXCL, 0640)),
		  O_RDWR | O_CREAT | O_EXCL, 0640, "new1", NULL));
	done(note("syscall", result(syscall(SYS_creat, "new2", 0604)), O_CREAT | O_WRONLY | O_TRUNC,
		  0604, "new2", NULL));
#endif
	done(do_openat(AT_FDCWD, in_top("f"), O_WRONLY | O_TRUNC | O_CLOEXEC, 07777, NULL));
	done(do_openat(AT_FDCWD, "owned", O_RDONLY, 0, NULL));
	done(do_openat2(AT_FDCWD, "d/../d/./e//g", (struct open_how){.flags = O_RDONLY}, NULL));
	done(do_openat2(AT_FDCWD, "new3",
			(struct open_how){.flags = O_RDWR | O_CREAT, .mode = 0600}, NULL));
	handles();
	dir = do_openat(AT_FDCWD, "d/e", O_RDONLY | O_DIRECTORY, 0, NULL);
	done(do_openat((int)dir, "g", O_RDONLY, 0, NULL));
	done(do_openat((int)dir, "../../f", O_RDONLY, 0, NULL));
	done(do_openat((int)dir, "../to-f", O_RDONLY, 0, NULL));
	snprintf(name, sizeof(name), "/proc/self/fd/%ld", dir);
	done(do_openat(AT_FDCWD, name, O_RDONLY, 0, NULL));
	done(do_openat(AT_FDCWD, "d/to-f", O_PATH | O_NOFOLLOW, 0, NULL));
	done(do_openat(AT_FDCWD, "f", O_PATH | O_RDWR, 0, NULL));
	done(do_openat(AT_FDCWD, "pipe", O_RDWR | O_NONBLOCK, 0, NULL));
	done(do_openat(AT_FDCWD, "/dev/null", O_RDWR, 0, NULL));
	done(do_openat(AT_FDCWD, "/", O_RDONLY, 0, NULL));
	done(do_openat(AT_FDCWD, ".", O_TMPFILE | O_RDWR, 0600, NULL));
	fd = do_openat(AT_FDCWD, "new1", O_RDONLY, 0, NULL);
	unlink("new1");
	snprintf(name, sizeof(name), "/proc/self/fd/%ld", fd);
	done(do_openat(AT_FDCWD, name, O_RDONLY, 0, NULL));
	done(fd);
	done(dir);
	half_long();
	/* Descriptor 0 is no failure. */
	close(0);
	do_openat(AT_FDCWD, "f", O_RDONLY, 0, NULL);
}

static void part_failures(void)
{
	static char longest[5000], part[302];
	long dir = do_openat(AT_FDCWD, "d/e", O_RDONLY | O_DIRECTORY, 0, NULL);

	do_openat(AT_FDCWD, "/no/such//./thing/../file", O_RDONLY, 0, "/no/such/file");
	do_openat(AT_FDCWD, "/../../nothing/", O_RDONLY, 0, "/nothing");
	do_openat(AT_FDCWD, "nothing", O_RDONLY, 0, in_top("nothing"));
	do_openat(AT_FDCWD, "./d/../nothing/.", O_RDONLY, 0, in_top("nothing"));
	do_openat((int)dir, "x/y", O_RDONLY, 0, in_top("d/e/x/y"));
	do_openat((int)dir, "../x", O_RDONLY, 0, in_top("d/x"));
	do_openat((int)dir, "../../../../../../../../../../../../../../../x", O_RDONLY, 0, "/x");
	do_openat(99, "x/./y", O_RDONLY, 0, "x/y");
	do_openat(AT_FDCWD, "f/x", O_RDONLY, 0, in_top("f/x"));
	do_openat(AT_FDCWD, "d/to-f", O_RDONLY | O_NOFOLLOW, 0, in_top("d/to-f"));
	do_openat(AT_FDCWD, "dangling", O_RDWR, 0, in_top("dangling"));
	do_openat(AT_FDCWD, "f", O_RDWR | O_CREAT | O_EXCL, 0600, in_top("f"));
	do_openat(AT_FDCWD, "d", O_WRONLY | O_TRUNC, 0, in_top("d"));
	do_openat(AT_FDCWD, "pipe", O_WRONLY | O_NONBLOCK, 0, in_top("pipe"));
	do_openat(AT_FDCWD, "", O_RDONLY, 0, "");
	note("syscall", result(syscall(SYS_openat, AT_FDCWD, (char *)8, O_RDONLY)), O_RDONLY, 0, "",
	     "");
	do_openat2(AT_FDCWD, "f", (struct open_how){.flags = O_RDONLY, .resolve = 1 << 30},
		   in_top("f"));
	do_openat2(AT_FDCWD, "d/to-f", (struct open_how){.resolve = RESOLVE_NO_SYMLINKS},
		   in_top("d/to-f"));
	memset(part, 'n', sizeof(part) - 1);
	do_openat(AT_FDCWD, part, O_RDONLY, 0, in_top(part));
	part[255] = '\0';
	do_openat(AT_FDCWD, part, O_RDONLY, 0, in_top(part));
	/* The kernel looks at no more than 4096 bytes, NUL included. */
	for (size_t i = 0; i < sizeof(longest) - 1; i++)
		longest[i] = i % 100 ? 'm' : '/';
	longest[4095] = '\0';
	do_openat(AT_FDCWD, longest, O_RDONLY, 0, longest);
	done(dir);
}

/* What would come out of a path that is longer than what fits: whole names, ".." in front or over the first two bytes. */
static const char *cut(const char *path)
{
	static char text[4200];
	const char *from = path;

	if (strlen(path) <= 4095)
		return path;
	while (strlen(from) > 4095)
		from = strchr(from + 1, '/');
	snprintf(text, sizeof(text), "..%s", from + (strlen(from) > 4093 ? 2 : 0));
	return text;
}

static void part_deep(void)
{
	static char path[9000], name[250];
	long dir = AT_FDCWD, next;

	strcpy(path, top);
	for (int i = 0; i < 30; i++) {
		memset(name, 'a' + i % 26, sizeof(name) - 1);
		name[240 + i % 9] = '\0';
		if (mkdirat((int)dir, name, 0755))
			exit(2);
		strcat(strcat(path, "/"), name);
		next = do_openat((int)dir, name, O_RDONLY | O_DIRECTORY, 0, cut(path));
		do_openat((int)next, "none", O_RDONLY, 0, cut(strcat(path, "/none")));
		*strrchr(path, '/') = '\0';
		done(dir);
		dir = next;
	}
}

static void *thread(void *name)
{
	done(do_openat(AT_FDCWD, name, O_RDONLY, 0, NULL));
	return NULL;
}

/* The same program, by another. */
static void part_child(void)
{
	done(do_openat(AT_FDCWD, "d/e/g", O_RDONLY, 0, NULL));
}

/* As fork() with flags. */
static pid_t clone_three(uint64_t flags)
{
	struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* Programs that are begun: by spawn, by exec; a daemon; by clone3. */
static void begin(const char *comm)
{
	char *argv[] = {"data_open", top, (char *)comm, "child", NULL};
	pid_t child;

	if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, argv, environ))
		exit(2);
	waitpid(child, NULL, 0);
	child = fork();
	if (!child) {
		execv("/proc/self/exe", argv);
		_exit(1);
	}
	waitpid(child, NULL, 0);
	child = clone_three(0);
	if (!child) {
		done(do_openat(AT_FDCWD, "f", O_RDONLY, 0, NULL));
		_exit(0);
	}
	waitpid(child, NULL, 0);
	/* Its parent is gone before it opens anything; the ledger's end waits for its standard output. */
	if (!fork()) {
		setsid();
		if (!fork()) {
			while (getppid() == getpgrp())
				usleep(1000);
			done(do_openat(AT_FDCWD, "f", O_RDWR, 0, NULL));
		}
		_exit(0);
	}
}

static void part_tasks(void)
{
	static char name[] = "f", comm[16];
	pthread_t id;
	pid_t child;

	pthread_create(&id, NULL, thread, name);
	pthread_join(id, NULL);
	child = fork();
	if (!child) {
		if (chdir("d"))
			_exit(1);
		done(do_openat(AT_FDCWD, "e/g", O_RDONLY, 0, NULL));
		do_openat(AT_FDCWD, "none", O_RDONLY, 0, in_top("d/none"));
		_exit(0);
	}
	waitpid(child, NULL, 0);
	child = vfork();
	if (!child) {
		done(do_openat(AT_FDCWD, "f", O_RDONLY, 0, NULL));
		_exit(0);
	}
	waitpid(child, NULL, 0);
	prctl(PR_GET_NAME, comm);
	begin(comm);
}

/* Other mounts and another root. Paths are those of the mount namespace, not below the root. */
static void part_mounts(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mkdir("bound", 0755) || mkdir("temporary", 0755) ||
	    mount("d", "bound", NULL, MS_BIND, NULL) ||
	    mount("none", "temporary", "tmpfs", 0, "size=64k") || mkdir("temporary/in", 0755) ||
	    mount("bound", "temporary/in", NULL, MS_BIND, NULL)) {
		perror("mount");
		exit(2);
	}
	if (mknod("temporary/t", S_IFREG | 0644, 0))
		exit(2);
	done(do_openat(AT_FDCWD, "bound/e/g", O_RDONLY, 0, NULL));
	done(do_openat(AT_FDCWD, "temporary/t", O_RDONLY, 0, NULL));
	done(do_openat(AT_FDCWD, "temporary/in/e/g", O_RDONLY, 0, NULL));
	do_openat(AT_FDCWD, "temporary/in/e/none", O_RDONLY, 0, in_top("temporary/in/e/none"));
	if (chroot("temporary/in") || chdir("/e"))
		exit(2);
	done(do_openat(AT_FDCWD, "/e/g", O_RDONLY, 0, in_top("temporary/in/e/g")));
	done(do_openat(AT_FDCWD, "g", O_RDONLY, 0, in_top("temporary/in/e/g")));
	done(do_openat(AT_FDCWD, "/", O_RDONLY, 0, in_top("temporary/in")));
	do_openat(AT_FDCWD, "/../none", O_RDONLY, 0, in_top("temporary/in/none"));
	do_openat(AT_FDCWD, "none", O_RDONLY, 0, in_top("temporary/in/e/none"));
}

#ifdef __x86_64__
/* As a 32-bit program does it. */
static long int80(long number, long a, long b, long c, long d)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

static long lower(const char *text)
{
	return (long)strcpy(low, text);
}

static void part_compat(void)
{
	struct open_how *how = (void *)(low + 8192);
	struct file_handle *handle = (void *)(low + 9000);
	int mount;
	long dir;

	done(note("compat", int80(5, lower("d/to-f"), O_RDWR, 0777, 0), O_RDWR, 0, "d/to-f", NULL));
	done(note("compat", int80(8, lower("new32"), 0611, 0, 0), O_CREAT | O_WRONLY | O_TRUNC,
		  0611, "new32", NULL));
	dir = note("compat", int80(295, AT_FDCWD, lower("d"), O_RDONLY | O_DIRECTORY, 0),
		   O_RDONLY | O_DIRECTORY, 0, "d", NULL);
	done(note("compat", int80(295, dir, lower("e/g"), O_RDONLY, 0), O_RDONLY, 0, "e/g", NULL));
	note("compat", int80(295, dir, lower("../none"), O_RDONLY, 0), O_RDONLY, 0, "../none",
	     in_top("none"));
	note("compat", int80(295, AT_FDCWD, lower("none"), O_RDONLY, 0), O_RDONLY, 0, "none",
	     in_top("none"));
	*how = (struct open_how){.flags = O_RDWR | O_CREAT, .mode = 0600};
	done(note("compat", int80(437, AT_FDCWD, lower("new33"), (long)how, sizeof(*how)),
		  how->flags, 0600, "new33", NULL));
	handle->handle_bytes = 128;
	if (!syscall(SYS_name_to_handle_at, AT_FDCWD, "f", handle, &mount, 0))
		done(note("compat", int80(342, dir, (long)handle, O_RDONLY, 0), O_RDONLY, 0, "",
			  NULL));
	/* Numbers of the other kind are other calls: 5 is fstat here, 257 is openat there. */
	syscall(5, 1, low);
	int80(257, AT_FDCWD, lower("f"), 0, 0);
	syscall(0x10000 + 257, AT_FDCWD, "f", 0, 0);
	syscall(0x10000 + 5, "f", 0, 0);
	done(dir);
}
#else
static void part_compat(void)
{
}
#endif

static void on_alarm(int number)
{
	(void)number;
}

/* An open that a signal interrupts: it begins again, or it fails. */
static void part_signals(void)
{
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	struct itimerval soon = {.it_value = {.tv_usec = 100000}};
	pid_t child;

	for (int i = 0; i < 2; i++) {
		sigaction(SIGALRM, &action, NULL);
		child = fork();
		if (!child) {
			prctl(PR_SET_NAME, "other-end");
			usleep(300000);
			_exit(i ? 0 : open("pipe", O_WRONLY) < 0);
		}
		setitimer(ITIMER_REAL, &soon, NULL);
		done(do_openat(AT_FDCWD, "pipe", O_RDONLY, 0, i ? in_top("pipe") : NULL));
		waitpid(child, NULL, 0);
		action.sa_flags = 0;
	}
}

static void uring_openat(struct uring *ring, int dir, const char *name, unsigned flags,
			 unsigned mode, unsigned char how, const char *path)
{
	char gone[300];
	long ret;

	/* What is in our memory when it is complete is not what was asked for. */
	strcpy(gone, name);
	ret = uring_do(ring, (struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
						   .fd = dir,
						   .addr = (uintptr_t)gone,
						   .open_flags = flags,
						   .len = mode,
						   .flags = how});
	done(note("uring", ret, flags, flags & O_CREAT ? mode : 0, name, path));
}

static void uring_opens(struct uring *ring, unsigned char how)
{
	struct open_how two = {.flags = O_RDWR | O_CREAT, .mode = 0604};
	long dir = open("d", O_RDONLY | O_DIRECTORY), ret;
	char name[] = "d/../new2";

	uring_openat(ring, AT_FDCWD, "d/to-f", O_RDONLY, 0, how, NULL);
	uring_openat(ring, AT_FDCWD, "new1", O_WRONLY | O_CREAT | O_TRUNC, 0640, how, NULL);
	uring_openat(ring, (int)dir, "e/g", O_RDONLY | O_CLOEXEC, 0, how, NULL);
	uring_openat(ring, (int)dir, "../none", O_RDONLY, 0, how, in_top("none"));
	uring_openat(ring, AT_FDCWD, "none", O_RDONLY, 0, how, in_top("none"));
	ret = uring_do(ring, (struct io_uring_sqe){.opcode = IORING_OP_OPENAT2,
						   .fd = AT_FDCWD,
						   .addr = (uintptr_t)name,
						   .addr2 = (uintptr_t)&two,
						   .len = sizeof(two),
						   .flags = how});
	done(note("uring", ret, two.flags, 0604, name, NULL));
	/* Other requests are no opens. */
	uring_do(ring, (struct io_uring_sqe){.opcode = IORING_OP_NOP});
	close((int)dir);
}

static void part_uring(void)
{
	static const unsigned setups[] = {0, IORING_SETUP_SQPOLL};
	struct uring ring;

	/* Our name for the tracer is not that of the threads that the kernel makes for us. */
	prctl(PR_SET_NAME, "not-yet");
	for (unsigned i = 0; i < 2; i++) {
		if (uring_open(&ring, setups[i])) {
			printf("none\n");
			exit(77);
		}
		uring_opens(&ring, 0);
		uring_opens(&ring, IOSQE_ASYNC);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} parts[] = {{"calls", part_calls}, {"failures", part_failures}, {"deep", part_deep},
		     {"tasks", part_tasks}, {"mounts", part_mounts},	 {"compat", part_compat},
		     {"uring", part_uring}, {"child", part_child}, {"signals", part_signals}};

	if (argc != 4 || chdir(argv[1]) || !getcwd(top, sizeof(top)))
		return 2;
	if (!strcmp(argv[3], "child"))
		prctl(PR_SET_NAME, argv[2]);
	else
		prepare(argv[2]);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(parts[i].name, argv[3])) {
			parts[i].run();
			return 0;
		}
	return 2;
}
