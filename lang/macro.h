/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expansion of macros: a stage of its own between parse and expand. After it the tree has no call of
 * a macro any more; each became a BLOCK_EXPR, or the leaf that this would be.
 */
#ifndef DUETRACE_MACRO_H
#define DUETRACE_MACRO_H

struct unit;

void macro_unit(struct unit *unit);

#endif
