/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of the script, which become macros that look like functions from outside. */
#ifndef DUETRACE_FUNCTION_H
#define DUETRACE_FUNCTION_H

#include "lang/ast.h"

struct parse;
struct parse_record;

void function_add_param(struct parse *parse, struct parse_record *params, struct span span,
			const char *name, struct node *type);
/* `result`: the TYPE of what it returns. */
void function_add(struct parse *parse, struct span span, struct span name_span, const char *name,
		  const struct parse_record *params, struct node *result, struct node *block);

#endif
