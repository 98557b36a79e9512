/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets IDs, gets at the memory of others and hands descriptors over, in every way that the events
 * proc:setid, proc:peek and proc:passfd are about, and keeps a ledger:
 *
 *	data_pass FOLDER ids|peek|pass
 *
 * FOLDER is absolute and without links. The lines are
 *
 *	setid|pid|ret|olduid|newuid|oldgid|newgid|via
 *	peek|pid|ret|target|bytes|via
 *	passfd|pid|ret|fd|path|from|via
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "proc_ledger.h"
#include "ring.h"

extern char **environ;
static const char *folder;

static void in_child(void (*child)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		child();
		_exit(0);
	}
	check(waitpid(pid, &status, 0) == pid && !status, "child");
}

/* What it has now; `ret`: -1 becomes -errno. */
static unsigned uid, gid;

static void note_ids(long ret, unsigned new_uid, unsigned new_gid, const char *via)
{
	note("setid|%d|%ld|%u|%u|%u|%u|%s\n", getpid(), ret, uid, new_uid, gid, new_gid, via);
	uid = new_uid;
	gid = new_gid;
}

/* Those for files only; what they were before, the user's and the group's. */
static void note_file_ids(long ret, const unsigned before[2], unsigned new_uid, unsigned new_gid, const char *via)
{
	note("setid|%d|%ld|%u|%u|%u|%u|%s\n", getpid(), ret, before[0], new_uid, before[1], new_gid, via);
}

#define CALL(...)                                                                                  \
	({                                                                                         \
		long ret_ = syscall(__VA_ARGS__);                                                  \
		ret_ < 0 ? -errno : ret_;                                                          \
	})

static void ids_of_groups(void)
{
	note_ids(CALL(SYS_setresgid, 100, 101, 102), 0, 101, "syscall");
	note_ids(CALL(SYS_setregid, -1, 6), 0, 6, "syscall");
	note_ids(CALL(SYS_setgid, 7), 0, 7, "syscall");
	note_file_ids(CALL(SYS_setfsgid, 77), (unsigned[]){0, 7}, 0, 77, "syscall");
	note_ids(CALL(SYS_setgid, 7), 0, 7, "syscall");
}

static void ids_of_users(void)
{
	note_ids(CALL(SYS_setresuid, -1, -1, -1), 0, 0, "syscall");
	note_file_ids(CALL(SYS_setfsuid, 78), (unsigned[]){0, 0}, 78, 0, "syscall");
	note_ids(CALL(SYS_setgid, 0), 0, 0, "syscall");
	note_file_ids(CALL(SYS_setfsuid, 0), (unsigned[]){78, 0}, 0, 0, "syscall");
	note_ids(CALL(SYS_setresuid, -1, 3000000000, -1), 3000000000, 0, "syscall");
	/* It has no capabilities now; back to its real one it may. */
	note_ids(CALL(SYS_setreuid, 1000, 0), 3000000000, 0, "syscall");
	note_ids(CALL(SYS_setuid, 0), 0, 0, "syscall");
	note_ids(CALL(SYS_setuid, 1001), 1001, 0, "syscall");
	note_ids(CALL(SYS_setuid, 0), 1001, 0, "syscall");
	note_ids(CALL(SYS_setgid, 1), 1001, 0, "syscall");
}

static void ids_of_32_bits(void)
{
	note_ids(compat_call(46, 5, 0, 0), 0, 5, "compat");	      /* setgid16 */
	note_file_ids(compat_call(216, 9, 0, 0), (unsigned[]){0, 5}, 0, 9, "compat"); /* setfsgid32 */
	note_ids(compat_call(210, 70001, 70002, 70003), 0, 70002, "compat"); /* setresgid32 */
	note_file_ids(compat_call(138, 8, 0, 0), (unsigned[]){0, 70002}, 8, 70002, "compat"); /* setfsuid16 */
	note_ids(compat_call(203, 70004, 70005, 0), 70005, 70002, "compat"); /* setreuid32 */
	note_ids(compat_call(213, 0, 0, 0), 70005, 70002, "compat");	      /* setuid32 */
}

static void *set_too(void *unused)
{
	note_ids(CALL(SYS_setresgid, -1, 5, -1), 0, 5, "syscall");
	return unused;
}

/* IDs are a thread's own. */
static void ids_of_threads(void)
{
	pthread_t thread;

	check(!pthread_create(&thread, NULL, set_too, NULL), "pthread_create");
	pthread_join(thread, NULL);
	uid = gid = 0;
	note_ids(CALL(SYS_setresgid, -1, 6, -1), 0, 6, "syscall");
}

static char *owned;

static void ids_by_exec(void)
{
	note_ids(CALL(SYS_setresuid, 1001, 1001, 1001), 1001, 0, "syscall");
	note_ids(0, 1234, 4321, "exec");
	execl(owned, owned, "leave", NULL);
	_exit(1);
}

/* As root, who becomes another by it; and who has these IDs already. */
static void ids_by_exec_again(void)
{
	note_ids(0, 1234, 4321, "exec");
	execl(owned, owned, "leave", "again", NULL);
	_exit(1);
}

/* One that fails changes nothing. */
static void ids_by_no_exec(void)
{
	execl("/nosuch", "x", NULL);
	execl(self, self, "leave", NULL);
	_exit(1);
}

static void copy_self(const char *to)
{
	int from = open(self, O_RDONLY), fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		check(write(fd, bytes, (size_t)n) == n, to);
	check(!fchown(fd, 1234, 4321) && !fchmod(fd, 06755), to);
	close(from);
	close(fd);
}

static void ids(void)
{
	check(asprintf(&owned, "%s/owned", folder) > 0, "asprintf");
	copy_self(owned);
	in_child(ids_of_groups);
	in_child(ids_of_users);
	if (has_compat())
		in_child(ids_of_32_bits);
	in_child(ids_of_threads);
	in_child(ids_by_exec);
	in_child(ids_by_exec_again);
	in_child(ids_by_no_exec);
}

static void note_peek(long ret, pid_t target, long bytes, const char *via)
{
	note("peek|%d|%ld|%d|%ld|%s\n", getpid(), ret, target, bytes, via);
}

static pid_t victim(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	check(pid > 0, "fork");
	return pid;
}

static char shared[256] = "what is to be seen";

static void peek_by_calls(pid_t pid)
{
	char bytes[256];
	struct iovec here = {bytes, 100}, there = {shared, 100}, nowhere = {NULL, 100};

	note_peek(CALL(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0), pid, 100, "syscall");
	here.iov_len = 10;
	note_peek(CALL(SYS_process_vm_writev, pid, &here, 1, &there, 1, 0), pid, 10, "syscall");
	note_peek(CALL(SYS_process_vm_readv, pid, &here, 1, &nowhere, 1, 0), pid, 0, "syscall");
	note_peek(CALL(SYS_process_vm_readv, 4194303, &here, 1, &there, 1, 0), 4194303, 0, "syscall");
	note_peek(CALL(SYS_ptrace, PTRACE_SEIZE, pid, 0, 0), pid, 0, "syscall");
	note_peek(CALL(SYS_ptrace, PTRACE_ATTACH, pid, 0, 0), pid, 0, "syscall");
	note_peek(CALL(SYS_ptrace, PTRACE_ATTACH, getpid(), 0, 0), getpid(), 0, "syscall");
	if (!has_compat())
		return;
	{
		uint32_t *low = low_memory();

		low[0] = (uint32_t)(uintptr_t)(low + 16);
		low[1] = 8;
		low[2] = (uint32_t)(uintptr_t)shared;
		low[3] = 8;
		/* `shared` is above 4 GiB: it fails. */
		note_peek(compat_call(26, PTRACE_SEIZE, pid, 0), pid, 0, "compat");
	}
}

static void note_open(int fd, pid_t target)
{
	note_peek(fd < 0 ? -errno : fd, target, 0, "syscall");
	if (fd >= 0)
		close(fd);
}

static void peek_as_nobody(void)
{
	check(!syscall(SYS_setresuid, 65534, 65534, 65534), "setresuid");
	note_open(open("/proc/1/mem", O_RDONLY), 1);
	note_open((int)syscall(SYS_open, "/proc/1/mem", O_RDWR), 1);
	open("/proc/1/memory", O_RDONLY);
	open("/proc/x/mem", O_RDONLY);
	open("/etc/shadow", O_RDONLY);
}

static void peek_by_files(pid_t pid)
{
	char name[64];
	struct uring ring;
	int folder_fd, fd;

	snprintf(name, sizeof(name), "/proc/%d/mem", pid);
	note_open(open(name, O_RDWR), pid);
	note_open((int)syscall(SYS_open, name, O_RDONLY), pid);
	if (has_compat()) {
		char *low = strcpy(low_memory(), name);
		long ret = compat_call(5, (long)(uintptr_t)low, O_RDONLY, 0);

		note_peek(ret, pid, 0, "compat");
		close((int)ret);
	}
	if (!uring_open(&ring, 0)) {
		struct io_uring_sqe sqe = {.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
					   .addr = (uintptr_t)name, .open_flags = O_RDONLY, .user_data = 0};
		long result;

		uring_batch(&ring, &sqe, 1, 1, &result);
		note_peek(result, pid, 0, "uring");
		close((int)result);
		close(ring.fd);
	}
	close(open(name, O_PATH));
	snprintf(name, sizeof(name), "/proc/%d", pid);
	folder_fd = open(name, O_PATH | O_DIRECTORY);
	note_open(openat(folder_fd, "mem", O_RDONLY), pid);
	snprintf(name, sizeof(name), "task/%d/mem", pid);
	note_open(openat(folder_fd, name, O_RDONLY), pid);
	snprintf(name, sizeof(name), "/proc/self/fd/%d/mem", folder_fd);
	note_open(open(name, O_RDONLY), pid);
	/* Its own, and what only has such a name. */
	close(open("/proc/self/mem", O_RDWR));
	close(open("/proc/thread-self/mem", O_RDONLY));
	snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	close(open(name, O_RDONLY));
	fd = open(folder, O_RDONLY | O_DIRECTORY);
	close(openat(fd, "mem", O_RDWR | O_CREAT, 0600));
	close(fd);
	close(folder_fd);
}

static void peek(void)
{
	pid_t pid = victim();

	peek_by_files(pid);
	peek_by_calls(pid);
	in_child(peek_as_nobody);
	check(!kill(pid, SIGKILL) && waitpid(pid, NULL, __WALL) == pid, "kill");
}

static void note_pass(long ret, int fd, pid_t from, const char *via)
{
	char name[64], path[4096] = "";

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (fd >= 0)
		check(readlink(name, path, sizeof(path) - 1) > 0, name);
	note("passfd|%d|%ld|%d|%s|%d|%s\n", getpid(), ret, fd, path, from, via);
}

/* Sends a byte with some descriptors. */
static void send_fds(int to, const int *fds, int n)
{
	char byte = 'x', control[CMSG_SPACE(253 * sizeof(int))] = {0};
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

	if (n) {
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){.cmsg_len = CMSG_LEN((size_t)n * sizeof(int)),
							    .cmsg_level = SOL_SOCKET,
							    .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), fds, (size_t)n * sizeof(int));
	}
	check(sendmsg(to, &message, 0) == 1, "sendmsg");
}

/* Notes and closes what a message has brought. */
static void note_message(long ret, struct msghdr *message, pid_t from, const char *via)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
		size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		const int *fds = (const int *)CMSG_DATA(header);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			note_pass(ret, fds[i], from, via);
			close(fds[i]);
		}
	}
}

static void receive(int socket, size_t room, pid_t from)
{
	char bytes[8], control[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(253 * sizeof(int))];
	struct iovec data = {bytes, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
				 .msg_controllen = room ? room : sizeof(control)};
	long ret = recvmsg(socket, &message, 0);

	check(ret == 1, "recvmsg");
	note_message(ret, &message, from, "syscall");
}

static void receive_many(int socket, pid_t from)
{
	char bytes[4], control[4][CMSG_SPACE(4 * sizeof(int))];
	struct mmsghdr messages[4] = {0};
	struct iovec data[4];
	int n;

	for (int i = 0; i < 4; i++) {
		data[i] = (struct iovec){bytes + i, 1};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &data[i], .msg_iovlen = 1,
						      .msg_control = control[i],
						      .msg_controllen = sizeof(control[i])};
	}
	n = recvmmsg(socket, messages, 4, MSG_DONTWAIT, NULL);
	check(n == 3, "recvmmsg");
	for (int i = 0; i < n; i++)
		note_message(n, &messages[i].msg_hdr, from, "syscall");
}

/* A 32-bit program's recvmsg: by its number, or by socketcall. */
static void receive_compat(int socket, pid_t from, int by_socketcall)
{
	uint32_t *low = low_memory(), *iov = low + 16, *args = low + 32, *control = low + 64;
	uint32_t at = (uint32_t)(uintptr_t)low;
	long ret;

	iov[0] = at + 1024;
	iov[1] = 1;
	low[2] = at + 64;
	low[3] = 1;
	low[4] = at + 256;
	low[5] = 256;
	args[0] = (uint32_t)socket;
	args[1] = at;
	args[2] = 0;
	ret = by_socketcall ? compat_call(102, 17, (long)at + 128, 0) : compat_call(372, socket, at, 0);
	check(ret == 1 && control[1] == SOL_SOCKET && control[2] == SCM_RIGHTS, "recvmsg");
	for (uint32_t i = 0; i < (control[0] - 12) / 4; i++) {
		note_pass(ret, (int)control[3 + i], from, "compat");
		close((int)control[3 + i]);
	}
}

/* By a request of a ring; the socket may be registered, and have no descriptor. */
static void receive_ring(int socket, pid_t from, unsigned char how)
{
	char bytes[8], control[CMSG_SPACE(8 * sizeof(int))];
	struct iovec data = {bytes, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
				 .msg_controllen = sizeof(control)};
	struct io_uring_sqe sqe = {.opcode = IORING_OP_RECVMSG, .flags = how, .fd = socket,
				   .addr = (uintptr_t)&message, .len = 1};
	struct uring ring;
	long ret;

	check(!uring_open(&ring, 0), "io_uring");
	if (how & IOSQE_FIXED_FILE) {
		check(!syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &socket, 1), "register");
		sqe.fd = 0;
	}
	ret = uring_do(&ring, sqe);
	check(ret == 1, "RECVMSG");
	note_message(ret, &message, from, "uring");
	close(ring.fd);
}

static int has_uring(void)
{
	struct uring ring;
	int has = !uring_open(&ring, 0);

	if (ring.fd >= 0)
		close(ring.fd);
	return has;
}

static int sockets[2], one_way[2], fds[253], listener;
static pid_t maker;

static void receiver(void)
{
	int on = 1;

	receive(sockets[1], 0, maker);		    /* five */
	receive(sockets[1], 0, maker);		    /* none */
	receive(sockets[1], 0, maker);		    /* 253 */
	receive(sockets[1], CMSG_LEN(2 * sizeof(int)), maker); /* four, and room for two */
	setsockopt(sockets[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	receive(sockets[1], 0, maker); /* behind who sent it */
	on = 0;
	setsockopt(sockets[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (has_compat()) {
		receive_compat(sockets[1], maker, 0);
		receive_compat(sockets[1], maker, 1);
	}
	if (has_uring()) {
		receive_ring(sockets[1], maker, 0);
		receive_ring(sockets[1], maker, IOSQE_ASYNC);
		receive_ring(sockets[1], maker, IOSQE_FIXED_FILE);
	}
	receive_many(one_way[1], maker);
}

static void send_all(void)
{
	int all[] = {fds[0], fds[1], fds[2], fds[3], fds[4]};

	send_fds(sockets[0], all, 5);
	send_fds(sockets[0], NULL, 0);
	send_fds(sockets[0], fds, 253);
	send_fds(sockets[0], all, 4);
	send_fds(sockets[0], all + 1, 2);
	if (has_compat()) {
		send_fds(sockets[0], all, 3);
		send_fds(sockets[0], all, 1);
	}
	for (int i = 1; i <= 3 && has_uring(); i++)
		send_fds(sockets[0], all, i);
	send_fds(one_way[0], all, 1);
	send_fds(one_way[0], NULL, 0);
	send_fds(one_way[0], all + 2, 3);
}

/* Who connects gets something from who listens. */
static void connect_and_receive(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.90s/s", folder);
	check(!connect(fd, (struct sockaddr *)&address, sizeof(address)), "connect");
	receive(fd, 0, maker);
}

static void pass_to_client(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	pid_t pid;
	int fd;

	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.90s/s", folder);
	check(!bind(listener, (struct sockaddr *)&address, sizeof(address)) && !listen(listener, 1), "listen");
	pid = fork();
	if (!pid) {
		connect_and_receive();
		_exit(0);
	}
	fd = accept(listener, NULL, NULL);
	send_fds(fd, fds, 2);
	check(waitpid(pid, NULL, 0) == pid, "waitpid");
}

static void take(void)
{
	pid_t pid = victim();
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	long ret = CALL(SYS_pidfd_getfd, pidfd, fds[1], 0);

	note_pass(ret, (int)ret, pid, "syscall");
	close((int)ret);
	note_pass(CALL(SYS_pidfd_getfd, pidfd, 999, 0), -1, pid, "syscall");
	note_pass(CALL(SYS_pidfd_getfd, fds[0], 0, 0), -1, 0, "syscall");
	if (has_compat()) {
		ret = compat_call(438, pidfd, fds[2], 0);
		note_pass(ret, (int)ret, pid, "compat");
	}
	check(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid, "kill");
}

static void pass(void)
{
	int pipes[2];

	maker = getpid();
	check(!pipe(pipes), "pipe");
	fds[0] = open(self, O_RDONLY);
	fds[1] = pipes[0];
	fds[2] = memfd_create("secret", 0);
	fds[3] = open(folder, O_RDONLY | O_DIRECTORY);
	fds[4] = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 5; i < 253; i++)
		fds[i] = fds[i % 5];
	check(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) && !socketpair(AF_UNIX, SOCK_DGRAM, 0, one_way),
	      "socketpair");
	send_all();
	in_child(receiver);
	pass_to_client();
	take();
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "leave") && !strcmp(argv[2], "again")) {
		/* It has these already. */
		execl(argv[0], argv[0], "leave", NULL);
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "leave"))
		return 0;
	if (argc != 3)
		return 2;
	folder = argv[1];
	ledger_open();
	if (!strcmp(argv[2], "ids"))
		ids();
	if (!strcmp(argv[2], "peek"))
		peek();
	if (!strcmp(argv[2], "pass"))
		pass();
	return ledger_print();
}
