/* SPDX-License-Identifier: Apache-2.0 */
/* What is too large to be compiled is told of before it has taken long. */
#ifndef DUETRACE_SIZE_H
#define DUETRACE_SIZE_H

#include <stdbool.h>

struct gen;

/* Once all code is there and before it is optimized; false: it was told of. */
bool size_check(struct gen *g);

#endif
