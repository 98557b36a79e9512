/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the probes of user space share: breakpoints at offsets of files. One program at many sites
 * is one link where the kernel has uprobe_multi (6.6), else one link each.
 */
#ifndef DUETRACE_RUNTIME_ATTACH_USER_H
#define DUETRACE_RUNTIME_ATTACH_USER_H

#include <bpf/bpf.h>
#include <stdbool.h>

struct attacher;
struct image;
struct image_probe;

/* Attach all sites of a probe; with uprobe_multi, those of its program's other probes in the same
 * file too. 0 or -errno; says why. */
int user_attach(struct attacher *attacher, const struct image_probe *probe, int program,
		bool on_return);
/* What the program is loaded for. */
enum bpf_attach_type user_expected(const struct image *image, const struct image_probe *probe);

#endif
