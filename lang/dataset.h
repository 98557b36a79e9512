/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of patterns: `dataset name = { ... };`, and the pattern of each glob(), which is a set of its
 * own. Those that the script uses get a bit each and become one automaton.
 */
#ifndef DUETRACE_LANG_DATASET_H
#define DUETRACE_LANG_DATASET_H

#include "lang/parse.h"

struct unit;

/* A pattern of the set that is being read; "!" before it excludes. */
void dataset_add(struct parse *parse, struct span span, struct text text);
/* All patterns of a file, one a line, for the set that is being read. */
void dataset_read(struct parse *parse, struct span word_span, const char *word, struct span span,
		  struct text path);
void dataset_end(struct parse *parse, struct span span, const char *name);
/* `value in name` */
struct node *dataset_in(struct parse *parse, struct span span, struct node *value,
			struct span name_span, const char *name);
/* When all uses are known. */
void dataset_build(struct unit *unit);

#endif
