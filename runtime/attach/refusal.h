/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to tell the user when the kernel does not give a probe: why, and what could serve instead.
 */
#ifndef DUETRACE_RUNTIME_REFUSAL_H
#define DUETRACE_RUNTIME_REFUSAL_H

#include <stdbool.h>

/* The kernel's own, which no libc has. */
#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

struct image;
struct image_probe;

/* "kprobe:f is not available: REASON", and a hint. Returns `err`, which is a -errno. */
int refusal_report(const struct image *image, const struct image_probe *probe, int err);
/* Whether refusals.def knows more of it than the errno's text. */
bool refusal_is_known(const struct image *image, const struct image_probe *probe, int err);

/* Whether the kernel keeps its memory even from root: lockdown=confidentiality. */
bool refusal_is_locked_down(void);

#endif
