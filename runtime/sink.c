/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands each result to every open sink. A sink that has failed does not keep the others from
 * getting theirs: what can be kept is kept.
 */
#include "runtime/sink.h"

#include <errno.h>
#include <string.h>

static const struct sink_ops *const all_ops[SINK_COUNT] = {
#define SINK(id, name) [SINK_##id] = &sink_##name,
#include "runtime/sinks.def"
#undef SINK
};

static bool is_failure(int err)
{
	return err && err != -EPIPE && err != -EINTR;
}

static void note(struct sinks *sinks, struct sink *sink, int err)
{
	if (!err)
		return;
	sink->failed = true;
	if (!is_failure(sinks->error))
		sinks->error = err;
}

bool sinks_failed(const struct sinks *sinks)
{
	return is_failure(sinks->error);
}

int sinks_open(struct sinks *sinks, const struct sink_setup *setup)
{
	memset(sinks, 0, sizeof(*sinks));
	for (unsigned int i = 0; i < SINK_COUNT; i++) {
		struct sink *sink = &sinks->list[i];
		int err;

		if (!all_ops[i]->is_wanted(setup->options))
			continue;
		sink->style = *setup->style;
		err = all_ops[i]->open(sink, setup);
		if (err)
			return err;
		sink->ops = all_ops[i];
		sinks->wants |= sink->wants;
	}
	return 0;
}

/* Call one operation of every open sink that has it. */
#define FOR_EACH_SINK(operation, ...)                                                              \
	for (unsigned int i = 0; i < SINK_COUNT; i++) {                                            \
		struct sink *sink = &sinks->list[i];                                               \
                                                                                                   \
		if (sink->ops && sink->ops->operation && !sink->failed)                            \
			note(sinks, sink, sink->ops->operation(__VA_ARGS__));                      \
	}

/* The same for a result, which a sink that has failed does not get. */
#define FOR_EACH_TAKER(operation, ...)                                                             \
	for (unsigned int i = 0; i < SINK_COUNT; i++)                                              \
		sinks->list[i].n_missed += sinks->list[i].failed;                                  \
	FOR_EACH_SINK(operation, __VA_ARGS__)

void sinks_attached(struct sinks *sinks, uint32_t probes)
{
	FOR_EACH_SINK(attached, sink, probes)
}

void sinks_output(struct sinks *sinks, const struct output *output)
{
	FOR_EACH_TAKER(output, sink, output)
}

void sinks_map(struct sinks *sinks, const struct map_snapshot *map, uint64_t boot)
{
	FOR_EACH_TAKER(map, sink, map, boot)
}

void sinks_record(struct sinks *sinks, const struct record_value *record)
{
	FOR_EACH_TAKER(record, sink, record)
}

void sinks_error(struct sinks *sinks, const struct runtime_error *error)
{
	FOR_EACH_SINK(error, sink, error)
}

void sinks_loss(struct sinks *sinks, const struct loss *loss)
{
	FOR_EACH_TAKER(loss, sink, loss)
}

void sinks_lost(struct sinks *sinks, uint64_t n)
{
	FOR_EACH_SINK(lost, sink, n)
}

void sinks_trial(struct sinks *sinks, const struct trial *trial)
{
	FOR_EACH_SINK(trial, sink, trial)
}

void sinks_tick(struct sinks *sinks, bool idle)
{
	FOR_EACH_SINK(tick, sink, idle)
}

void sinks_ending(struct sinks *sinks)
{
	FOR_EACH_SINK(ending, sink)
}

void sinks_finish(struct sinks *sinks, const struct sink_totals *totals)
{
	FOR_EACH_SINK(finish, sink, totals)
}

void sinks_close(struct sinks *sinks)
{
	for (unsigned int i = 0; i < SINK_COUNT; i++) {
		if (sinks->list[i].ops)
			sinks->list[i].ops->close(&sinks->list[i]);
		sinks->list[i].ops = NULL;
	}
}
