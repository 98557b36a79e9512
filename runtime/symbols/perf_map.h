/* SPDX-License-Identifier: Apache-2.0 */
/* Code that was made at run time: /tmp/perf-PID.map, lines "start size name", numbers in hex. */
#ifndef DUETRACE_RUNTIME_PERF_MAP_H
#define DUETRACE_RUNTIME_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

struct perf_map;

/* Read an open file, to its end or a limit; NULL if there is nothing in it. */
struct perf_map *perf_map_read(int fd);
void perf_map_free(struct perf_map *map);
/* The name that an address is in and where that begins, or NULL. */
const char *perf_map_at(const struct perf_map *map, uint64_t address, uint64_t *start);
size_t perf_map_memory(const struct perf_map *map);

#endif
