/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uses sockets in every way that the events net:connect to net:recv are about, and keeps a ledger: one
 * line on stdout for each call with what is to be seen of it, in order. The sockets' own addresses
 * are what getsockname() says.
 * Usage: data_net DIRECTORY COMM PART; DIRECTORY is empty and has no links in its path.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "ring.h"

static char top[4096];
static char *low; /* memory below 4 GB */
static const char *comm, *via = "syscall";

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

static const char *name_of(const char *const *names, int n)
{
	static char text[16];

	if (names[n])
		return names[n];
	snprintf(text, sizeof(text), "%d", n);
	return text;
}

static const char *text_of(const union address *address, char *text, int *port)
{
	*port = 0;
	*text = '\0';
	if (address && address->any.sa_family == AF_INET) {
		*port = ntohs(address->in.sin_port);
		inet_ntop(AF_INET, &address->in.sin_addr, text, 64);
	} else if (address && address->any.sa_family == AF_INET6) {
		*port = ntohs(address->in6.sin6_port);
		inet_ntop(AF_INET6, &address->in6.sin6_addr, text, 64);
	}
	return text;
}

/* The call on `fd`, its result; the address of the other end, or NULL; a Unix socket's name. */
static long say(const char *event, int fd, int sock, long ret, const void *addr, const char *path,
		const char *more)
{
	static const char *const families[64] = {"unspec", "unix", "inet", [10] = "inet6", [16] = "netlink"};
	static const char *const protocols[512] = {[6] = "tcp", [17] = "udp", [262] = "mptcp"};
	char text[2][64];
	union address own = {0};
	socklen_t size = sizeof(own);
	int family = 0, protocol = 0, port, lport;

	if (getsockname(sock, &own.any, &size))
		family = addr ? ((const struct sockaddr *)addr)->sa_family : 0;
	size = sizeof(int);
	getsockopt(sock, SOL_SOCKET, SO_DOMAIN, &family, &size);
	getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &protocol, &size);
	text_of(addr, text[0], &port);
	text_of(&own, text[1], &lport);
	printf("%s|%s|%ld|%d|%s|%s|", event, via, ret, fd, name_of(families, family), name_of(protocols, protocol));
	printf("%s|%d|%s|%d|%s|%s\n", text[0], port, text[1], lport, path, more);
	fflush(stdout);
	return ret;
}

/* send and recv: how many bytes is said too. */
static void io(const char *event, int fd, long ret, const void *addr, const char *path)
{
	char bytes[24];

	snprintf(bytes, sizeof(bytes), "%ld", ret < 0 ? 0 : ret);
	say(event, fd, fd, ret, addr, path, bytes);
}

static struct sockaddr_in v4(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static struct sockaddr_in6 v6(const char *address, int port)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

	inet_pton(AF_INET6, address, &to.sin6_addr);
	return to;
}

static union address name(int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
	union address is = {0};
	socklen_t size = sizeof(is);

	get(fd, &is.any, &size);
	return is;
}

static int port_of(int fd)
{
	union address is = name(fd, getsockname);

	return ntohs(is.in.sin_port);
}

static int open_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	if (fd < 0)
		exit(3);
	return fd;
}

static int bound(int family, int type, const void *address, socklen_t size)
{
	int fd = open_socket(family, type);

	if (bind(fd, address, size) || (type == SOCK_STREAM && listen(fd, 8)))
		exit(4);
	return fd;
}

/* Before the ledger begins: a socket that listens, and a port where nobody does. */
static int listener, nobody;

static void part_connect(void)
{
	struct sockaddr_in to = v4(port_of(listener)), closed = v4(nobody), wrong = v4(1);
	struct sockaddr_in6 mapped = v6("::ffff:127.0.0.1", port_of(listener));
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fds[8];

	for (int i = 0; i < 8; i++)
		fds[i] = open_socket(i == 3 || i == 4 ? AF_INET6 : AF_INET, i < 5 ? SOCK_STREAM : SOCK_DGRAM);
	fcntl(fds[4], F_SETFL, O_NONBLOCK);
	prctl(PR_SET_NAME, comm);
	say("connect", fds[0], fds[0], result(connect(fds[0], (void *)&to, sizeof(to))), &to, "", "");
	say("connect", fds[0], fds[0], result(connect(fds[0], (void *)&to, sizeof(to))), &to, "", "");
	say("connect", fds[1], fds[1], result(connect(fds[1], (void *)&closed, sizeof(to))), &closed, "", "");
	say("connect", fds[3], fds[3], result(connect(fds[3], (void *)&mapped, sizeof(mapped))), &mapped, "", "");
	say("connect", fds[4], fds[4], result(connect(fds[4], (void *)&mapped, sizeof(mapped))), &mapped, "", "");
	say("connect", fds[5], fds[5], result(connect(fds[5], (void *)&to, sizeof(to))), &to, "", "");
	say("connect", fds[5], fds[5], result(connect(fds[5], (void *)&closed, sizeof(to))), &closed, "", "");
	say("connect", fds[5], fds[5], result(connect(fds[5], &none, sizeof(none))), NULL, "", "");
	say("connect", fds[2], fds[2], result(connect(fds[2], (void *)&to, 4)), NULL, "", "");
	say("connect", fds[2], fds[2], result(connect(fds[2], (void *)8, sizeof(to))), NULL, "", "");
	say("connect", 1234, 1234, result(connect(1234, (void *)&wrong, sizeof(to))), &wrong, "", "");
	say("connect", 0, 0, result(connect(0, (void *)&wrong, sizeof(to))), &wrong, "", "");
}

static void part_accept(void)
{
	struct sockaddr_in to = v4(port_of(listener));
	union address peer;
	int fds[3], got, file = open("file", O_RDWR | O_CREAT, 0644);
	char more[16];

	for (int i = 0; i < 3; i++) {
		fds[i] = open_socket(AF_INET, SOCK_STREAM);
		if (connect(fds[i], (void *)&to, sizeof(to)))
			exit(5);
	}
	snprintf(more, sizeof(more), "%d", listener);
	prctl(PR_SET_NAME, comm);
	got = (int)syscall(SYS_accept, listener, NULL, NULL);
	peer = name(got, getpeername);
	say("accept", got, got, got, &peer, "", more);
	got = (int)syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	peer = name(fds[1], getsockname);
	say("accept", got, got, got, &peer, "", more);
	got = accept(listener, NULL, NULL);
	peer = name(fds[2], getsockname);
	say("accept", got, got, got, &peer, "", more);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	say("accept", -1, listener, result(syscall(SYS_accept4, listener, NULL, NULL, 0)), NULL, "", more);
	snprintf(more, sizeof(more), "%d", file);
	say("accept", -1, file, result(syscall(SYS_accept4, file, NULL, NULL, 0)), NULL, "", more);
	say("accept", -1, -1, result(syscall(SYS_accept4, -1, NULL, NULL, 0)), NULL, "", "-1");
}

static void part_bind(void)
{
	struct sockaddr_in any = v4(0), taken = v4(port_of(listener)), other = v4(0);
	struct sockaddr_in6 six = v6("::ffff:127.0.0.1", 0);
	int fd = open_socket(AF_INET, SOCK_STREAM), fd6 = open_socket(AF_INET6, SOCK_DGRAM);

	other.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1 is nobody's */
	prctl(PR_SET_NAME, comm);
	say("bind", fd, fd, result(bind(fd, (void *)&taken, sizeof(taken))), &taken, "", "");
	say("bind", fd, fd, result(bind(fd, (void *)&other, sizeof(other))), &other, "", "");
	say("bind", fd, fd, result(bind(fd, (void *)&any, sizeof(any))), &any, "", "");
	say("bind", fd, fd, result(bind(fd, (void *)&any, sizeof(any))), &any, "", "");
	say("bind", fd6, fd6, result(bind(fd6, (void *)&six, sizeof(six))), &six, "", "");
	say("bind", -1, -1, result(bind(-1, (void *)&any, sizeof(any))), &any, "", "");
}

static const char *at(const char *name)
{
	static char text[4300];

	snprintf(text, sizeof(text), "%s/%s", top, name);
	return text;
}

static socklen_t unix_name(struct sockaddr_un *to, const char *bytes, size_t length)
{
	to->sun_family = AF_UNIX;
	memcpy(to->sun_path, bytes, length);
	return (socklen_t)(2 + length);
}

static void part_unix(void)
{
	struct sockaddr_un to;
	socklen_t size = unix_name(&to, "stream", 7);
	char abstract[] = "\0some\0name", shown[4300], buffer[16];
	int server, fds[8], got;

	snprintf(shown, sizeof(shown), "@%d@name", getpid());
	snprintf(abstract + 1, sizeof(abstract) - 1, "%d", getpid());
	mkdirat(AT_FDCWD, "d", 0755);
	for (int i = 0; i < 8; i++)
		fds[i] = open_socket(AF_UNIX, i < 4 ? SOCK_STREAM : SOCK_DGRAM);
	server = fds[0];
	prctl(PR_SET_NAME, comm);
	say("bind", server, server, result(bind(server, (void *)&to, size)), NULL, at("stream"), "");
	say("bind", fds[1], fds[1], result(bind(fds[1], (void *)&to, size)), NULL, at("stream"), "");
	listen(server, 8);
	size = unix_name(&to, "d/../stream", 12);
	say("connect", fds[1], fds[1], result(connect(fds[1], (void *)&to, size)), NULL, at("stream"), "");
	got = accept(server, NULL, NULL);
	snprintf(buffer, sizeof(buffer), "%d", server);
	say("accept", got, got, got, NULL, at("stream"), buffer);
	io("send", fds[1], result(write(fds[1], "abc", 3)), NULL, at("stream"));
	io("recv", got, result(read(got, buffer, 9)), NULL, at("stream"));
	size = unix_name(&to, "d/none", 7);
	say("connect", fds[2], fds[2], result(connect(fds[2], (void *)&to, size)), NULL, at("d/none"), "");
	unlink("stream");
	strcat(strcpy(shown, at("stream")), " (deleted)");
	io("send", fds[1], result(send(fds[1], "abc", 3, 0)), NULL, shown);
	/* In no directory, with a NUL in it */
	snprintf(shown, sizeof(shown), "@%d@name", getpid());
	to.sun_family = AF_UNIX;
	size = (socklen_t)(2 + snprintf(to.sun_path, sizeof(to.sun_path), "@%d@name", getpid()));
	to.sun_path[0] = *strrchr(to.sun_path, '@') = '\0';
	say("bind", fds[4], fds[4], result(bind(fds[4], (void *)&to, size)), NULL, shown, "");
	io("send", fds[5], result(sendto(fds[5], "hello", 5, 0, (void *)&to, size)), NULL, shown);
	io("recv", fds[4], result(recv(fds[4], buffer, 16, 0)), NULL, shown);
	say("connect", fds[6], fds[6], result(connect(fds[6], (void *)&to, size)), NULL, shown, "");
	io("send", fds[6], result(send(fds[6], "x", 1, 0)), NULL, shown);
	io("recv", fds[7], result(recv(fds[7], buffer, 1, MSG_DONTWAIT)), NULL, "");
}

static void part_stream(void)
{
	struct sockaddr_in to = v4(port_of(listener));
	int fd = open_socket(AF_INET, SOCK_STREAM), got;
	char buffer[64];
	struct iovec two[2] = {{buffer, 3}, {buffer + 3, 4}};
	struct msghdr message = {.msg_iov = two, .msg_iovlen = 2};
	struct mmsghdr messages[2] = {{.msg_hdr = message}, {.msg_hdr = message}};
	union address a, b;

	if (connect(fd, (void *)&to, sizeof(to)) || (got = accept(listener, NULL, NULL)) < 0)
		exit(5);
	a = name(fd, getsockname);
	b = name(fd, getpeername);
	prctl(PR_SET_NAME, comm);
	io("send", fd, result(syscall(SYS_write, fd, buffer, 5)), &b, "");
	io("recv", got, result(syscall(SYS_read, got, buffer, 60)), &a, "");
	io("send", got, result(syscall(SYS_writev, got, two, 2)), &a, "");
	io("recv", fd, result(syscall(SYS_readv, fd, two, 2)), &b, "");
	io("send", fd, result(syscall(SYS_pwritev2, fd, two, 1, -1L, -1L, 0)), &b, "");
	io("recv", got, result(syscall(SYS_preadv2, got, two, 1, -1L, -1L, 0)), &a, "");
	io("send", fd, result(syscall(SYS_sendto, fd, buffer, 9, 0, NULL, 0)), &b, "");
	io("recv", got, result(syscall(SYS_recvfrom, got, buffer, 60, 0, NULL, NULL)), &a, "");
	io("send", fd, result(syscall(SYS_sendmsg, fd, &message, 0)), &b, "");
	io("recv", got, result(syscall(SYS_recvmsg, got, &message, 0)), &a, "");
	say("send", fd, fd, result(syscall(SYS_sendmmsg, fd, messages, 2, 0)), &b, "", "14");
	say("recv", got, got, result(syscall(SYS_recvmmsg, got, messages, 2, 0, NULL)), &a, "", "14");
	io("recv", got, result(recv(got, buffer, 1, MSG_DONTWAIT)), &a, "");
	io("recv", fd, result(recv(fd, (void *)8, 1, MSG_DONTWAIT)), &b, "");
	shutdown(fd, SHUT_WR);
	io("send", fd, result(send(fd, buffer, 1, MSG_NOSIGNAL)), &b, "");
	io("recv", got, result(read(got, buffer, 1)), &a, "");
	io("send", 1234, result(send(1234, buffer, 1, 0)), NULL, "");
	io("recv", 0, result(recv(0, buffer, 1, 0)), NULL, "");
	/* Not on a socket: nothing is to be seen. */
	syscall(SYS_write, 1234, buffer, 1);
	syscall(SYS_read, 0, buffer, 0);
}

static void part_datagrams(void)
{
	struct sockaddr_in any = v4(0), to;
	int server = bound(AF_INET, SOCK_DGRAM, &any, sizeof(any)), fd = open_socket(AF_INET, SOCK_DGRAM);
	char buffer[64];
	struct iovec one = {buffer, 6}, two = {buffer, 20};
	struct sockaddr_storage from;
	struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1, .msg_name = &to, .msg_namelen = sizeof(to)};
	struct mmsghdr messages[3];
	socklen_t size = sizeof(from);
	union address me;

	to = v4(port_of(server));
	for (int i = 0; i < 3; i++)
		messages[i].msg_hdr = message;
	messages[1].msg_hdr.msg_iov = &two;
	prctl(PR_SET_NAME, comm);
	io("send", fd, result(sendto(fd, buffer, 4, 0, (void *)&to, sizeof(to))), &to, "");
	me = name(fd, getsockname);
	me.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	io("recv", server, result(recvfrom(server, buffer, 60, 0, (void *)&from, &size)), &me, "");
	io("send", fd, result(sendto(fd, buffer, 0, 0, (void *)&to, sizeof(to))), &to, "");
	io("recv", server, result(recvfrom(server, buffer, 60, 0, NULL, NULL)), NULL, "");
	io("send", fd, result(sendmsg(fd, &message, 0)), &to, "");
	message.msg_name = &from;
	message.msg_namelen = sizeof(from);
	io("recv", server, result(recvmsg(server, &message, 0)), &me, "");
	say("send", fd, fd, result(sendmmsg(fd, messages, 3, 0)), &to, "", "32");
	for (int i = 0; i < 3; i++)
		messages[i].msg_hdr.msg_name = &from;
	say("recv", server, server, result(recvmmsg(server, messages, 3, 0, NULL)), &me, "", "32");
	io("send", fd, result(send(fd, buffer, 1, 0)), NULL, "");
	io("recv", server, result(recvfrom(server, buffer, 60, MSG_DONTWAIT, (void *)&from, &size)), NULL, "");
}

/* Newer than the headers may be. */
enum { SEND_ZC = 47, SENDMSG_ZC = 48, READ_MULTISHOT = 49, BIND = 56, ACCEPT_MULTISHOT = 1, RECV_MULTISHOT = 2 };

static struct uring ring;
static unsigned char how; /* flags of every request */

#define DO(...) uring_do(&ring, (struct io_uring_sqe){.flags = how, __VA_ARGS__})
#define ADDRESS(what) (uint64_t)(uintptr_t)(what)

/* Requests of a ring that have one result each. */
static void single_requests(int server)
{
	struct sockaddr_in to = v4(port_of(server)), closed = v4(nobody), any = v4(0);
	int fd = open_socket(AF_INET, SOCK_STREAM), refused = open_socket(AF_INET, SOCK_STREAM), got;
	int udp = bound(AF_INET, SOCK_DGRAM, &any, sizeof(any)), unbound = open_socket(AF_INET, SOCK_DGRAM);
	int other = bound(AF_INET, SOCK_DGRAM, &any, sizeof(any)), pair[2];
	struct sockaddr_in there = v4(port_of(other)), from = {0};
	char buffer[64], more[24];
	struct iovec two[2] = {{buffer, 3}, {buffer + 3, 4}};
	struct msghdr message = {.msg_iov = two, .msg_iovlen = 2}, named = message, asked = message;
	union address a, b, me;
	long ret;

	snprintf(more, sizeof(more), "%d", server);
	say("connect", fd, fd, DO(.opcode = IORING_OP_CONNECT, .fd = fd, .addr = ADDRESS(&to), .off = sizeof(to)), &to,
	    "", "");
	a = name(fd, getsockname);
	b = name(fd, getpeername);
	got = (int)DO(.opcode = IORING_OP_ACCEPT, .fd = server);
	say("accept", got, got, got, &a, "", more);
	ret = DO(.opcode = IORING_OP_CONNECT, .fd = refused, .addr = ADDRESS(&closed), .off = sizeof(closed));
	say("connect", refused, refused, ret, &closed, "", "");
	io("send", fd, DO(.opcode = IORING_OP_SEND, .fd = fd, .addr = ADDRESS(buffer), .len = 9), &b, "");
	io("recv", got, DO(.opcode = IORING_OP_RECV, .fd = got, .addr = ADDRESS(buffer), .len = 60), &a, "");
	io("send", got, DO(.opcode = IORING_OP_SENDMSG, .fd = got, .addr = ADDRESS(&message), .len = 1), &a, "");
	io("recv", fd, DO(.opcode = IORING_OP_RECVMSG, .fd = fd, .addr = ADDRESS(&message), .len = 1), &b, "");
	io("send", fd, DO(.opcode = IORING_OP_WRITE, .fd = fd, .addr = ADDRESS(buffer), .len = 3), &b, "");
	io("recv", got, DO(.opcode = IORING_OP_READ, .fd = got, .addr = ADDRESS(buffer), .len = 60), &a, "");
	io("send", fd, DO(.opcode = IORING_OP_WRITEV, .fd = fd, .addr = ADDRESS(two), .len = 2), &b, "");
	io("recv", got, DO(.opcode = IORING_OP_READV, .fd = got, .addr = ADDRESS(two), .len = 2), &a, "");
	ret = DO(.opcode = IORING_OP_RECV, .fd = got, .addr = ADDRESS(buffer), .len = 1, .msg_flags = MSG_DONTWAIT);
	io("recv", got, ret, &a, "");
	/* A registered file has no descriptor. */
	syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &fd, 1);
	ret = DO(.opcode = IORING_OP_SEND, .flags = how | IOSQE_FIXED_FILE, .fd = 0, .addr = ADDRESS(buffer), .len = 2);
	say("send", -1, fd, ret, &b, "", "2");
	syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_FILES, NULL, 0);
	/* To an address that the request names, and from one that it is told. */
	me = name(udp, getsockname);
	named.msg_name = &there;
	named.msg_namelen = sizeof(there);
	asked.msg_name = &from;
	asked.msg_namelen = sizeof(from);
	io("send", udp, DO(.opcode = IORING_OP_SENDMSG, .fd = udp, .addr = ADDRESS(&named), .len = 1), &there, "");
	io("recv", other, DO(.opcode = IORING_OP_RECVMSG, .fd = other, .addr = ADDRESS(&asked), .len = 1), &me, "");
	ret = DO(.opcode = IORING_OP_SEND, .fd = udp, .addr = ADDRESS(buffer), .len = 4, .addr2 = ADDRESS(&there),
		 .addr_len = sizeof(there));
	io("send", udp, ret, ret == -EDESTADDRREQ ? NULL : &there, "");
	ret = DO(.opcode = BIND, .fd = unbound, .addr = ADDRESS(&any), .off = sizeof(any));
	/* Not before 6.11: no event then. */
	if (ret != -EINVAL)
		say("bind", unbound, unbound, ret, &any, "", "");
	/* Not sockets. */
	if (pipe(pair))
		exit(6);
	DO(.opcode = IORING_OP_WRITE, .fd = pair[1], .addr = ADDRESS(buffer), .len = 3);
	DO(.opcode = IORING_OP_READ, .fd = pair[0], .addr = ADDRESS(buffer), .len = 3);
}

/* The next result, of any request. */
static int next_result(void)
{
	long results[2] = {0};

	uring_batch(&ring, NULL, 0, 1, results);
	return (int)(results[0] + results[1]);
}

/* Messages of which each is a result, with a head in front that is no data; reads; one that is not copied. */
static void many_messages(int fd, int got)
{
	static char buffers[8][256];
	struct msghdr head = {.msg_namelen = 16, .msg_controllen = 40};
	struct iovec two[2] = {{buffers[0], 3}, {buffers[1], 4}};
	struct msghdr message = {.msg_iov = two, .msg_iovlen = 2};
	struct io_uring_sqe receives = {.opcode = IORING_OP_RECVMSG, .ioprio = RECV_MULTISHOT, .buf_group = 2,
					.flags = how | IOSQE_BUFFER_SELECT, .fd = got, .addr = ADDRESS(&head), .len = 1};
	struct io_uring_sqe reads = {.opcode = READ_MULTISHOT, .buf_group = 2, .flags = how | IOSQE_BUFFER_SELECT,
				     .fd = fd, .off = (uint64_t)-1};
	struct io_uring_sqe zero_copy = {.opcode = SENDMSG_ZC, .flags = how, .fd = got, .addr = ADDRESS(&message),
					 .len = 1};
	union address a = name(fd, getsockname), b = name(fd, getpeername);
	char count[24];
	long result;

	if (DO(.opcode = IORING_OP_PROVIDE_BUFFERS, .fd = 8, .addr = ADDRESS(buffers), .len = 256, .buf_group = 2))
		exit(8);
	uring_batch(&ring, &receives, 1, 0, NULL);
	for (int i = 1; i <= 2; i++) {
		if (send(fd, "abc", (size_t)i, 0) != i)
			exit(9);
		snprintf(count, sizeof(count), "%d", i);
		say("recv", got, got, next_result(), &a, "", count);
	}
	shutdown(fd, SHUT_WR);
	say("recv", got, got, next_result(), &a, "", "0");
	uring_batch(&ring, &zero_copy, 1, 2, &result);
	io("send", got, recv(fd, buffers, sizeof(buffers), 0), &a, "");
	uring_batch(&ring, &reads, 1, 0, NULL);
	if (send(got, "12345", 5, 0) != 5)
		exit(9);
	result = next_result();
	/* Not before 6.7: no event then. */
	if (result == -EINVAL)
		return;
	io("recv", fd, result, &b, "");
	shutdown(got, SHUT_WR);
	io("recv", fd, next_result(), &b, "");
}

/* Requests that have many. */
static void many_results(int server)
{
	static char buffers[4][64];
	struct sockaddr_in to = v4(port_of(server));
	struct io_uring_sqe accepts = {.opcode = IORING_OP_ACCEPT, .fd = server, .ioprio = ACCEPT_MULTISHOT,
				       .flags = how, .user_data = 1};
	struct io_uring_sqe cancel = {.opcode = IORING_OP_ASYNC_CANCEL, .flags = how, .addr = 1};
	struct io_uring_sqe receives = {.opcode = IORING_OP_RECV, .ioprio = RECV_MULTISHOT, .buf_group = 1,
					.flags = how | IOSQE_BUFFER_SELECT};
	struct io_uring_sqe zero_copy = {.opcode = SEND_ZC, .flags = how, .addr = ADDRESS(buffers), .len = 9};
	int fds[2], got[2];
	long result, results[2];
	char more[24];
	union address a;

	snprintf(more, sizeof(more), "%d", server);
	uring_batch(&ring, &accepts, 1, 0, NULL);
	for (int i = 0; i < 2; i++) {
		fds[i] = open_socket(AF_INET, SOCK_STREAM);
		if (connect(fds[i], (void *)&to, sizeof(to)))
			exit(7);
		a = name(fds[i], getsockname);
		got[i] = next_result();
		say("accept", got[i], got[i], got[i], &a, "", more);
	}
	if (DO(.opcode = IORING_OP_PROVIDE_BUFFERS, .fd = 4, .addr = ADDRESS(buffers), .len = 64, .buf_group = 1))
		exit(8);
	receives.fd = got[1];
	uring_batch(&ring, &receives, 1, 0, NULL);
	for (int i = 1; i <= 2; i++) {
		if (send(fds[1], "abc", (size_t)i, 0) != i)
			exit(9);
		io("recv", got[1], next_result(), &a, "");
	}
	shutdown(fds[1], SHUT_WR);
	io("recv", got[1], next_result(), &a, "");
	/* Two results: what was sent, and that the memory is free again, which is no event. */
	zero_copy.fd = got[1];
	uring_batch(&ring, &zero_copy, 1, 2, &result);
	io("send", got[1], recv(fds[1], buffers, sizeof(buffers), 0), &a, "");
	many_messages(fds[0], got[0]);
	uring_batch(&ring, &cancel, 1, 2, results);
	say("accept", -1, server, results[1], NULL, "", more);
}

static void use_ring(unsigned flags)
{
	struct sockaddr_in any = v4(0);
	int server = bound(AF_INET, SOCK_STREAM, &any, sizeof(any));

	if (uring_open(&ring, flags))
		exit(77);
	via = "uring";
	prctl(PR_SET_NAME, comm);
	single_requests(server);
	many_results(server);
}

static void part_inline(void)
{
	use_ring(0);
}

static void part_workers(void)
{
	how = IOSQE_ASYNC;
	use_ring(0);
}

static void part_poll(void)
{
	use_ring(IORING_SETUP_SQPOLL);
}

#ifdef __x86_64__
/* As a 32-bit program does it. */
static long int80(long number, long a, long b, long c, long d, long e)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

/* socketcall: which one, then its arguments */
static long multiplexed(long which, long a, long b, long c, long d, long e, long f)
{
	uint32_t *args = (uint32_t *)(low + 8192);

	args[0] = (uint32_t)a;
	args[1] = (uint32_t)b;
	args[2] = (uint32_t)c;
	args[3] = (uint32_t)d;
	args[4] = (uint32_t)e;
	args[5] = (uint32_t)f;
	return int80(102, which, (long)args, 0, 0, 0);
}

struct low {
	struct sockaddr_in to, from;
	uint32_t size, vector[2], message[7], messages[2][8];
	char buffer[64];
};

static void part_compat(void)
{
	struct low *m = (void *)low;
	int server, got, fds[3], udp = open_socket(AF_INET, SOCK_DGRAM), other = open_socket(AF_INET, SOCK_DGRAM);
	union address a, b, me;
	char more[16];

	for (int i = 0; i < 3; i++)
		fds[i] = open_socket(AF_INET, SOCK_STREAM);
	server = listener;
	snprintf(more, sizeof(more), "%d", server);
	via = "compat";
	m->to = v4(0);
	prctl(PR_SET_NAME, comm);
	say("bind", udp, udp, int80(361, udp, (long)&m->to, sizeof(m->to), 0, 0), &m->to, "", "");
	say("bind", other, other, multiplexed(2, other, (long)&m->to, sizeof(m->to), 0, 0, 0), &m->to, "", "");
	m->to = v4(port_of(server));
	say("connect", fds[0], fds[0], int80(362, fds[0], (long)&m->to, sizeof(m->to), 0, 0), &m->to, "", "");
	a = name(fds[0], getsockname);
	b = name(fds[0], getpeername);
	got = (int)int80(364, server, 0, 0, 0, 0);
	say("accept", got, got, got, &a, "", more);
	say("connect", fds[1], fds[1], multiplexed(3, fds[1], (long)&m->to, sizeof(m->to), 0, 0, 0), &m->to, "", "");
	me = name(fds[1], getsockname);
	got = (int)multiplexed(5, server, 0, 0, 0, 0, 0);
	say("accept", got, got, got, &me, "", more);
	fcntl(server, F_SETFL, O_NONBLOCK);
	say("accept", -1, server, multiplexed(18, server, 0, 0, 0, 0, 0), NULL, "", more);
	m->to = v4(nobody);
	say("connect", fds[2], fds[2], multiplexed(3, fds[2], (long)&m->to, sizeof(m->to), 0, 0, 0), &m->to, "", "");
	io("send", fds[0], int80(4, fds[0], (long)m->buffer, 7, 0, 0), &b, "");
	io("send", fds[0], int80(369, fds[0], (long)m->buffer, 3, 0, 0), &b, "");
	io("send", fds[0], multiplexed(9, fds[0], (long)m->buffer, 2, 0, 0, 0), &b, "");
	m->to = v4(port_of(other));
	io("send", udp, multiplexed(11, udp, (long)m->buffer, 8, 0, (long)&m->to, sizeof(m->to)), &m->to, "");
	a = name(udp, getsockname);
	m->size = sizeof(m->from);
	io("recv", other, multiplexed(12, other, (long)m->buffer, 60, 0, (long)&m->from, (long)&m->size), &a, "");
	m->vector[0] = (uint32_t)(uintptr_t)m->buffer;
	m->vector[1] = 5;
	m->message[0] = (uint32_t)(uintptr_t)&m->to;
	m->message[1] = sizeof(m->to);
	m->message[2] = (uint32_t)(uintptr_t)m->vector;
	m->message[3] = 1;
	memcpy(m->messages[0], m->message, sizeof(m->message));
	memcpy(m->messages[1], m->message, sizeof(m->message));
	io("send", udp, int80(370, udp, (long)m->message, 0, 0, 0), &m->to, "");
	io("send", udp, multiplexed(16, udp, (long)m->message, 0, 0, 0, 0), &m->to, "");
	say("send", udp, udp, int80(345, udp, (long)m->messages, 2, 0, 0), &m->to, "", "10");
	m->message[0] = (uint32_t)(uintptr_t)&m->from;
	io("recv", other, int80(372, other, (long)m->message, 0, 0, 0), &a, "");
	io("recv", other, multiplexed(17, other, (long)m->message, 0, 0, 0, 0), &a, "");
	memcpy(m->messages[0], m->message, sizeof(m->message));
	memcpy(m->messages[1], m->message, sizeof(m->message));
	say("recv", other, other, int80(417, other, (long)m->messages, 2, 0, 0), &a, "", "10");
	io("recv", other, multiplexed(10, other, (long)m->buffer, 2, MSG_DONTWAIT, 0, 0), NULL, "");
	/* Others of its calls are no events here. */
	multiplexed(13, fds[0], SHUT_WR, 0, 0, 0, 0);
	multiplexed(99, fds[0], SHUT_WR, 0, 0, 0, 0);
}
#else
static void part_compat(void)
{
}
#endif

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} parts[] = {{"connect", part_connect}, {"accept", part_accept},       {"bind", part_bind},
		     {"unix", part_unix},	{"stream", part_stream},       {"datagrams", part_datagrams},
		     {"compat", part_compat},	{"inline", part_inline},       {"workers", part_workers},
		     {"poll", part_poll}};
	struct sockaddr_in any = v4(0);
	int closed;

	if (argc != 4 || chdir(argv[1]) || !getcwd(top, sizeof(top)))
		return 2;
	comm = argv[2];
	low = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE
#ifdef MAP_32BIT
			   | MAP_32BIT
#endif
		   ,
		   -1, 0);
	listener = bound(AF_INET, SOCK_STREAM, &any, sizeof(any));
	closed = bound(AF_INET, SOCK_STREAM, &any, sizeof(any));
	nobody = port_of(closed);
	close(closed);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(parts[i].name, argv[3])) {
			parts[i].run();
			return 0;
		}
	return 2;
}
