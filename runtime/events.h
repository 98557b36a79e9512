/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What records make user space do: decodes each once and calls the handler of its kind, one a row
 * of image/events.def. Knows neither the kernel nor the sinks' forms, so tests can replay bytes.
 */
#ifndef DUETRACE_RUNTIME_EVENTS_H
#define DUETRACE_RUNTIME_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/buffer.h"
#include "runtime/decode.h"
#include "runtime/print/style.h"

struct image_map;
struct map_raw;
struct sinks;

/* How handlers reach the maps. Each returns 0 or -errno. */
struct map_access {
	int (*read)(void *self, const struct image_map *map, struct map_raw *raw);
	int (*clear)(void *self, const struct image_map *map);
	int (*zero)(void *self, const struct image_map *map);
	int (*files)(void *self, const struct image_map *map, const char *folder);
	void *self;
};

/* How handlers reach the probes. */
struct probe_access {
	void (*unwatch)(void *self, uint64_t address);
	void *self;
};

struct events {
	const struct image *image;
	struct style style;
	struct sinks *sinks;
	struct map_access maps;
	struct probe_access probes;
	struct decode_arena arena;
	struct buffer text, screen;
	struct buffer argument, content; /* of cat(), system(), join() */
	uint64_t n_handled;
	uint64_t n_unused; /* frames of stacks, and what came after exit() */
	uint64_t n_records; /* of the script's: emit, alert */
	int worst;	    /* enum image_severity of the worst rule that fired; -1: none */
	uint64_t n_damaged; /* records that did not hold what the plan says */
	bool warnings;	    /* hand on what went wrong in the programs */
	bool told_full;	    /* that a map is full has been said */
	bool exited;	    /* the script has called exit(); what comes behind is not the run's */
	int status;	    /* of exit(n) */
	int error;	    /* -ENOMEM, or a map could not be read */
};

/*
 * Handle one record; a ring_handler whose context is a struct events. Always 0: a damaged record is
 * counted and does not end the run.
 */
int events_handle(void *events, const void *record, size_t size);
/* Give a map to the sinks: `top` and `div` as of print(@m, top, div); unset ones only if `always`.
 */
int events_print_map(struct events *events, const struct image_map *map, uint64_t top, uint64_t div,
		     bool always, uint64_t boot);
void events_free(struct events *events);

#endif
