/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pins a link, see pin.h. Folders are not made and nothing is mounted: where the kernel keeps a
 * program for everybody is not a tracer's choice.
 */
#include "runtime/attach/pin.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "runtime/message.h"

static void report(const char *probe, const char *path, const char *reason)
{
	message_error("Could not pin %s to %s: %s", probe, path, reason);
}

/* That a folder is one of bpffs; the kernel itself says of any other that it is not allowed. */
static int check_folder(const char *probe, const char *path, const char *folder)
{
	struct statfs in;
	int err;

	if (statfs(folder, &in)) {
		err = -errno;
		report(probe, path, message_errno(err));
		if (err == -ENOENT)
			message_hint("make the folder: mkdir -p %s", folder);
		return err;
	}
	if (in.f_type == BPF_FS_MAGIC)
		return 0;
	report(probe, path, "the folder is not in a BPF file system");
	message_hint("mount one: mount -t bpf bpf /sys/fs/bpf");
	return -EINVAL;
}

int pin_link(int link, const char *probe, const char *path)
{
	const char *name = strrchr(path, '/');
	char folder[PATH_MAX];
	int err;

	/* of "/list" it is "/" */
	snprintf(folder, sizeof(folder), "%.*s", name == path ? 1 : (int)(name - path), path);
	err = check_folder(probe, path, folder);
	if (err)
		return err;
	err = bpf_obj_pin(link, path);
	if (!err) {
		message_note("Program pinned to %s", path);
		return 0;
	}
	report(probe, path,
	       err == -EPERM && strchr(name, '.') ? "the kernel wants no dot in the name"
						  : message_errno(err));
	if (err == -EEXIST)
		message_hint("remove what is there: rm %s", path);
	return err;
}
