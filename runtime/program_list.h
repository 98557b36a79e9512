/* SPDX-License-Identifier: Apache-2.0 */
/* The BPF programs that the kernel has, and their functions. */
#ifndef DUETRACE_RUNTIME_PROGRAM_LIST_H
#define DUETRACE_RUNTIME_PROGRAM_LIST_H

/*
 * Answers WORLD_BPF_FUNCTIONS, see lang/world.h: of the program with an ID, or of all for "*".
 * Returns 0 and a text that the caller frees, or -errno; -EPERM: only CAP_SYS_ADMIN may look.
 */
int program_list(const char *id, char **text);

#endif
