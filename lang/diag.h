/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to the user: collected while a stage goes on, printed together, sorted by place. Each
 * message is a row of diags.def. A message may point at more places (notes) and say what to write
 * instead (hints).
 */
#ifndef DUETRACE_DIAG_H
#define DUETRACE_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/ast.h"

struct arena;
struct source;

enum diag_tag {
#define DIAG(tag, severity, format) DIAG_##tag,
#include "lang/diags.def"
#undef DIAG
	DIAG_TAGS
};

/* The span of a message that has no place in the script. */
#define SPAN_NONE ((struct span){UINT32_MAX, UINT32_MAX})

struct diag;

/* The call of a macro whose body is being looked at: messages about the body point at it too. */
struct diag_expansion {
	struct span call;
	struct diag_expansion *outer;
};

struct diags {
	struct arena *arena;
	struct source *source;
	bool warnings, color;
	bool muted; /* while types are still being inferred: drop everything */
	const enum diag_tag *dropped; /* messages that do not apply where the checker is; DIAG_TAGS ends */
	struct diag_expansion *expansion; /* the innermost, or NULL */
	struct diag *first, **last;
	uint32_t n_errors, n_warnings;
};

void diags_init(struct diags *diags, struct arena *arena, struct source *source, bool warnings,
		bool color);

/*
 * Report a message; each %s of the row's format takes a const char *, %u an unsigned int. Returns
 * the message, or NULL when it is not kept (muted, a warning nobody wants, or one too many): the
 * functions below take that NULL.
 */
struct diag *diag_report(struct diags *diags, enum diag_tag tag, struct span span, ...);
struct diag *diag_text(struct diags *diags, struct span span, const char *text);
/* A second place, with its own severity word and message. */
void diag_note(struct diags *diags, struct diag *diag, enum diag_tag tag, struct span span, ...);
void diag_hint(struct diags *diags, struct diag *diag, enum diag_tag tag, ...);

/* Where a span is: "FILE:LINE:FROM-TO: ", a newline, then the lines with their markers. */
const char *diags_place(const struct diags *diags, struct span span);

/* All messages as stderr gets them. */
const char *diags_print(struct diags *diags);

#endif
