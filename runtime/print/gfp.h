/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of the flags that a caller gives the kernel's allocators (gfp_t), as %gr prints them.
 */
#ifndef DUETRACE_RUNTIME_PRINT_GFP_H
#define DUETRACE_RUNTIME_PRINT_GFP_H

#include <stdint.h>

struct buffer;

/*
 * As the kernel's own events print them: GFP_KERNEL|__GFP_ZERO, bits without a name as a number, "none"
 * without any. Where the kernel does not say its names, all is a number.
 */
void gfp_text(struct buffer *out, uint64_t flags);
/* Read the names now, while we may: the kernel's files of events are root's. */
void gfp_read(void);

#endif
