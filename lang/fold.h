/* SPDX-License-Identifier: Apache-2.0 */
/* The stage before the checker: expressions of literals become literals. */
#ifndef DUETRACE_FOLD_H
#define DUETRACE_FOLD_H

struct unit;

void fold_unit(struct unit *unit);

#endif
