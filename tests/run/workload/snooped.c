// SPDX-License-Identifier: Apache-2.0
// snooped WHAT [PORT]: what the copied tools look for, each a known number of times.
//   calls        20000 calls of getsid
//   stats        stat, lstat, statx and statfs of /etc/one, then stat of /nosuch
//   syncs        fsync three times, fdatasync once, of a file in /tmp
//   naps         nanosleep of 50 ms
//   users        setuid(0), setfsuid(0), setresuid(-1, -1, 0)
//   unix         reads "hello there\n" from a stream socket
//   memory       takes memory until it is killed
//   moves        goes from one CPU to the other 20 times
//   turns        two processes on the first CPU, each until it had it for 300 ms
//   tcp PORT     a connection from PORT + 1000 to PORT of 127.0.0.1: 10 KiB there, 100 KiB back, and
//                the client closes first; the backlog is PORT % 100
//   majors LOOP  reads each of the 16 pages of /dev/loopLOOP, which are not in memory
//   drops PORT   connections to a full queue, which let the last ask again; needs a second
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char block[102400];

static struct sockaddr_in at(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((unsigned short)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int bound(int port, int kind)
{
	struct sockaddr_in address = at(port);
	int fd = socket(AF_INET, SOCK_STREAM | kind, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		exit(3);
	return fd;
}

static void take(int fd, size_t length)
{
	for (ssize_t n = 1; length && n > 0; length -= (size_t)n)
		n = read(fd, block, length);
	if (length)
		exit(4);
}

static void give(int fd, size_t length)
{
	for (ssize_t n = 1; length && n > 0; length -= (size_t)n)
		n = write(fd, block, length);
}

static void serve(int listener)
{
	int fd = accept(listener, NULL, NULL);

	take(fd, 10240);
	give(fd, 102400);
	/* until the client has closed */
	exit(read(fd, block, 1) != 0);
}

static int tcp(int port)
{
	struct sockaddr_in address = at(port);
	int listener = bound(port, 0), fd, status;

	listen(listener, port % 100);
	if (fork() == 0)
		serve(listener);
	fd = bound(port + 1000, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return 5;
	give(fd, 10240);
	take(fd, 102400);
	close(fd);
	wait(&status);
	return status != 0;
}

static int drops(int port)
{
	struct sockaddr_in address = at(port);
	int listener = bound(port, 0);

	listen(listener, 0);
	for (int i = 0; i < 2; i++) {
		int fd = bound(port + 1000 + i, SOCK_NONBLOCK);

		connect(fd, (struct sockaddr *)&address, sizeof(address));
	}
	/* The kernel asks again after one second, and then after three. */
	usleep(1800000);
	return 0;
}

static int stats(void)
{
	struct statx more;
	struct statfs system;
	struct stat some;

	syscall(SYS_stat, "/etc/one", &some);
	syscall(SYS_lstat, "/etc/one", &some);
	syscall(SYS_statx, AT_FDCWD, "/etc/one", 0, STATX_MODE, &more);
	syscall(SYS_statfs, "/etc/one", &system);
	syscall(SYS_stat, "/nosuch", &some);
	return 0;
}

static int syncs(void)
{
	int fd = open("/tmp/synced", O_RDWR | O_CREAT, 0600);

	for (int i = 0; i < 3; i++)
		fsync(fd);
	return fdatasync(fd);
}

static int users(void)
{
	syscall(SYS_setuid, 0);
	syscall(SYS_setfsuid, 0);
	return (int)syscall(SYS_setresuid, -1, -1, 0);
}

static int unix_stream(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return 1;
	give(ends[0], (size_t)(stpcpy(block, "hello there\n") - block));
	take(ends[1], 12);
	return 0;
}

static int memory(void)
{
	for (char *some; (some = malloc(1 << 20));)
		memset(some, 1, 1 << 20);
	return 1;
}

static void go_to(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static int moves(void)
{
	for (int i = 0; i <= 20; i++)
		go_to(i % 2);
	return 0;
}

static int majors(int number)
{
	char name[] = "/dev/loop0";
	volatile char *pages;
	int fd, sum = 0;

	name[9] = (char)('0' + number);
	fd = open(name, O_RDONLY);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	pages = mmap(NULL, 16 * 4096, PROT_READ, MAP_SHARED, fd, 0);
	madvise((void *)pages, 16 * 4096, MADV_RANDOM);
	for (int i = 0; i < 16; i++)
		sum += pages[i * 4096];
	return sum != 0;
}

static int turns(void)
{
	struct timespec now = {0};
	pid_t child;

	go_to(0);
	child = fork();
	while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < 300)
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return child ? wait(NULL) < 0 : 0;
}

static int calls(void)
{
	for (int i = 0; i < 20000; i++)
		syscall(SYS_getsid, 0);
	return 0;
}

static int naps(void)
{
	struct timespec moment = {.tv_nsec = 50000000};

	return (int)syscall(SYS_nanosleep, &moment, NULL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} rows[] = {
		{"calls", calls}, {"stats", stats},	 {"syncs", syncs},   {"naps", naps},
		{"users", users}, {"unix", unix_stream}, {"memory", memory}, {"turns", turns},
		{"moves", moves},
	};

	if (argc == 3 && !strcmp(argv[1], "majors"))
		return majors(atoi(argv[2]));
	if (argc == 3)
		return strcmp(argv[1], "tcp") ? drops(atoi(argv[2])) : tcp(atoi(argv[2]));
	for (size_t i = 0; argc == 2 && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!strcmp(rows[i].name, argv[1]))
			return rows[i].run();
	}
	return 2;
}
