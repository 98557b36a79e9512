/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds one section of an ELF object in memory without trusting a byte of it. image_open()
 * and image_seal() agree on where the plan is through this; cli/clang.c finds types by it.
 */
#ifndef DUETRACE_IMAGE_ELF_SECTION_H
#define DUETRACE_IMAGE_ELF_SECTION_H

#include <stddef.h>
#include <stdint.h>

struct elf_section {
	size_t offset; /* from the start of the object; offset + size <= the object's size */
	size_t size;
};

/*
 * Look for a section by its name in a 64-bit relocatable BPF object of the host's byte order.
 * Returns NULL, or why there is none: a sentence without a full stop, in static memory.
 */
const char *elf_section_find(const void *data, size_t size, const char *name,
			     struct elf_section *section);

#endif
