/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls lseek(-1, N, 0) once for every N on its command line, in order: a known value at a known
 * tracepoint (sys_enter_lseek: fd, offset, whence; the call itself fails with EBADF). A "+STATUS"
 * argument ends it with that exit status.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '+')
			return atoi(argv[i] + 1);
		syscall(SYS_lseek, -1, strtoll(argv[i], NULL, 0), 0);
	}
	return 0;
}
