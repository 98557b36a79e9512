/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does to files what data probes are about by requests of io_uring, and keeps a ledger: one line on
 * stdout for each with what is to be seen of it, in order.
 * Usage: data_uring DIRECTORY COMM inline|workers|poll; DIRECTORY is empty and has no links in its path.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "file_ledger.h"
#include "ring.h"

/* Newer than the headers may be. */
enum { FTRUNCATE = 55 };

static struct uring ring;
static unsigned char how; /* flags of every request */

static const char *number(const char *what, int fd)
{
	static char text[64];
	struct stat stat;

	fstat(fd, &stat);
	snprintf(text, sizeof(text), "%s:[%llu]", what, (unsigned long long)stat.st_ino);
	return text;
}

#define DO(...) uring_do(&ring, (struct io_uring_sqe){.flags = how, __VA_ARGS__})
#define ADDRESS(what) (uint64_t)(uintptr_t)(what)

/* fd: as it is to be seen; -1 of a registered file */
static void io(const char *event, int fd, long ret, long offset, const char *name)
{
	say(event, ret, "%d|%s|%ld|%ld", fd, at(name), ret < 0 ? 0 : ret, offset);
}

static void reads_and_writes(void)
{
	char buffer[16] = "";
	struct iovec two[2] = {{buffer, 3}, {buffer + 3, 4}}, fixed = {buffer, sizeof(buffer)};
	int fd = make("io", "0123456789abcdef"), append = open("io", O_WRONLY | O_APPEND), both[2];

	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &fixed, 1) ||
	    syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &fd, 1) || pipe(both))
		exit(2);
#define IO(op, descriptor, address, size, where)                                                   \
	DO(.opcode = IORING_OP_##op, .fd = descriptor, .addr = ADDRESS(address), .len = size, .off = where)
	io("read", fd, IO(READ, fd, buffer, 5, 3), 3, "io");
	io("write", fd, DO(.opcode = IORING_OP_WRITE, .fd = fd, .addr = ADDRESS("end"), .len = 3, .off = 2,
			   .rw_flags = RWF_APPEND), 16, "io");
	ftruncate(fd, 16);
	io("read", fd, IO(READ, fd, buffer, 5, (uint64_t)-1), 0, "io");
	io("read", fd, IO(READV, fd, two, 2, (uint64_t)-1), 5, "io");
	io("read", fd, IO(READ_FIXED, fd, buffer, 4, 1), 1, "io");
	io("read", fd, IO(READ, fd, (void *)8, 4, 2), 2, "io");
	io("read", fd, IO(READ, fd, buffer, 9, 16), 16, "io");
	io("write", fd, IO(WRITE, fd, "xyz", 3, 7), 7, "io");
	io("write", fd, IO(WRITEV, fd, two, 2, 100), 100, "io");
	io("write", fd, IO(WRITE_FIXED, fd, buffer, 2, 5000000000), 5000000000, "io");
	io("write", append, IO(WRITE, append, "end", 3, 0), 5000000002, "io");
	io("read", append, IO(READ, append, buffer, 3, 4), 4, "io");
	how |= IOSQE_FIXED_FILE;
	io("read", -1, IO(READ, 0, buffer, 2, 6), 6, "io");
	io("write", -1, IO(WRITE, 0, buffer, 2, 8), 8, "io");
	how &= (unsigned char)~IOSQE_FIXED_FILE;
	/* No files. */
	IO(WRITE, both[1], "x", 1, 0);
	IO(READ, both[0], buffer, 1, 0);
	IO(READ, 999, buffer, 1, 0);
	syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_FILES, NULL, 0);
	syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_BUFFERS, NULL, 0);
	/* Each done after the one before it, and one that is not done then. */
	struct io_uring_sqe links[] = {
		{.opcode = IORING_OP_WRITE, .flags = how | IOSQE_IO_LINK, .fd = fd, .addr = ADDRESS("ab"), .len = 2},
		{.opcode = IORING_OP_READ, .flags = how | IOSQE_IO_LINK, .fd = fd, .addr = ADDRESS(buffer),
		 .len = 16, .off = 5000000000, .user_data = 1},
		{.opcode = IORING_OP_NOP, .flags = how, .user_data = 2},
		{.opcode = IORING_OP_WRITE, .flags = how | IOSQE_IO_DRAIN, .fd = fd, .addr = ADDRESS("c"), .len = 1,
		 .off = 1, .user_data = 3}};
	long results[4] = {0};

	uring_batch(&ring, links, 4, 4, results);
	io("write", fd, results[0], 0, "io");
	io("read", fd, results[1], 5000000000, "io");
	/* A read that gets less than it asked for ends the chain. */
	if (results[2] != -ECANCELED)
		exit(3);
	io("write", fd, results[3], 1, "io");
	close(fd);
	close(append);
	close(both[0]);
	close(both[1]);
}

static void names(void)
{
	char name[16] = "f1", other[16] = "d/../d/h";
	int d, fd;

	if (mkdir("d", 0755) || mkdir("d/e", 0755))
		exit(2);
	close(make("f1", "x"));
	close(make("f2", "x"));
	d = open("d", O_RDONLY | O_DIRECTORY);
	fd = make("f3", "x");
	say("rename",
	    DO(.opcode = IORING_OP_RENAMEAT, .fd = AT_FDCWD, .addr = ADDRESS(name), .len = (unsigned)AT_FDCWD,
	       .addr2 = ADDRESS(other)),
	    "%s|%s|0", at("f1"), at("d/h"));
	strcpy(name, "f2");
	strcpy(other, "h");
	say("rename",
	    DO(.opcode = IORING_OP_RENAMEAT, .fd = AT_FDCWD, .addr = ADDRESS(name), .len = (unsigned)d,
	       .addr2 = ADDRESS(other), .rename_flags = RENAME_NOREPLACE),
	    "%s|%s|1", at("f2"), at("d/h"));
	say("link",
	    DO(.opcode = IORING_OP_LINKAT, .fd = d, .addr = ADDRESS(other), .len = (unsigned)AT_FDCWD,
	       .addr2 = ADDRESS("two")),
	    "%s|%s|0", at("d/h"), at("two"));
	say("link", DO(.opcode = IORING_OP_SYMLINKAT, .fd = d, .addr = ADDRESS("/x/../y"), .addr2 = ADDRESS("y")),
	    "/x/../y|%s|1", at("d/y"));
	say("unlink", DO(.opcode = IORING_OP_UNLINKAT, .fd = d, .addr = ADDRESS("y")), "%s|0", at("d/y"));
	say("unlink", DO(.opcode = IORING_OP_UNLINKAT, .fd = d, .addr = ADDRESS("e"), .unlink_flags = AT_REMOVEDIR),
	    "%s|1", at("d/e"));
	say("unlink", DO(.opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = ADDRESS("none")), "%s|0",
	    at("none"));
	say("setxattr",
	    DO(.opcode = IORING_OP_SETXATTR, .addr = ADDRESS("user.one"), .addr2 = ADDRESS("v"), .len = 1,
	       .addr3 = ADDRESS("two")),
	    "%s|user.one", at("two"));
	say("setxattr",
	    DO(.opcode = IORING_OP_FSETXATTR, .fd = fd, .addr = ADDRESS("user.two"), .addr2 = ADDRESS("v"), .len = 1),
	    "%s|user.two", at("f3"));
	close(d);
	close(fd);
	unlink("d/h");
	unlink("two");
	unlink("f2");
	rmdir("d");
}

static void sizes(void)
{
	int fd = make("a", "0123456789");
	long ret = DO(.opcode = FTRUNCATE, .fd = fd, .off = 6);

	/* There since 6.9; before, the request is refused and is none. */
	if (ret != -EINVAL)
		say("truncate", ret, "%s|6", at("a"));
	else
		ftruncate(fd, 6);
	say("truncate",
	    DO(.opcode = IORING_OP_FALLOCATE, .fd = fd, .off = 1, .addr = 2,
	       .len = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE),
	    "%s|6", at("a"));
	DO(.opcode = IORING_OP_FALLOCATE, .fd = fd, .off = 0, .addr = 7);
	say("sync", DO(.opcode = IORING_OP_FSYNC, .fd = fd), "%d|%s", fd, at("a"));
	say("sync", DO(.opcode = IORING_OP_FSYNC, .fd = fd, .fsync_flags = IORING_FSYNC_DATASYNC), "%d|%s", fd,
	    at("a"));
	say("sync", DO(.opcode = IORING_OP_SYNC_FILE_RANGE, .fd = fd, .len = 5), "%d|%s", fd, at("a"));
	close(fd);
}

static void copies(void)
{
	int from = make("from", "0123456789"), to = make("to", ""), both[2], other[2];
	char first[64];

	if (pipe(both) || pipe(other) ||
	    syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, (int[]){to, from}, 2))
		exit(2);
	strcpy(first, number("pipe", both[1]));
#define SPLICE(op, source, where, target, size, ...)                                               \
	DO(.opcode = IORING_OP_##op, .splice_fd_in = source, .splice_off_in = where, .fd = target,   \
	   .off = IORING_OP_##op == IORING_OP_TEE ? 0 : (uint64_t)-1, .len = size, __VA_ARGS__)
	say("copy", SPLICE(SPLICE, from, 0, both[1], 4), "%s|%s|4", at("from"), first);
	say("copy", SPLICE(TEE, both[0], 0, other[1], 2), "%s|%s|2", first, number("pipe", other[1]));
	say("copy", SPLICE(SPLICE, both[0], (uint64_t)-1, to, 3), "%s|%s|3", first, at("to"));
	say("copy", SPLICE(SPLICE, 1, 0, both[1], 2, .splice_flags = SPLICE_F_FD_IN_FIXED), "%s|%s|2", at("from"),
	    first);
	syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_FILES, NULL, 0);
	for (int i = 0; i < 2; i++) {
		close(both[i]);
		close(other[i]);
	}
	close(from);
	close(to);
}

static void closing(int fd, int slot, const char *path)
{
	struct stat stat = {0};
	long ret;

	if (lstat(path, &stat))
		fstat(fd, &stat);
	ret = slot ? DO(.opcode = IORING_OP_CLOSE, .file_index = (unsigned)slot)
		   : DO(.opcode = IORING_OP_CLOSE, .fd = fd);
	say("close", ret, "%d|%s|%llu|%llu", slot ? -1 : fd, path, (unsigned long long)stat.st_dev,
	    (unsigned long long)stat.st_ino);
}

/* A file that has no descriptor, but a place in the ring's table. */
static void places(void)
{
	static int none[4] = {-1, -1, -1, -1};
	char name[] = "p/../p/q";
	long ret;

	if (mkdir("p", 0755) || symlink("p", "to-p") ||
	    syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, none, 4))
		exit(2);
	ret = DO(.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = ADDRESS(name), .open_flags = O_CREAT | O_RDWR,
		 .len = 0600, .file_index = 3);
	say("open", ret, "-1|%s|%s", at("p/q"), name);
	ret = DO(.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = ADDRESS("to-p/q"), .open_flags = O_RDONLY,
		 .file_index = IORING_FILE_INDEX_ALLOC);
	say("open", ret, "-1|%s|to-p/q", at("p/q"));
	closing(-1, 3, at("p/q"));
	closing(-1, (int)ret + 1, at("p/q"));
	syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_FILES, NULL, 0);
	unlink("p/q");
	unlink("to-p");
	rmdir("p");
}

static void closes(void)
{
	int fd = make("c", "x"), both[2];

	if (pipe(both))
		exit(2);
	closing(fd, 0, at("c"));
	closing(fd, 0, "");
	closing(both[0], 0, number("pipe", both[0]));
	close(both[1]);
}

int main(int argc, char **argv)
{
	unsigned setup;

	via = "uring";
	if (argc != 4 || chdir(argv[1]) || !getcwd(top, sizeof(top)))
		return 2;
	setup = strcmp(argv[3], "poll") ? 0 : IORING_SETUP_SQPOLL;
	how = strcmp(argv[3], "workers") ? 0 : IOSQE_ASYNC;
	if (uring_open(&ring, setup))
		return 77;
	/* The threads that the kernel makes have names of their own. */
	prctl(PR_SET_NAME, argv[2]);
	reads_and_writes();
	names();
	sizes();
	copies();
	places();
	closes();
	return 0;
}
