/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the running kernel, its modules and BPF programs: /proc/kallsyms, read once. */
#ifndef DUETRACE_RUNTIME_KALLSYMS_H
#define DUETRACE_RUNTIME_KALLSYMS_H

#include <stdint.h>

struct kallsyms;

/* Returns 0; -EPERM if the kernel hides the addresses; or another -errno. */
int kallsyms_open(struct kallsyms **symbols);
void kallsyms_close(struct kallsyms *symbols);
/* The function that an address is in and where it begins, or NULL. */
const char *kallsyms_at(const struct kallsyms *symbols, uint64_t address, uint64_t *start);
/* The address of a function or object by its name, without keeping anything. Returns 0, -ENOENT,
 * -EPERM as above, or another -errno. */
int kallsyms_find(const char *name, uint64_t *address);

#endif
