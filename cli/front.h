/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front half of duetrace, in a process of its own. LLVM takes memory that the tracing process
 * shall not hold, and a script may be hostile: so a child without any privilege parses and compiles
 * it, asks this process whatever it needs to know of the kernel, and hands the result back over a
 * socket. Then it is gone.
 */
#ifndef DUETRACE_FRONT_H
#define DUETRACE_FRONT_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/compile.h"
#include "lang/world.h"

struct front_job {
	struct compile_options compile; /* its unit.world is the world that answers */
	bool list;                      /* list probes instead of compiling */
	const char *pattern;            /* of the list; NULL: those of the script */
	bool arguments;                 /* of the list */
	void (*forget)(void *world);    /* lets go of what was answered; NULL: nothing is to be done */
	struct world_answer btf;        /* what the child need not ask for; data NULL: nothing */
};

/* As compile(); what goes wrong with the child itself is in the diagnostics too. */
bool front_run(const struct front_job *job, struct compile_result *result);

#endif
