/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts, watches and ends the traced command. Nothing here uses ptrace: a pipe holds the child
 * before its exec, so it can itself be traced or trace.
 */
#include "runtime/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/buffer.h"
#include "runtime/message.h"
#include "runtime/signals.h"

#define GRACE_MS 1000

/* 0 if `path` is a file that could be executed. */
static int check_file(const char *path)
{
	struct stat file;

	if (stat(path, &file))
		return -errno;
	if (!S_ISREG(file.st_mode))
		return -EACCES;
	return access(path, X_OK) ? -errno : 0;
}

/*
 * Look for the command as execvp(3) would, so that a wrong name is known before anything is traced,
 * and no attempt at executing it elsewhere is seen when it is. `found` gets its path, with a NUL.
 */
static int find_command(const char *name, struct buffer *found)
{
	const char *path = getenv("PATH"), *end;
	int err = -ENOENT, here;

	if (!path || !*name)
		path = "/bin:/usr/bin";
	if (strchr(name, '/'))
		path = "";
	for (; err && path; path = *end ? end + 1 : NULL) {
		end = strchrnul(path, ':');
		found->length = 0;
		buffer_add(found, path, (size_t)(end - path));
		if (end != path)
			buffer_add_byte(found, '/');
		buffer_add(found, name, strlen(name) + 1);
		here = found->failed ? -ENOMEM : check_file(found->data);
		/* What was found but may not be run says more than what was not found. */
		if (err == -ENOENT || !here)
			err = here == -ENOTDIR && !strchr(name, '/') ? -ENOENT : here;
	}
	return err;
}

static void __attribute__((noreturn))
run_child(const char *path, char *const argv[], int go, int failure)
{
	struct pollfd gate = {.fd = go, .events = POLLIN};
	int err;

	signals_reset();
	/* Not by reading: tracing may be on by now, and that would be an operation of the command's. */
	while (poll(&gate, 1, -1) < 0 && errno == EINTR)
		;
	/* The pipe closed without a byte: tracing did not come about. */
	if (!(gate.revents & POLLIN))
		_exit(1);
	execvp(path, argv);
	err = errno;
	(void)!write(failure, &err, sizeof(err));
	_exit(127);
}

static int fork_child(struct child *child, const char *path, char *const argv[])
{
	int go[2], failure[2];

	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(failure, O_CLOEXEC)) {
		int err = -errno;

		close(go[0]);
		close(go[1]);
		return err;
	}
	child->go = go[1];
	child->failure = failure[0];
	child->pid = fork();
	if (child->pid == 0) {
		/* The child's own copy of the writing end would keep its read from ending. */
		close(go[1]);
		run_child(path, argv, go[0], failure[1]);
	}
	close(go[0]);
	close(failure[1]);
	return child->pid < 0 ? -errno : 0;
}

int child_start(struct child *child, char *const argv[], bool tree)
{
	struct buffer path = {0};
	int err = find_command(argv[0], &path);

	*child = (struct child){.pidfd = -1, .go = -1, .failure = -1, .tree = tree};
	/* An orphan of the command's becomes our child, so its end is known, however it was made.
	 */
	if (!err && tree && prctl(PR_SET_CHILD_SUBREAPER, 1))
		err = -errno;
	if (!err)
		err = fork_child(child, path.data, argv);
	buffer_free(&path);
	if (!err) {
		child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
		err = child->pidfd < 0 ? -errno : 0;
	}
	if (err) {
		message_error("Could not run '%s': %s", argv[0], message_errno(err));
		child_stop(child);
	}
	return err;
}

static void close_pipe(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int child_release(struct child *child, const char *name)
{
	int err = 0;
	ssize_t n;

	if (write(child->go, "", 1) != 1)
		err = errno;
	close_pipe(&child->go);
	/* Ends when exec closes the other side. */
	do
		n = read(child->failure, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	close_pipe(&child->failure);
	if (err)
		message_error("Could not run '%s': %s", name, message_errno(err));
	return -err;
}

bool child_reap(struct child *child)
{
	int status;
	pid_t pid;

	if (!child->pid || child->ended)
		return child->ended;
	do {
		pid = waitpid(child->tree ? -1 : child->pid, &status, WNOHANG);
		if (pid == child->pid) {
			child->gone = true;
			child->status =
				WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		}
	} while (pid > 0 || (pid < 0 && errno == EINTR));
	/* Below 0: no children are left. */
	child->ended = pid < 0 || (child->gone && !child->tree);
	return child->ended;
}

static void wait_for(struct child *child, int timeout_ms)
{
	struct pollfd end = {.fd = child->pidfd, .events = POLLIN};

	while (!child_reap(child) && !child->gone) {
		int n = poll(&end, 1, timeout_ms);

		if (n == 0 || (n < 0 && errno != EINTR))
			break;
	}
}

void child_stop(struct child *child)
{
	/* Not released yet: it ends by itself when the pipe is closed. */
	close_pipe(&child->go);
	if (child->pid > 0 && !child_reap(child) && !child->gone) {
		kill(child->pid, SIGTERM);
		wait_for(child, GRACE_MS);
		if (!child->gone) {
			kill(child->pid, SIGKILL);
			wait_for(child, -1);
		}
	}
	close_pipe(&child->failure);
	close_pipe(&child->pidfd);
	if (child->tree)
		prctl(PR_SET_CHILD_SUBREAPER, 0);
	child->tree = false;
	child->pid = 0;
}
