/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same script gives the same object, byte by byte. LLVM's BTF falls short of that in one place:
 * structs that are only pointed to are declared at the end, in the order of a map that is keyed by
 * addresses (BTFDebug::FixupDerivedTypes), which differ from run to run.
 */
#ifndef DUETRACE_BTF_ORDER_H
#define DUETRACE_BTF_ORDER_H

#include <stddef.h>

struct arena;

/*
 * Puts the declarations at the end of an object's .BTF, and their names, in the order of the first
 * types that refer to them. An object without BTF, or with something else at its end, stays as it is.
 */
void btf_order(struct arena *arena, void *object, size_t size);

#endif
