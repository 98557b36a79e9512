/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of what the kernel could not deliver, read from the map `lost` and handed to the
 * sinks as differences.
 */
#ifndef DUETRACE_RUNTIME_LOSSES_H
#define DUETRACE_RUNTIME_LOSSES_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf-helpers/abi.h"

struct image;
struct sinks;

struct losses {
	const struct image *image;
	int fd;
	uint32_t cpus;
	uint64_t *seen; /* probes * reasons * cpus, as they were last time */
	uint64_t *now;
	int64_t since; /* wall ns of the last time */
	uint64_t total[ABI_LOST_REASONS];
};

int losses_open(struct losses *losses, const struct image *image, int fd, uint32_t cpus);
/* Read the counters and report what is new. Returns 0 or -errno. */
int losses_read(struct losses *losses, struct sinks *sinks);
/* What the kernel has counted for the ledger: 0 where nobody asked for one. Returns 0 or -errno. */
int losses_ledger(struct losses *losses, uint64_t sums[ABI_LEDGERS]);
/* What is counted of a probe and is no loss, as losses_read() last read it. */
uint64_t losses_counted(const struct losses *losses, uint32_t probe, enum abi_lost what);
void losses_close(struct losses *losses);

#endif
