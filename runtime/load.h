/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads an image into the kernel and finds what the rest of the runtime needs of it.
 */
#ifndef DUETRACE_RUNTIME_LOAD_H
#define DUETRACE_RUNTIME_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/message.h"

struct bpf_object;
struct clock_base;
struct image;
struct runtime_options;

struct loaded {
	struct bpf_object *object;
	int *programs;	     /* descriptors by the plan's program index; the object's own */
	bool *missing;	     /* by the same: left out, as missing_probes allows and `mode` says it */
	enum message_mode mode;
	int *held; /* descriptors until it is loaded, by the same; -1: none */
	int *maps;	     /* by the plan's map index; -1: the object has no such map */
	int ring, shared, lost;
	int trees; /* storage of process trees; below 0: the script asks for none */
	uint32_t ring_size;
	uint32_t cpus; /* possible ones: how many values a per-CPU entry has */
};

/* `child`: tgid of the traced command, 0: none. On failure says why and returns -errno. */
int load_image(struct loaded *loaded, const struct image *image,
	       const struct runtime_options *options, const struct clock_base *clock,
	       uint32_t child);
void load_free(struct loaded *loaded);

#endif
