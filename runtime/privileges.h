/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run keeps of its rights once everything is attached: an enemy who takes the reader over, by
 * what it reads, shall find a process that can do nothing but read and report.
 */
#ifndef DUETRACE_RUNTIME_PRIVILEGES_H
#define DUETRACE_RUNTIME_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>

struct image;
struct runtime_options;

/* Bits of the capabilities that are in force. */
uint64_t privileges_held(void);
/* Whether programs may be loaded and the kernel be read. */
bool privileges_suffice(void);

/*
 * Give up every capability but those that the script's own output needs, gain no new ones, and let
 * only the system calls be made that a run needs to its end, in all threads. A script with system()
 * keeps everything. Returns 0 or -errno after having said why.
 */
int privileges_drop(const struct image *image, const struct runtime_options *options);
/* The same for a thread that only writes a file: capabilities belong to threads. */
void privileges_drop_thread(const char *path);

#endif
