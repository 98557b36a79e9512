/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at the file that is open, and at the folder that it is in by now: a link may lead anywhere.
 */
#include "runtime/trusted.h"

#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Root, we, and who called us by sudo. */
static bool is_ours(uid_t owner)
{
	const char *caller = geteuid() == 0 ? getenv("SUDO_UID") : NULL;

	return owner == 0 || owner == geteuid() ||
	       (caller && *caller && owner == (uid_t)strtoul(caller, NULL, 10));
}

const char *trusted_not_folder(const struct stat *folder)
{
	if (folder->st_mode & S_IWOTH && !(folder->st_mode & S_ISVTX))
		return "everybody may write to its folder";
	return NULL;
}

bool trusted_not_beside(const char *path, const struct stat *file)
{
	char copy[PATH_MAX];
	struct stat folder;

	if (strlen(path) >= sizeof(copy))
		return true;
	strcpy(copy, path);
	return stat(dirname(copy), &folder) || (folder.st_mode & S_IWOTH && !is_ours(file->st_uid));
}

const char *trusted_not(int fd)
{
	char link[32], path[PATH_MAX];
	struct stat file, folder;
	const char *why;
	ssize_t length;

	if (fstat(fd, &file) || (!S_ISREG(file.st_mode) && !S_ISFIFO(file.st_mode)))
		return NULL;
	if (file.st_mode & S_IWOTH)
		return "everybody may write to it";
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0)
		return "its folder is not known";
	path[length] = '\0';
	/* A file that is deleted or has no name is nobody's to replace. */
	if (!file.st_nlink || path[0] != '/' || stat(dirname(path), &folder))
		return NULL;
	why = trusted_not_folder(&folder);
	if (!why && folder.st_mode & S_IWOTH && !is_ours(file.st_uid))
		why = "it belongs to another user, in a folder that everybody may write to";
	return why;
}
