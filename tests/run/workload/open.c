/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens each file on its command line once, for reading, by openat(AT_FDCWD, name), and leaves it
 * open. Nothing else of it opens a file after main() began.
 */
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		syscall(SYS_openat, AT_FDCWD, argv[i], O_RDONLY);
	return 0;
}
