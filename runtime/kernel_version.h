/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUNTIME_KERNEL_VERSION_H
#define RUNTIME_KERNEL_VERSION_H

#include <stdbool.h>

/* Is the running kernel older than major.minor? One that does not say what it is counts as older. */
bool kernel_is_before(unsigned long major, unsigned long minor);

#endif
