/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the proofs of the library do where there is no other language than C: `library WHAT ...` does one
 * of the rows at the end, in the current directory, with the figures that its comment says.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static long good(long result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}
#define GOOD(call) good((long)(call), #call)

/* A thousand pwrites of 4097 bytes to p, five bytes appended to a ten times; p cut off three ways. */
static void writes(void)
{
	static char data[4097];
	int fd = GOOD(open("p", O_CREAT | O_RDWR, 0600));

	for (long i = 0; i < 1000; i++)
		GOOD(pwrite(fd, data, sizeof(data), i * (long)sizeof(data)));
	for (int i = 0; i < 10; i++) {
		int log = GOOD(open("a", O_CREAT | O_WRONLY | O_APPEND, 0600));

		GOOD(write(log, "12345", 5));
		close(log);
	}
	GOOD(truncate("p", 5));
	GOOD(ftruncate(fd, 0));
	GOOD(open("p", O_WRONLY | O_TRUNC));
}

/* Three passes over secret, of 64 KiB. */
static void passes(void)
{
	static char data[4096];
	int fd = GOOD(open("secret", O_WRONLY));

	for (int pass = 0; pass < 3; pass++)
		for (long at = 0; at < 65536; at += sizeof(data))
			GOOD(pwrite(fd, data, sizeof(data), at));
}

/* Ten mappings of f to read, one that others see, one of its own. */
static void maps(void)
{
	int fd = GOOD(open("f", O_RDWR));

	for (int i = 0; i < 10; i++)
		GOOD(mmap(0, 5000, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
	GOOD(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	GOOD(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
}

/* f by a descriptor of the path alone, a file without a name, f through the root, a memfd; f as others do. */
static void roads(void)
{
	char name[100], here[4096];
	int only = GOOD(open("f", O_PATH));

	sprintf(name, "/proc/self/fd/%d", only);
	GOOD(open(name, O_RDONLY));
	GOOD(open(".", O_TMPFILE | O_RDWR, 0600));
	GOOD(getcwd(here, sizeof(here) - 20) ? 0 : -1);
	memmove(here + 15, here, strlen(here) + 1);
	memcpy(here, "/proc/self/root", 15);
	strcat(here, "/f");
	GOOD(open(here, O_RDONLY));
	sprintf(name, "/proc/self/fd/%d", (int)GOOD(memfd_create("m", 0)));
	GOOD(open(name, O_RDONLY));
	GOOD(open(here + 15, O_RDONLY));
}

/* Nine forms of another name, and one that fails. */
static void names(void)
{
	int sub = GOOD(open("sub", O_DIRECTORY));

	GOOD(rename("a", "a1"));
	GOOD(rename("a1", "sub/a"));
	GOOD(rename("b", "c"));
	GOOD(renameat(AT_FDCWD, "c", sub, "c1"));
	GOOD(renameat2(AT_FDCWD, "d", AT_FDCWD, "d1", RENAME_NOREPLACE));
	GOOD(renameat2(AT_FDCWD, "e", AT_FDCWD, "f", RENAME_EXCHANGE));
	GOOD(link("e", "e1"));
	GOOD(linkat(AT_FDCWD, "e", sub, "e2", 0));
	GOOD(symlink("../e", "sub/to-e"));
	if (!renameat2(AT_FDCWD, "d1", AT_FDCWD, "e", RENAME_NOREPLACE))
		exit(1);
}

/* Six forms of more permissions for f, one of fewer. */
static void wider(void)
{
	int fd = GOOD(open("f", O_RDONLY));

	GOOD(chmod("f", 0640));
	GOOD(fchmod(fd, 0604));
	GOOD(fchmodat(AT_FDCWD, "f", 04700, 0));
	GOOD(chmod("f", 0622));
	GOOD(chown("f", 1234, -1));
	GOOD(chown("f", -1, 99));
	GOOD(chmod("f", 0600));
}

/* Five descriptors f0 to f4 in two messages to a child. */
static void pass(void)
{
	int pair[2], fds[5];
	char space[CMSG_SPACE(sizeof(fds))] = {0}, byte = 0;

	GOOD(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	struct iovec iov = {&byte, 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = space};
	if (!GOOD(fork())) {
		for (int i = 0; i < 2; i++) {
			message.msg_controllen = sizeof(space);
			GOOD(recvmsg(pair[1], &message, 0));
		}
		_exit(0);
	}
	for (int i = 0; i < 5; i++)
		fds[i] = GOOD(open((char[]){'f', (char)('0' + i), 0}, O_RDONLY));
	for (int i = 0, n = 2; i < 5; i += n, n = 3) {
		message.msg_controllen = CMSG_SPACE(n * sizeof(int));
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){CMSG_LEN(n * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), fds + i, n * sizeof(int));
		GOOD(sendmsg(pair[0], &message, 0));
	}
	wait(0);
}

/* Of a child: six bytes by process_vm_readv, its mem, ptrace. Prints the child. */
static void peek(void)
{
	static char text[6] = "secret", got[6];
	struct iovec to = {got, 6}, from = {text, 6};
	char name[100];
	pid_t child = GOOD(fork());

	if (!child) {
		pause();
		_exit(0);
	}
	GOOD(process_vm_readv(child, &to, 1, &from, 1, 0));
	sprintf(name, "/proc/%d/mem", child);
	GOOD(open(name, O_RDONLY));
	GOOD(open("/proc/self/mem", O_RDONLY));
	GOOD(ptrace(PTRACE_ATTACH, child, 0, 0));
	waitpid(child, 0, 0);
	ptrace(PTRACE_DETACH, child, 0, 0);
	kill(child, SIGKILL);
	waitpid(child, 0, 0);
	printf("%d\n", child);
}

static struct sockaddr_in local(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

/* A socket that listens at port 7070 of this machine, or at a path. */
static int listens(const struct sockaddr *address, socklen_t length)
{
	int fd = GOOD(socket(address->sa_family, SOCK_STREAM, 0)), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	GOOD(bind(fd, address, length));
	GOOD(listen(fd, 100));
	return fd;
}

/* Ten each by IPv4, IPv6 and a path, of the internet's every other one without waiting; one is refused. */
static void connects(void)
{
	struct sockaddr_in four = local(7071);
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(7072), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_un path = {AF_UNIX, "socket"};
	struct { struct sockaddr *address; socklen_t length; } places[] = {
		{(void *)&four, sizeof(four)}, {(void *)&six, sizeof(six)}, {(void *)&path, sizeof(path)}};

	for (int i = 0; i < 3; i++) {
		listens(places[i].address, places[i].length);
		for (int n = 0; n < 10; n++) {
			int later = i < 2 && n % 2 ? SOCK_NONBLOCK : 0;
			int fd = GOOD(socket(places[i].address->sa_family, SOCK_STREAM | later, 0));

			if (connect(fd, places[i].address, places[i].length) && errno != EINPROGRESS)
				GOOD(-1);
		}
	}
	four = local(1);
	if (!connect(GOOD(socket(AF_INET, SOCK_STREAM, 0)), (void *)&four, sizeof(four)))
		exit(1);
}

/* A million bytes of source to port 7073 by each of write, send, sendmsg, sendfile and splice. */
static void bytes(void)
{
	static char data[1000000];
	struct sockaddr_in to = local(7073);
	struct iovec iov = {data, sizeof(data)};
	int server = listens((void *)&to, sizeof(to)), source = GOOD(open("source", O_RDONLY)), ends[2], fd;
	loff_t at = 0;

	if (!GOOD(fork())) {
		fd = GOOD(accept(server, 0, 0));
		while (read(fd, data, sizeof(data)) > 0)
			;
		_exit(0);
	}
	fd = GOOD(socket(AF_INET, SOCK_STREAM, 0));
	GOOD(connect(fd, (void *)&to, sizeof(to)));
	for (long left = 1000000; left; )
		left -= GOOD(write(fd, data, left));
	for (long left = 1000000; left; )
		left -= GOOD(send(fd, data, left, 0));
	for (; iov.iov_len; iov.iov_len -= GOOD(sendmsg(fd, &(struct msghdr){.msg_iov = &iov, .msg_iovlen = 1}, 0)))
		;
	for (off_t sent = 0; sent < 1000000; )
		GOOD(sendfile(fd, source, &sent, 1000000 - sent));
	GOOD(pipe(ends));
	while (at < 1000000) {
		long n = GOOD(splice(source, &at, ends[1], 0, 60000, 0));

		while (n)
			n -= GOOD(splice(ends[0], 0, fd, 0, n, 0));
	}
	close(fd);
	wait(0);
}

/* n bytes to a port of this machine. */
static void packet(int port, const void *data, size_t n)
{
	struct sockaddr_in to = local(port);
	int fd = GOOD(socket(AF_INET, SOCK_DGRAM, 0));

	GOOD(sendto(fd, data, n, 0, (void *)&to, sizeof(to)));
	close(fd);
}

/* A hundred bytes to port 9. */
static void sends(void)
{
	packet(9, (char[100]){0}, 100);
}

/* A hundred queries of labels of sixty digits, each with an ordinary one, and one to another port. */
static void queries(void)
{
	char query[12 + 61 + 5] = {0}, small[12 + 4 + 5] = {[12] = 3, 'w', 'w', 'w'};

	query[12] = 60;
	for (int i = 0; i < 100; i++) {
		sprintf(query + 13, "%060d", i);
		packet(53, query, sizeof(query));
		packet(53, small, sizeof(small));
		packet(54, query, sizeof(query));
	}
}

/* Services at three paths and one without, and a socket that is none. */
static void services(void)
{
	static const char *const paths[] = {"docker.sock", "ssh-x/agent.7", "dbus/bus", "@/tmp/dbus-x", "other"};

	for (int i = 0; i < 5; i++) {
		struct sockaddr_un to = {.sun_family = AF_UNIX};
		socklen_t length = sizeof(to);

		strcpy(to.sun_path, paths[i]);
		if (*to.sun_path == '@') {
			*to.sun_path = 0;
			length = offsetof(struct sockaddr_un, sun_path) + strlen(paths[i]);
		}
		listens((void *)&to, length);
		GOOD(connect(GOOD(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&to, length));
	}
}

/* Twenty processes each by fork, vfork, posix_spawn, clone3, and ten pairs of which the first ends first. */
static void processes(void)
{
	char *words[] = {"true", NULL};

	for (volatile int i = 0; i < 20; i++) {
		struct clone_args how = {.exit_signal = SIGCHLD};
		pid_t pid = GOOD(fork());

		if (!pid)
			_exit(i % 7);
		waitpid(pid, 0, 0);
		pid = vfork();
		if (!pid)
			_exit(3);
		waitpid(pid, 0, 0);
		GOOD(-posix_spawn(&pid, "/bin/true", 0, 0, words, environ));
		waitpid(pid, 0, 0);
		pid = GOOD(syscall(SYS_clone3, &how, sizeof(how)));
		if (!pid)
			_exit(9);
		waitpid(pid, 0, 0);
	}
	for (int i = 0; i < 10; i++) {
		int ends[2];
		char byte;

		GOOD(pipe(ends));
		if (!GOOD(fork())) {
			if (!fork()) {
				close(ends[0]);
				_exit(2);
			}
			_exit(1);
		}
		close(ends[1]);
		wait(0);
		GOOD(read(ends[0], &byte, 1));
		close(ends[0]);
	}
}

/* f opened as the engine does that this file's name is. */
static void opens(void)
{
	GOOD(open("f.sqlite", O_RDWR));
}

/* f1 opened and read 60 times, f2 30, fN 60 / N. */
static void zipf(void)
{
	char name[20], data[10];

	for (int i = 1; i <= 60; i++) {
		sprintf(name, "f%d", i);
		for (int n = 0; n < 60 / i; n++) {
			int fd = GOOD(open(name, O_RDONLY));

			GOOD(read(fd, data, sizeof(data)));
			close(fd);
		}
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} rows[] = {
		{"writes", writes}, {"passes", passes}, {"maps", maps}, {"roads", roads}, {"names", names}, {"wider", wider},
		{"pass", pass}, {"peek", peek}, {"connects", connects}, {"bytes", bytes}, {"sends", sends},
		{"queries", queries}, {"services", services}, {"processes", processes}, {"opens", opens},
		{"zipf", zipf},
	};

	for (size_t i = 0; argc == 2 && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!strcmp(rows[i].name, argv[1])) {
			rows[i].run();
			return 0;
		}
	}
	fprintf(stderr, "library: what?\n");
	return 2;
}
