/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each CPU counted of a tseries(), put together.
 */
#ifndef DUETRACE_RUNTIME_MAP_SERIES_H
#define DUETRACE_RUNTIME_MAP_SERIES_H

#include <stdint.h>

struct image_map;
struct value;

/*
 * `bytes` has a value for each of `cpus` CPUs, `stride` bytes apart. `points` has room for as many
 * points as the map has intervals, and stays the value's. `value->is_signed` is set.
 */
void map_series_reduce(const struct image_map *map, const char *bytes, uint32_t cpus, uint32_t stride,
		       uint64_t *points, struct value *value);

#endif
