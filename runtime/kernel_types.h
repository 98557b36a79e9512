/* SPDX-License-Identifier: Apache-2.0 */
/* Where the members of the kernel's structs are that an image reads. */
#ifndef DUETRACE_RUNTIME_KERNEL_TYPES_H
#define DUETRACE_RUNTIME_KERNEL_TYPES_H

struct bpf_object;
struct btf;
struct image;

/*
 * Before the object is loaded: make its ABI_KERNEL_SECTION right for the running kernel. Nothing is
 * done on the kernel that the image was made on. Returns 0 or -errno after a message.
 */
int kernel_types_fill(struct bpf_object *object, const struct image *image);
/* The same from a BTF, in the bytes of the section. */
int kernel_types_resolve(const struct image *image, const struct btf *btf, char *bytes,
			 unsigned long size);

#endif
