/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map as columns under a header: what table(@m) shows as text.
 */
#ifndef DUETRACE_RUNTIME_PRINT_MAP_TABLE_H
#define DUETRACE_RUNTIME_PRINT_MAP_TABLE_H

#include "runtime/print/style.h"

struct buffer;
struct map_snapshot;

/* A header, a line an entry and a blank line; of a map without entries nothing. */
void map_table(struct buffer *out, struct style *style, const struct map_snapshot *snapshot);

#endif
