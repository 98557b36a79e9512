/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loss accounting.
 */
#include "runtime/losses.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "runtime/clock.h"
#include "runtime/message.h"
#include "runtime/sink.h"

static const char *const reasons[ABI_LOST_REASONS] = {
	[ABI_LOST_RING] = "ring buffer full",
	[ABI_LOST_MAP] = "map full",
	[ABI_LOST_SCRATCH] = "no scratch free",
};

int losses_open(struct losses *losses, const struct image *image, int fd, uint32_t cpus)
{
	size_t n = ((size_t)image->n_probes * ABI_COUNTS + 1) * cpus;

	memset(losses, 0, sizeof(*losses));
	losses->image = image;
	losses->fd = fd;
	losses->cpus = cpus;
	losses->since = clock_wall_now();
	losses->seen = calloc(n, sizeof(uint64_t));
	losses->now = calloc(n, sizeof(uint64_t));
	return losses->seen && losses->now ? 0 : -ENOMEM;
}

void losses_close(struct losses *losses)
{
	free(losses->seen);
	free(losses->now);
	memset(losses, 0, sizeof(*losses));
}

static int read_counters(struct losses *losses)
{
	uint32_t n = losses->image->n_probes * ABI_COUNTS;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t index = ABI_LEDGERS + i;

		if (bpf_map_lookup_elem(losses->fd, &index,
					losses->now + (size_t)i * losses->cpus))
			return -errno;
	}
	return 0;
}

int losses_ledger(struct losses *losses, uint64_t sums[ABI_LEDGERS])
{
	for (uint32_t which = 0; which < ABI_LEDGERS; which++) {
		if (bpf_map_lookup_elem(losses->fd, &which, losses->now))
			return -errno;
		sums[which] = 0;
		for (uint32_t cpu = 0; cpu < losses->cpus; cpu++)
			sums[which] += losses->now[cpu];
	}
	return 0;
}

static uint64_t report_counter(struct losses *losses, struct sinks *sinks, uint32_t index,
			       int64_t now)
{
	const struct image *image = losses->image;
	uint32_t reason = index % ABI_COUNTS;
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < losses->cpus; cpu++) {
		size_t at = (size_t)index * losses->cpus + cpu;
		struct loss loss = {
			.from = losses->since,
			.to = now,
			.reason = reasons[reason],
			.cpu = cpu,
			.count = losses->now[at] - losses->seen[at],
		};

		if (!loss.count)
			continue;
		loss.probe = image_string(image, image->probes[index / ABI_COUNTS].name);
		losses->seen[at] = losses->now[at];
		sum += loss.count;
		sinks_loss(sinks, &loss);
	}
	return sum;
}

static void report(struct losses *losses, struct sinks *sinks)
{
	uint64_t fresh[ABI_LOST_REASONS] = {0};
	int64_t now = clock_wall_now();

	for (uint32_t i = 0; i < losses->image->n_probes * ABI_COUNTS; i++)
		if (i % ABI_COUNTS < ABI_LOST_REASONS)
			fresh[i % ABI_COUNTS] += report_counter(losses, sinks, i, now);
	for (uint32_t reason = 0; reason < ABI_LOST_REASONS; reason++)
		losses->total[reason] += fresh[reason];
	losses->since = now;
	if (fresh[ABI_LOST_RING] || fresh[ABI_LOST_SCRATCH])
		sinks_lost(sinks, fresh[ABI_LOST_RING] + fresh[ABI_LOST_SCRATCH]);
	if (fresh[ABI_LOST_SCRATCH])
		message_warning("%llu events found no scratch memory free: too many probes "
				"interrupted each other on one CPU",
				(unsigned long long)fresh[ABI_LOST_SCRATCH]);
}

int losses_read(struct losses *losses, struct sinks *sinks)
{
	int err = read_counters(losses);

	if (!err)
		report(losses, sinks);
	return err;
}

uint64_t losses_counted(const struct losses *losses, uint32_t probe, enum abi_lost what)
{
	const uint64_t *counters = losses->now + ((size_t)probe * ABI_COUNTS + what) * losses->cpus;
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < losses->cpus; cpu++)
		sum += counters[cpu];
	return sum;
}
