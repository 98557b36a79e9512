/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiler: a script in, an image out. Pure: it opens no file and asks the kernel nothing but
 * through the world it is given, so it runs in a process without any privilege.
 */
#ifndef DUETRACE_COMPILE_H
#define DUETRACE_COMPILE_H

#include <stdbool.h>
#include <stddef.h>

#include "lang/lang.h"

/* What to make. In the order of the pipeline; --emit names them. */
enum compile_stage {
#define STAGE(id, name, doc) COMPILE_##id,
#include "compiler/stages.def"
#undef STAGE
	COMPILE_STAGES
};

struct compile_options {
	struct unit_options unit;
	enum compile_stage stage;
	const char *version; /* of duetrace, kept in the image */
};

/* Everything in it is malloc'ed; compile_result_free() frees it. */
struct compile_result {
	char *output; /* the stage's text or bytes; NULL after an error */
	size_t size;
	char *diagnostics; /* for stderr, may be "" */
};

/* Returns true if the output was made. */
bool compile(const struct compile_options *options, struct compile_result *result);
void compile_result_free(struct compile_result *result);

/*
 * What to call with a diagnostic when LLVM cannot go on, as with a jump that does not reach: it must end
 * the process. Without it LLVM does, with a message of its own on stderr.
 */
void compile_on_fatal(void (*tell)(const char *diagnostic));

/* The stage of a name, or COMPILE_STAGES. */
enum compile_stage compile_stage_find(const char *name);

/* The version of LLVM that is linked in, "19.1.7". */
const char *compile_llvm_version(void);

#endif
