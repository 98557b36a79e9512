/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of BPF programs that the kernel has: fentry:bpf[:id]:function, fexit:bpf[:id]:function.
 * form_kernel.c asks here for what is not the kernel's own.
 */
#ifndef DUETRACE_BPF_TARGET_H
#define DUETRACE_BPF_TARGET_H

#include <stdbool.h>

struct attach_point;
struct target;
struct target_list;
struct type;
struct unit;

/* What stands where a module would. */
#define BPF_MODULE "bpf"

/* Does the attach point name a BPF program's function? */
bool bpf_target_is_meant(const struct attach_point *point);
/* As form->read. */
bool bpf_target_read(struct unit *unit, const struct attach_point *point, struct target_list *out);
/* Is a target one of these? */
bool bpf_target_is(const struct target *target);
/* As form->context and form->arguments. */
const struct type *bpf_target_context(struct unit *unit, const struct target *target);
const char *bpf_target_arguments(struct unit *unit, const struct target *target);

#endif
