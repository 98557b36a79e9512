/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the running kernel from all others. */
#ifndef DUETRACE_RUNTIME_KERNEL_ID_H
#define DUETRACE_RUNTIME_KERNEL_ID_H

#include <stddef.h>

/*
 * The build ID that the linker gave the running kernel, in lower-case hex. Returns 0, -ENOENT when it
 * has none, or -errno of reading it.
 */
int kernel_id(char *text, size_t size);

#endif
