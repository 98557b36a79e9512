/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does to files what the events file:read to file:copy are about, by every system call, and keeps a
 * ledger: one line on stdout for each call with what is to be seen of it, in order.
 * Usage: data_file DIRECTORY COMM PART; DIRECTORY is empty and has no links in its path.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "file_ledger.h"

static char *low; /* memory below 4 GB */

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

#ifdef __x86_64__
/* As a 32-bit program does it. */
static long int80(long number, long a, long b, long c, long d, long e, long f)
{
	long ret;

	asm volatile("push %%rbp; mov %7, %%rbp; int $0x80; pop %%rbp"
		     : "=a"(ret)
		     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), "r"(f)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

static long lower(const char *text)
{
	static long used;
	char *to = low + 4096 + used;

	used = (used + 256) % 16384;
	return (long)strcpy(to, text);
}
#endif

/* read and write: name, number of bytes, offset, and that of what is written or read */
static void io(const char *event, int fd, long ret, const char *name, long offset)
{
	struct stat stat;

	fstat(fd, &stat);
	say(event, ret, "%d|%s|%ld|%ld|%llu|%llu", fd, at(name), ret < 0 ? 0 : ret, offset,
	    (unsigned long long)stat.st_dev, (unsigned long long)stat.st_ino);
}

static void part_io(void)
{
	static char big[65536];
	char buffer[16];
	struct iovec two[2] = {{buffer, 3}, {buffer + 3, 4}};
	int fd = make("io", "0123456789abcdef"), append = open("io", O_WRONLY | O_APPEND), both[2];
	int null = open("/dev/null", O_RDWR), dir = open(".", O_RDONLY | O_DIRECTORY);

	prctl(PR_SET_NAME, low);
	io("read", fd, result(read(fd, buffer, 5)), "io", 0);
	io("read", fd, result(syscall(SYS_pread64, fd, buffer, 4, 10L)), "io", 10);
	io("read", fd, result(syscall(SYS_readv, fd, two, 2)), "io", 5);
	io("read", fd, result(syscall(SYS_preadv, fd, two, 2, 1L, 0L)), "io", 1);
	io("read", fd, result(syscall(SYS_preadv2, fd, two, 2, 2L, 0L, 0)), "io", 2);
	io("read", fd, result(syscall(SYS_preadv2, fd, two, 1, -1L, -1L, 0)), "io", 12);
	io("read", fd, result(read(fd, buffer, 9)), "io", 15);
	io("read", fd, result(read(fd, buffer, 9)), "io", 16);
	io("read", fd, result(syscall(SYS_read, fd, (void *)8, 9)), "io", 16);
	io("read", fd, result(syscall(SYS_pread64, fd, (void *)8, 9, 3L)), "io", 3);
	io("write", fd, result(write(fd, "ABCD", 4)), "io", 16);
	io("write", fd, result(syscall(SYS_pwrite64, fd, "xy", 2, 5L)), "io", 5);
	io("write", fd, result(syscall(SYS_writev, fd, two, 2)), "io", 20);
	io("write", fd, result(syscall(SYS_pwritev, fd, two, 2, 100L, 0L)), "io", 100);
	io("write", fd, result(syscall(SYS_pwritev2, fd, two, 1, -1L, -1L, 0)), "io", 27);
	io("write", fd, result(syscall(SYS_pwritev2, fd, two, 1, 4L, 0L, 0)), "io", 4);
	io("write", append, result(write(append, "end", 3)), "io", 107);
	io("write", append, result(syscall(SYS_pwrite64, append, "end", 3, 2L)), "io", 110);
	io("write", fd, result(syscall(SYS_pwrite64, fd, big, sizeof(big), 5000000000L)), "io",
	   5000000000);
	io("read", append, result(read(append, buffer, 1)), "io", 110);
	io("write", fd, result(write(fd, "", 0)), "io", 30);
	/* Not stored data, not files, or neither: nothing is to be seen. */
	if (pipe(both) || write(both[1], "x", 1) != 1 || read(both[0], buffer, 1) != 1 ||
	    write(null, "x", 1) != 1 || read(null, buffer, 1))
		exit(2);
	syscall(SYS_read, dir, buffer, 1);
	syscall(SYS_read, 1234, buffer, 1);
#ifdef __x86_64__
	via = "compat";
	io("read", fd, int80(180, fd, (long)low, 4, 10, 0, 0), "io", 10);
	io("read", fd, int80(180, fd, (long)low, 4, 5000000000 & 0xffffffff, 5000000000 >> 32, 0),
	   "io", 5000000000);
	io("write", fd, int80(181, fd, (long)low, 2, 1, 0, 0), "io", 1);
	io("write", fd, int80(4, fd, (long)low, 2, 0, 0, 0), "io", 30);
	io("read", fd, int80(3, fd, (long)low, 2, 0, 0, 0), "io", 32);
#endif
}

static void part_names(void)
{
	int d;

	if (mkdir("d", 0755) || mkdir("d/e", 0755) || symlink("d", "to-d"))
		exit(2);
	for (char name[] = "f0"; name[1] <= '9'; name[1]++)
		close(make(name, "x"));
	close(make("d/g", "x"));
	d = open("d", O_RDONLY | O_DIRECTORY);
	prctl(PR_SET_NAME, low);
#ifdef SYS_unlink
	say("unlink", result(syscall(SYS_unlink, "f0")), "%s|0", at("f0"));
	say("unlink", result(syscall(SYS_unlink, "f0")), "%s|0", at("f0"));
	say("unlink", result(syscall(SYS_rmdir, "d/e/")), "%s|1", at("d/e"));
	say("rename", result(syscall(SYS_rename, "f1", "d/../d/h")), "%s|%s|0", at("f1"),
	    at("d/h"));
	say("link", result(syscall(SYS_link, "f2", "d/two")), "%s|%s|0", at("f2"), at("d/two"));
	say("link", result(syscall(SYS_symlink, "../f2", "d/soft")), "../f2|%s|1", at("d/soft"));
#endif
	say("unlink", result(syscall(SYS_unlinkat, d, "g", 0)), "%s|0", at("d/g"));
	say("unlink", result(syscall(SYS_unlinkat, d, "none", AT_REMOVEDIR)), "%s|1", at("d/none"));
	say("unlink", result(syscall(SYS_unlinkat, 999, "none", 0)), "none|0");
	say("unlink", result(syscall(SYS_unlinkat, AT_FDCWD, at("f3"), 0)), "%s|0", at("f3"));
	say("rename", result(syscall(SYS_renameat, AT_FDCWD, "f4", d, "four")), "%s|%s|0", at("f4"),
	    at("d/four"));
	say("rename", result(syscall(SYS_renameat2, d, "four", AT_FDCWD, "f5", RENAME_EXCHANGE)),
	    "%s|%s|%d", at("d/four"), at("f5"), RENAME_EXCHANGE);
	say("rename",
	    result(syscall(SYS_renameat2, AT_FDCWD, "f5", AT_FDCWD, "f6", RENAME_NOREPLACE)),
	    "%s|%s|%d", at("f5"), at("f6"), RENAME_NOREPLACE);
	say("link", result(syscall(SYS_linkat, AT_FDCWD, "f6", d, "six", 0)), "%s|%s|0", at("f6"),
	    at("d/six"));
	say("link", result(syscall(SYS_linkat, AT_FDCWD, "none", d, "none", 0)), "%s|%s|0",
	    at("none"), at("d/none"));
	say("link",
	    result(syscall(SYS_linkat, open("f7", O_RDONLY), "", d, "seven", AT_EMPTY_PATH)),
	    "%s|%s|0", at("f7"), at("d/seven"));
	say("link", result(syscall(SYS_symlinkat, "/x/../y", d, "y")), "/x/../y|%s|1", at("d/y"));
#ifdef __x86_64__
	via = "compat";
	say("unlink", int80(10, lower("f8"), 0, 0, 0, 0, 0), "%s|0", at("f8"));
	say("unlink", int80(301, d, lower("y"), 0, 0, 0, 0), "%s|0", at("d/y"));
	say("unlink", int80(40, lower("none"), 0, 0, 0, 0, 0), "%s|1", at("none"));
	say("rename", int80(38, lower("f9"), lower("f10"), 0, 0, 0, 0), "%s|%s|0", at("f9"),
	    at("f10"));
	say("rename", int80(353, AT_FDCWD, lower("f10"), d, lower("ten"), RENAME_NOREPLACE, 0),
	    "%s|%s|1", at("f10"), at("d/ten"));
	say("link", int80(9, lower("d/ten"), lower("ten"), 0, 0, 0, 0), "%s|%s|0", at("d/ten"),
	    at("ten"));
	say("link", int80(304, lower("t"), d, lower("t"), 0, 0, 0), "t|%s|1", at("d/t"));
#endif
}

/* By names that lead through links of /proc. */
static void chmod_by_proc(int fd, int d)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	say("chmod", result(chmod(name, 0601)), "%s|601", at("a"));
	snprintf(name, sizeof(name), "/proc/%d/fd/%d/b", getpid(), d);
	say("chmod", result(chmod(name, 0602)), "%s|602", at("d/b"));
	say("chmod", result(chmod("/proc/thread-self/cwd/a", 0603)), "%s|603", at("a"));
	say("chmod", result(chmod("/proc/self/root/proc/self/cwd/d/../a", 0604)), "%s|604", at("a"));
	say("chmod", result(chmod("/proc/self/fd/999", 0605)), "/proc/self/fd/999|605");
}

static void part_attributes(void)
{
	int fd = make("a", "0123456789"), d;
	long ret;

	if (mkdir("d", 0755))
		exit(2);
	close(make("d/b", "x"));
	d = open("d", O_RDONLY | O_DIRECTORY);
	prctl(PR_SET_NAME, low);
	say("truncate", result(syscall(SYS_truncate, "./a", 8L)), "%s|8", at("a"));
	say("truncate", result(syscall(SYS_ftruncate, fd, 6L)), "%s|6", at("a"));
	say("truncate", result(syscall(SYS_truncate, "none", 5000000000L)), "%s|5000000000",
	    at("none"));
	say("truncate",
	    result(syscall(SYS_fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1L, 2L)),
	    "%s|6", at("a"));
	syscall(SYS_fallocate, fd, 0, 0L, 7L);
	/* Not every file system can: then the size stays. */
	ret = result(syscall(SYS_fallocate, fd, FALLOC_FL_ZERO_RANGE, 0L, 9L));
	say("truncate", ret, "%s|%ld", at("a"), (long)lseek(fd, 0, SEEK_END));
#ifdef SYS_chmod
	say("chmod", result(syscall(SYS_chmod, "a", 0640)), "%s|640", at("a"));
	say("chown", result(syscall(SYS_chown, "a", 12, 34)), "%s|12|34", at("a"));
	say("chown", result(syscall(SYS_lchown, "a", -1, 35)), "%s|-1|35", at("a"));
#endif
	say("chmod", result(syscall(SYS_fchmod, fd, 0600)), "%s|600", at("a"));
	say("chmod", result(syscall(SYS_fchmodat, d, "b", 04711)), "%s|4711", at("d/b"));
	say("chmod", result(syscall(452, fd, "", 0444, AT_EMPTY_PATH)), "%s|444", at("a"));
	chmod_by_proc(fd, d);
	say("chown", result(syscall(SYS_fchown, fd, 70000, -1)), "%s|70000|-1", at("a"));
	say("chown", result(syscall(SYS_fchownat, d, "b", 5, 6, 0)), "%s|5|6", at("d/b"));
	say("chown", result(syscall(SYS_fchownat, fd, "", 7, 8, AT_EMPTY_PATH)), "%s|7|8", at("a"));
	say("setxattr", result(syscall(SYS_setxattr, "a", "user.one", "v", 1, 0)), "%s|user.one",
	    at("a"));
	say("setxattr", result(syscall(SYS_lsetxattr, "none", "user.two", "v", 1, 0)),
	    "%s|user.two", at("none"));
	say("setxattr", result(syscall(SYS_fsetxattr, fd, "trusted.three", "v", 1, 0)),
	    "%s|trusted.three", at("a"));
#ifdef __x86_64__
	via = "compat";
	say("truncate", int80(92, lower("a"), 5, 0, 0, 0, 0), "%s|5", at("a"));
	say("truncate", int80(93, fd, -1, 0, 0, 0, 0), "%s|-1", at("a"));
	say("truncate", int80(193, lower("none"), 1, 1, 0, 0, 0), "%s|4294967297", at("none"));
	say("truncate", int80(194, fd, 4, 0, 0, 0, 0), "%s|4", at("a"));
	say("chmod", int80(15, lower("a"), 0666, 0, 0, 0, 0), "%s|666", at("a"));
	say("chmod", int80(306, d, lower("b"), 0600, 0, 0, 0), "%s|600", at("d/b"));
	say("chown", int80(182, lower("a"), 3, 0xffff, 0, 0, 0), "%s|3|-1", at("a"));
	say("chown", int80(212, lower("a"), 70001, 0xffff, 0, 0, 0), "%s|70001|65535", at("a"));
	say("chown", int80(207, fd, -1, 9, 0, 0, 0), "%s|-1|9", at("a"));
	say("chown", int80(298, d, lower("b"), 65535, 2, 0, 0), "%s|65535|2", at("d/b"));
	say("setxattr", int80(226, lower("a"), lower("user.four"), lower("v"), 1, 0, 0),
	    "%s|user.four", at("a"));
#endif
}

static void map(int fd, const char *name, long length, int prot, int flags, long offset)
{
	void *to = mmap(NULL, (size_t)length, prot, flags, fd, offset);

	say("map", to == MAP_FAILED ? -errno : (long)to, "%s|%d|%d|%ld|%d%d%d", at(name), prot,
	    flags, to == MAP_FAILED ? 0 : length, (prot & (PROT_READ | PROT_EXEC)) != 0,
	    prot & PROT_WRITE && flags & MAP_SHARED, (flags & MAP_SHARED) != 0);
}

static void part_list_map(void)
{
	int fd = make("m", "0123456789"), readonly = open("m", O_RDONLY), d;
	char buffer[4096];

	if (mkdir("d", 0755))
		exit(2);
	d = open("d", O_RDONLY | O_DIRECTORY);
	prctl(PR_SET_NAME, low);
	for (int i = 0; i < 2; i++) {
		long ret = result(syscall(SYS_getdents64, d, buffer, sizeof(buffer)));

		say("list", ret, "%s|%ld", at("d"), ret);
	}
	say("list", result(syscall(SYS_getdents64, fd, buffer, sizeof(buffer))), "%s|0", at("m"));
	map(fd, "m", 4096, PROT_READ, MAP_PRIVATE, 0);
	map(fd, "m", 8192, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	map(fd, "m", 100, PROT_READ | PROT_EXEC, MAP_PRIVATE, 4096);
	map(fd, "m", 4096, PROT_WRITE, MAP_PRIVATE, 0);
	map(fd, "m", 4096, PROT_NONE, MAP_SHARED_VALIDATE, 0);
	map(readonly, "m", 4096, PROT_WRITE, MAP_SHARED, 0);
	map(fd, "m", 0, PROT_READ, MAP_SHARED, 0);
	/* Memory, and no file. */
	munmap(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096);
	mmap(NULL, 4096, PROT_READ, MAP_SHARED, 999, 0);
#ifdef __x86_64__
	unsigned *six = (unsigned *)(low + 1024);
	long ret = int80(192, 0, 4096, PROT_READ, MAP_SHARED, fd, 0);

	via = "compat";
	say("map", (unsigned)ret, "%s|%d|%d|4096|101", at("m"), PROT_READ, MAP_SHARED);
	memcpy(six, (unsigned[]){0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, (unsigned)fd, 0}, 24);
	ret = int80(90, (long)six, 0, 0, 0, 0, 0);
	say("map", (unsigned)ret, "%s|3|%d|8192|111", at("m"), MAP_SHARED);
	ret = int80(220, d, (long)low, 100, 0, 0, 0);
	say("list", ret, "%s|%ld", at("d"), ret);
#endif
}

static const char *number(const char *what, int fd)
{
	static char text[2][64];
	static int turn;
	struct stat stat;

	turn = !turn;
	fstat(fd, &stat);
	snprintf(text[turn], sizeof(text[0]), "%s:[%llu]", what, (unsigned long long)stat.st_ino);
	return text[turn];
}

static void part_copy(void)
{
	int from = make("from", "0123456789"), to = make("to", ""), both[2], other[2], sockets[2];
	struct file_clone_range range = {.src_fd = from, .src_offset = 0, .src_length = 0};
	long ret;
	off_t offset = 0;

	if (pipe(both) || pipe(other) || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		exit(2);
	prctl(PR_SET_NAME, low);
	say("copy", result(syscall(SYS_sendfile, to, from, &offset, 100L)), "%s|%s|10", at("from"),
	    at("to"));
	say("copy", result(syscall(SYS_sendfile, sockets[0], from, NULL, 4L)), "%s|%s|4",
	    at("from"), number("socket", sockets[0]));
	say("copy", result(syscall(SYS_copy_file_range, from, NULL, to, NULL, 3L, 0)), "%s|%s|3",
	    at("from"), at("to"));
	say("copy", result(syscall(SYS_splice, from, NULL, both[1], NULL, 2L, 0)), "%s|%s|2",
	    at("from"), number("pipe", both[1]));
	say("copy", result(syscall(SYS_tee, both[0], other[1], 2L, 0)), "%s|%s|2",
	    number("pipe", both[0]), number("pipe", other[1]));
	say("copy", result(syscall(SYS_splice, both[0], NULL, to, NULL, 2L, 0)), "%s|%s|2",
	    number("pipe", both[0]), at("to"));
	say("copy", result(syscall(SYS_sendfile, 999, from, NULL, 1L)), "%s||0", at("from"));
	ret = result(ioctl(to, FICLONE, from));
	say("copy", ret, "%s|%s|%d", at("from"), at("to"), ret < 0 ? 0 : 10);
	ret = result(ioctl(to, FICLONERANGE, &range));
	say("copy", ret, "%s|%s|%d", at("from"), at("to"), ret < 0 ? 0 : 10);
	ioctl(to, FS_IOC_GETFLAGS, low);
#ifdef __x86_64__
	via = "compat";
	say("copy", int80(187, to, from, 0, 1, 0, 0), "%s|%s|1", at("from"), at("to"));
	say("copy", int80(239, to, from, 0, 1, 0, 0), "%s|%s|0", at("from"), at("to"));
	say("copy", int80(377, from, 0, to, 0, 1, 0), "%s|%s|0", at("from"), at("to"));
#endif
}

/* What is to be seen of a descriptor must be asked before it is closed. */
static void closing(const char *name, int fd, long (*close_it)(int fd))
{
	struct stat stat = {0};
	long ret;

	fstat(fd, &stat);
	ret = close_it(fd);
	say("close", ret, "%d|%s|%llu|%llu", fd, name, (unsigned long long)stat.st_dev,
	    (unsigned long long)stat.st_ino);
}

static long by_close(int fd)
{
	return result(syscall(SYS_close, fd));
}

static long by_range(int fd)
{
	return result(syscall(SYS_close_range, fd, fd, 0));
}

static int other = -1;

#ifdef SYS_dup2
static long by_dup2(int fd)
{
	return result(syscall(SYS_dup2, other, fd));
}
#endif

static long by_dup3(int fd)
{
	return result(syscall(SYS_dup3, other, fd, O_CLOEXEC));
}

/* Each descriptor of a range that is open, and none twice. */
static void ranges(int fd)
{
	static const int places[] = {300, 301, 363, 364, 448, 900};
	struct stat stat;

	fstat(fd, &stat);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (dup3(fd, places[i], 0) < 0)
			exit(2);
	syscall(SYS_close_range, 300, 900, 4 /* CLOSE_RANGE_CLOEXEC closes none */);
	if (syscall(SYS_close_range, 301, ~0U, 0) || syscall(SYS_close_range, 302, 303, 0))
		exit(2);
	for (size_t i = 1; i < sizeof(places) / sizeof(places[0]); i++)
		say("close", 0, "%d|%s|%llu|%llu", places[i], at("c"), (unsigned long long)stat.st_dev,
		    (unsigned long long)stat.st_ino);
	say("close", result(syscall(SYS_close_range, 300, 299, 0)), "%d|%s|%llu|%llu", 300, at("c"),
	    (unsigned long long)stat.st_dev, (unsigned long long)stat.st_ino);
	closing(at("c"), 300, by_close);
}

#ifdef __x86_64__
static long by_int80(int fd)
{
	return int80(6, fd, 0, 0, 0, 0, 0);
}
#endif

static void part_close(void)
{
	int one = make("c", "x"), two = open("c", O_RDONLY), three = open("c", O_RDONLY);
	int d, gone = make("gone", "x"), both[2];

	other = open("/dev/null", O_RDONLY);
	if (mkdir("d", 0755) || unlink("gone") || pipe(both))
		exit(2);
	d = open("d", O_RDONLY | O_DIRECTORY);
	prctl(PR_SET_NAME, low);
	closing(at("c"), one, by_close);
	closing("", one, by_close);
	closing(at("gone (deleted)"), gone, by_close);
	closing(at("d"), d, by_range);
	ranges(two);
	closing(number("pipe", both[0]), both[0], by_close);
#ifdef SYS_dup2
	closing(at("c"), two, by_dup2);
	/* Nothing was open there, or it is the same: nothing is closed. */
	syscall(SYS_dup2, other, 200);
	syscall(SYS_dup2, other, other);
	syscall(SYS_dup2, 999, other);
#endif
	closing(at("c"), three, by_dup3);
	syscall(SYS_dup3, other, 201, 0);
	closing("/dev/null", three, by_close);
#ifdef __x86_64__
	via = "compat";
	closing("/dev/null", two, by_int80);
#endif
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} parts[] = {{"io", part_io},
		     {"names", part_names},
		     {"attributes", part_attributes},
		     {"list-map", part_list_map},
		     {"copy", part_copy},
		     {"close", part_close}};

	via = "syscall";
	if (argc != 4 || chdir(argv[1]) || !getcwd(top, sizeof(top)))
		return 2;
	low = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		   -1, 0);
	if (low == MAP_FAILED)
		return 2;
	/* By this name the tracer knows us, once everything is there. */
	strcpy(low, argv[2]);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(parts[i].name, argv[3])) {
			parts[i].run();
			return 0;
		}
	return 2;
}
