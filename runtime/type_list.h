/* SPDX-License-Identifier: Apache-2.0 */
/* The structs, unions and enums of the kernel's BTF, for -l 'struct task_*'. */
#ifndef DUETRACE_RUNTIME_TYPE_LIST_H
#define DUETRACE_RUNTIME_TYPE_LIST_H

#include <stdbool.h>
#include <stdio.h>

/* Is it a pattern for types: "struct ", "union " or "enum " and a name with wildcards? */
bool type_list_is_pattern(const char *pattern);
/*
 * Print what matches, sorted: "struct path", or its definition in C and an empty line. Returns 0 or
 * -errno, having said why.
 */
int type_list_print(FILE *out, const char *pattern, bool definitions);

#endif
