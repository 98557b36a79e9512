/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of raw BTF (Documentation/bpf/btf.rst): finds types by name or id and gives their parts.
 * Ids and offsets that are out of range are answered with 0 or NULL, never read.
 */
#ifndef DUETRACE_BTF_H
#define DUETRACE_BTF_H

#include <linux/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct btf;

/* NULL: the bytes are no BTF. They must stay. */
struct btf *btf_open(struct arena *arena, const void *data, size_t size);
/*
 * Adds the types of a module's BTF, whose base is this one, behind all others: gives the first's
 * id. 0: the bytes are none. They must stay.
 */
uint32_t btf_add(struct arena *arena, struct btf *btf, const void *data, size_t size);
/* Ids are below; those of no module are below the second. */
uint32_t btf_count(const struct btf *btf);
uint32_t btf_own(const struct btf *btf);
/* NULL for id 0 (void) and for what there is not. */
const struct btf_type *btf_type(const struct btf *btf, uint32_t id);
const char *btf_name(const struct btf *btf, uint32_t offset);
/* The first type of a kind with a name; 0: none. */
uint32_t btf_find(const struct btf *btf, unsigned kind, const char *name);
/* The same among those from id `first` on. */
uint32_t btf_find_from(const struct btf *btf, uint32_t first, unsigned kind, const char *name);
/* The first enum or enum64 with an enumerator of the name; 0: none. */
uint32_t btf_find_enumerator(const struct btf *btf, const char *name);
/* Without typedefs, const, volatile, restrict and tags. */
uint32_t btf_strip(const struct btf *btf, uint32_t id);

#endif
