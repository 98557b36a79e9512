/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of numbers, as the C library, the kernel's headers and the cgroup file system have them. An
 * unknown user or cgroup has no name; an unknown code says its number.
 */
#include "runtime/print/names.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/buffer.h"

/* How the kernel calls a file handle that is the 64-bit ID of a kernfs node (since 5.5). */
#define HANDLE_KERNFS 0xfe

static void add_user(struct buffer *out, uint64_t uid)
{
	struct passwd entry, *found = NULL;
	char space[4096];

	if (!getpwuid_r((uid_t)uid, &entry, space, sizeof(space), &found) && found)
		buffer_add_text(out, found->pw_name);
}

static void add_unknown(struct buffer *out, const char *what, uint64_t number)
{
	buffer_add_text(out, what);
	buffer_add_i64(out, (int64_t)number);
}

static void add_error(struct buffer *out, uint64_t code)
{
	const char *text = code <= INT32_MAX ? strerrordesc_np((int)code) : NULL;

	if (text)
		buffer_add_text(out, text);
	else
		add_unknown(out, "Unknown error ", code);
}

static void add_signal(struct buffer *out, uint64_t number)
{
	const char *text = number < NSIG ? sigabbrev_np((int)number) : NULL;
	const uint64_t first = (uint64_t)SIGRTMIN;

	if (text) {
		buffer_add_text(out, "SIG");
		buffer_add_text(out, text);
	} else if (number == first) {
		buffer_add_text(out, "SIGRTMIN");
	} else if (number > first && number < NSIG) {
		buffer_add_text(out, "SIGRTMIN+");
		buffer_add_u64(out, number - first);
	} else {
		add_unknown(out, "Unknown signal ", number);
	}
}

static void add_syscall(struct buffer *out, uint64_t number)
{
	static const char *const names[] = {
#include "runtime/syscalls.h" /* made by the build */
	};

	if (number < sizeof(names) / sizeof(names[0]) && names[number])
		buffer_add_text(out, names[number]);
	else
		add_unknown(out, "Unknown syscall ", number);
}

/* Where the cgroup v2 hierarchy is mounted. */
static bool find_cgroups(char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char space[4096];
	bool found = false;

	while (mounts && !found && getmntent_r(mounts, &entry, space, sizeof(space)))
		if (!strcmp(entry.mnt_type, "cgroup2") && strlen(entry.mnt_dir) < size) {
			strcpy(path, entry.mnt_dir);
			found = true;
		}
	if (mounts)
		endmntent(mounts);
	return found;
}

/* The path of the cgroup below its mount: the ID is all that a file handle of it holds. */
static void add_cgroup(struct buffer *out, uint64_t id)
{
	char mount[4096], link[64], path[4096];
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(id)];
	} at = {.handle = {.handle_bytes = sizeof(id), .handle_type = HANDLE_KERNFS}};
	int root, cgroup;
	ssize_t length;

	if (!find_cgroups(mount, sizeof(mount)))
		return;
	memcpy(at.handle.f_handle, &id, sizeof(id));
	root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return;
	cgroup = open_by_handle_at(root, &at.handle, O_PATH | O_CLOEXEC);
	close(root);
	if (cgroup < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", cgroup);
	length = readlink(link, path, sizeof(path));
	close(cgroup);
	if (length < (ssize_t)strlen(mount))
		return;
	buffer_add_text(out, "unified:");
	if (length == (ssize_t)strlen(mount))
		buffer_add_byte(out, '/');
	buffer_add(out, path + strlen(mount), (size_t)length - strlen(mount));
}

void names_text(struct buffer *out, enum image_kind kind, uint64_t number)
{
	static void (*const writers[])(struct buffer * out, uint64_t number) = {
		[IMAGE_USERNAME] = add_user,	  [IMAGE_ERROR_NAME] = add_error,
		[IMAGE_SIGNAL_NAME] = add_signal, [IMAGE_SYSCALL_NAME] = add_syscall,
		[IMAGE_CGROUP_PATH] = add_cgroup,
	};

	if (image_kind_is_name(kind) && kind < sizeof(writers) / sizeof(writers[0]))
		writers[kind](out, number);
}
