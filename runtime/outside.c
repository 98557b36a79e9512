/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cat() and system(). Both block the reader while they last, as the language says.
 */
#include "runtime/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/buffer.h"
#include "runtime/signals.h"

/* Append up to `most` bytes of a descriptor, until its end. */
static int drain(struct buffer *out, int fd, size_t most)
{
	char bytes[4096];

	while (most) {
		ssize_t n = read(fd, bytes, most < sizeof(bytes) ? most : sizeof(bytes));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		buffer_add(out, bytes, (size_t)n);
		most -= (size_t)n;
	}
	return 0;
}

int outside_read(struct buffer *out, const char *path, size_t most)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = drain(out, fd, most);
	close(fd);
	return err;
}

static void __attribute__((noreturn)) run_shell(const char *command, int out)
{
	signals_reset();
	if (dup2(out, STDOUT_FILENO) >= 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int outside_run(struct buffer *out, const char *command)
{
	int pipe[2], err, status;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0)
		run_shell(command, pipe[1]);
	err = pid < 0 ? -errno : 0;
	close(pipe[1]);
	if (!err)
		err = drain(out, pipe[0], SIZE_MAX);
	close(pipe[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return err;
}
