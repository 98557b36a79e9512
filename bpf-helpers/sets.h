/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The script's patterns: see lang/automaton.h. The globals are defined in its module. */
#ifndef DUETRACE_SETS_H
#define DUETRACE_SETS_H

#include "address.h"

extern const struct abi_sets duetrace_sets;
extern const u32 duetrace_set_cells[];
extern const u8 duetrace_set_classes[256];
extern const u64 duetrace_set_outcomes[];

#endif
