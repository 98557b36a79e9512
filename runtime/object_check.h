/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what libbpf found in the object is what the plan says, before the kernel is asked for any of
 * it. An image is a file that anybody may have made: the plan is checked by image/image_check.h, the
 * code by the verifier, and this is what lies between them.
 */
#ifndef DUETRACE_RUNTIME_OBJECT_CHECK_H
#define DUETRACE_RUNTIME_OBJECT_CHECK_H

#include <stdbool.h>

struct bpf_object;
struct image;

/*
 * `unsafe`: programs may do what --unsafe allows. Programs that the plan does not name are not loaded.
 * Returns 0, or says why not and returns -EINVAL, or -EPERM when it is for want of --unsafe.
 */
int object_check(struct bpf_object *object, const struct image *image, bool unsafe);

#endif
