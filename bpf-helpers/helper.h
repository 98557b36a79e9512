/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What every file of bpf-helpers/ needs. Each .bpf.c holds one function, dt_<file>, that compiled
 * scripts call; the build embeds its bitcode and the compiler links in what a script uses. Arguments
 * and results are 64 bits wide. The globals are defined in the script's module.
 */
#ifndef DUETRACE_HELPER_H
#define DUETRACE_HELPER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;

#define INLINE __attribute__((always_inline))
/* A function of its own: verified for each call, but its code is there once. */
#define OUTLINE __attribute__((noinline))
/*
 * The same, not static, named dt_ as others: verified once, with any arguments, and of what its
 * callers know nothing is left in it. Its arguments are numbers and pointers to structs, which may be
 * NULL and are read and written as far as the struct goes.
 */
#define GLOBAL OUTLINE __attribute__((visibility("protected")))

extern const volatile struct abi_config duetrace_config;
extern volatile struct abi_shared duetrace_shared;
extern char ring, lost;

/* Set in the result of the str functions beside the length when the string was cut. */
#define CUT (1ULL << 32)
/* Or -errno this far up, when the address could not be read; the length is 0 then. */
#define FAILED(read) ((u64) - (read) << 40)

#endif
