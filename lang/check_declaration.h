/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the checker that looks at declarations of maps; called by check.c at the end. */
#ifndef DUETRACE_CHECK_DECLARATION_H
#define DUETRACE_CHECK_DECLARATION_H

struct check;

void check_declarations(struct check *check);

#endif
