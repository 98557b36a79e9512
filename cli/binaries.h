/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to lang/world.h about files of user space: which ones a name means, and what is in them.
 */
#ifndef DUETRACE_CLI_BINARIES_H
#define DUETRACE_CLI_BINARIES_H

#include <stddef.h>

#include "lang/world.h"

struct binaries;

/* `pid`: the process whose files are meant, by the names it has for them; 0: ours. NULL: no memory
 */
struct binaries *binaries_open(int pid);
void binaries_close(struct binaries *binaries);
/* Returns 0 and a malloc'ed answer, or -errno as the question says. */
int binaries_ask(struct binaries *binaries, enum world_question question, const char *name,
		 char **data, size_t *size);

#endif
