/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes processes and threads by every road there is. Each of them leaves one mark, a prctl() that the
 * kernel does not know: prctl(MARK, id). The only line of output is how many marks there were.
 *
 *	tree COUNT         COUNT members, the roads in turn; every fourth process is killed by SIGKILL
 *	tree mark ID       leave a mark (what is executed)
 *	tree before        a child, its child and a thread of that are there before a line is read from
 *	                   stdin; then each leaves a mark, and so does a child that each of them makes
 */
#include <errno.h>
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
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK 0x74726565

extern char **environ;
static const char *self;

static void mark(long id)
{
	syscall(SYS_prctl, MARK, id, 0, 0, 0);
}

static void leave(long id)
{
	mark(id);
	if (id % 4 == 0)
		kill(getpid(), SIGKILL);
	_exit(0);
}

static void await(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void by_fork(long id)
{
	pid_t pid = fork();

	if (!pid)
		leave(id);
	await(pid);
}

static void by_vfork(long id)
{
	pid_t pid = vfork();

	if (!pid) {
		syscall(SYS_prctl, MARK, id, 0, 0, 0);
		_exit(0);
	}
	await(pid);
}

static void by_clone3(long id)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		leave(id);
	await(pid);
}

static void by_spawn(long id)
{
	char text[32];
	char *argv[] = {(char *)(uintptr_t)self, "mark", text, NULL};
	pid_t pid;

	snprintf(text, sizeof(text), "%ld", id);
	if (posix_spawn(&pid, self, NULL, NULL, argv, environ))
		exit(1);
	await(pid);
}

/* A daemon: its parent is gone and its session another before it does anything. */
static void by_double_fork(long id)
{
	int done[2];
	char byte;
	pid_t pid;

	if (pipe(done))
		exit(1);
	pid = fork();
	if (!pid) {
		if (fork())
			_exit(0);
		setsid();
		while (getppid() != 1 && prctl(PR_GET_CHILD_SUBREAPER, 0, 0, 0, 0) >= 0) {
			/* Whoever adopts it, its maker is not its parent any more. */
			if (kill(getppid(), 0) == 0 && getppid() != getpgrp())
				break;
		}
		mark(id);
		if (id % 4 == 0)
			kill(getpid(), SIGKILL);
		_exit(0);
	}
	close(done[1]);
	await(pid);
	/* Every copy of the other end has gone when the grandchild has. */
	while (read(done[0], &byte, 1) > 0)
		;
	close(done[0]);
}

static void *thread_mark(void *id)
{
	mark((long)(intptr_t)id);
	return NULL;
}

static void by_thread(long id)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_mark, (void *)(intptr_t)id))
		exit(1);
	pthread_join(thread, NULL);
}

static void *thread_exec(void *text)
{
	execl(self, self, "mark", (char *)text, NULL);
	_exit(1);
}

/* The thread takes the place of its group's leader. */
static void by_exec_from_thread(long id)
{
	pid_t pid = fork();
	pthread_t thread;
	char text[32];

	if (!pid) {
		snprintf(text, sizeof(text), "%ld", id);
		if (pthread_create(&thread, NULL, thread_exec, text))
			_exit(1);
		for (;;)
			pause();
	}
	await(pid);
}

/* A sibling: its parent is its maker's. */
static void by_clone_parent(long id)
{
	pid_t pid = fork();

	if (!pid) {
		struct clone_args args = {.flags = CLONE_PARENT};

		if (!(pid_t)syscall(SYS_clone3, &args, sizeof(args)))
			leave(id);
		_exit(0);
	}
	await(pid);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void make(long count)
{
	static void (*const roads[])(long) = {
		by_fork,   by_vfork, by_clone3, by_spawn, by_double_fork,
		by_thread, by_exec_from_thread, by_clone_parent,
	};

	for (long id = 1; id <= count; id++)
		roads[(size_t)id % (sizeof(roads) / sizeof(roads[0]))](id);
}

static int go[2];

static void *waiting_thread(void *id)
{
	char byte;

	(void)!read(go[0], &byte, 1);
	mark((long)(intptr_t)id);
	by_fork((long)(intptr_t)id + 100);
	return NULL;
}

/* 1, 2 and 3 are the child, the grandchild and a thread of that; what they make is 100 more. */
static void before(void)
{
	pthread_t thread;
	char line[16];
	pid_t pid;

	if (pipe(go))
		exit(1);
	pid = fork();
	if (!pid) {
		pid = fork();
		if (!pid) {
			pthread_create(&thread, NULL, waiting_thread, (void *)(intptr_t)3);
			waiting_thread((void *)(intptr_t)2);
			pthread_join(thread, NULL);
			_exit(0);
		}
		waiting_thread((void *)(intptr_t)1);
		await(pid);
		_exit(0);
	}
	puts("ready");
	fflush(stdout);
	(void)!read(0, line, sizeof(line));
	(void)!write(go[1], "abc", 3);
	await(pid);
}

int main(int argc, char **argv)
{
	self = "/proc/self/exe";
	if (argc == 3 && !strcmp(argv[1], "mark")) {
		mark(atol(argv[2]));
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "before")) {
		before();
		return 0;
	}
	if (argc != 2)
		return 2;
	make(atol(argv[1]));
	printf("%s\n", argv[1]);
	return 0;
}
