/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens tracefs where it is mounted, else mounts it for this process alone.
 */
#include "runtime/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/attach/refusal.h"

/* What lies at a mount point that is not mounted is an empty folder of another file system. */
static int open_mount(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), err;
	struct statfs fs;

	if (fd < 0)
		return -errno;
	err = fstatfs(fd, &fs) ? -errno : fs.f_type == TRACEFS_MAGIC ? 0 : -ENODEV;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int mount_private(void)
{
	int fs = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC), mount, err;

	if (fs < 0)
		return -errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) {
		err = -errno;
		close(fs);
		return err;
	}
	mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	err = mount < 0 ? -errno : 0;
	close(fs);
	return err ? err : mount;
}

int tracefs_open(void)
{
	static const char *const mounts[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	int fd;

	/* It is empty then, and Linux 6.12 crashes whoever looks into it. */
	if (refusal_is_locked_down())
		return -EPERM;
	for (unsigned int i = 0; i < 2; i++) {
		fd = open_mount(mounts[i]);
		if (fd >= 0)
			return fd;
	}
	return mount_private();
}

static int read_all(int fd, char **data, unsigned long *size)
{
	unsigned long capacity = 4096, length = 0;
	char *bytes = malloc(capacity);

	while (bytes) {
		ssize_t n = read(fd, bytes + length, capacity - length - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = -errno;

			free(bytes);
			return err;
		}
		if (n == 0) {
			bytes[length] = '\0';
			*data = bytes;
			*size = length;
			return 0;
		}
		length += (unsigned long)n;
		if (capacity - length < 2) {
			char *more = realloc(bytes, capacity * 2);

			if (!more)
				break;
			bytes = more;
			capacity *= 2;
		}
	}
	free(bytes);
	return -ENOMEM;
}

int tracefs_read(int dir, const char *path, char **data, unsigned long *size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = read_all(fd, data, size);
	close(fd);
	return err;
}
