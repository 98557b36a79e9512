/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that a plan's rows keep among each other. Called by image_open() once the arrays
 * themselves are known to lie inside the plan; inside image/ only.
 */
#ifndef DUETRACE_IMAGE_CHECK_H
#define DUETRACE_IMAGE_CHECK_H

#include <stddef.h>

struct image;

/* Returns 0, or -EINVAL with the reason in `why`, or -ENOMEM. */
int image_check(const struct image *image, char *why, size_t why_size);

#endif
