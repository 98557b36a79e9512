/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's own answers to lang/world.h, from tracefs and sysfs. Answers live until
 * world_close().
 */
#ifndef DUETRACE_CLI_WORLD_H
#define DUETRACE_CLI_WORLD_H

#include <stdint.h>

#include "lang/world.h"

struct world;

/* `pid`: of the process that is traced, or 0; `folders`: of -I; they must stay. NULL: no memory */
struct world *world_open(int pid, const char *const *folders, uint32_t n_folders);
void world_close(struct world *world);
/* Let go of the answers that were given so far, to a struct world. */
void world_forget(void *world);
/* The kernel's BTF without a copy; data NULL: cannot be had so, ask for it. */
struct world_answer world_map_btf(struct world *world);
int world_ask(void *world, enum world_question question, const char *name,
	      struct world_answer *answer);

#endif
