/* SPDX-License-Identifier: Apache-2.0 */
/* For what a kernel does not tell when asked: something that it has always had, and that was mended at some time. */
#include "runtime/kernel_version.h"

#include <stdlib.h>
#include <sys/utsname.h>

bool kernel_is_before(unsigned long major, unsigned long minor)
{
	unsigned long mine[2] = {0};
	struct utsname kernel;
	char *end;

	if (uname(&kernel))
		return true;
	mine[0] = strtoul(kernel.release, &end, 10);
	if (*end == '.')
		mine[1] = strtoul(end + 1, NULL, 10);
	return mine[0] < major || (mine[0] == major && mine[1] < minor);
}
