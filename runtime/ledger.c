/* SPDX-License-Identifier: Apache-2.0 */
/* Reads both sides of the ledger when a run is over. */
#include "runtime/ledger.h"

#include <time.h>

#include "image/image.h"
#include "runtime/clock.h"
#include "runtime/message.h"
#include "runtime/runtime.h"
#include "runtime/session.h"

/* A program that had begun when tracing was turned off ends within this. */
#define SETTLE_ROUNDS 200
#define SETTLE_NS     1000000L

bool ledger_is_kept(const struct session *session)
{
	const struct runtime_options *options = session->options;

	return options->database || options->strict || options->verbose;
}

/* Until all records that the kernel has counted are read. */
static int settle(struct session *session, uint64_t sums[ABI_LEDGERS])
{
	const struct timespec moment = {.tv_nsec = SETTLE_NS};

	for (int round = 0; round < SETTLE_ROUNDS; round++) {
		int err = loop_drain(session);

		if (!err)
			err = losses_ledger(&session->losses, sums);
		if (err || sums[ABI_LEDGER_EMITTED] <= session->n_records)
			return err;
		nanosleep(&moment, NULL);
	}
	return 0;
}

static void report_damaged(struct session *session)
{
	struct loss loss = {
		.from = (int64_t)session->clock.boot + session->clock.offset,
		.to = clock_wall_now(),
		.reason = LOSS_DAMAGED,
		.probe = "",
		.count = session->events.n_damaged,
	};

	if (loss.count)
		sinks_loss(&session->sinks, &loss);
}

/* What limit() held back, and what it and once() forgot, is said by probe. */
static uint64_t report_held(const struct session *session)
{
	const struct image *image = session->losses.image;
	uint64_t held, forgotten, sum = 0;

	for (uint32_t i = 0; i < image->n_probes; i++) {
		const char *name = image_string(image, image->probes[i].name);

		held = losses_counted(&session->losses, i, ABI_COUNT_HELD);
		forgotten = losses_counted(&session->losses, i, ABI_COUNT_FORGOTTEN);
		if (held)
			message_note("%s: limit() held back %llu", name, (unsigned long long)held);
		if (forgotten)
			message_warning("%s: %llu keys of once() or limit() were forgotten to make room: "
					"raise max_map_keys", name, (unsigned long long)forgotten);
		sum += held;
	}
	return sum;
}

int ledger_close(struct session *session, struct sink_totals *totals)
{
	const struct events *events = &session->events;
	uint64_t sums[ABI_LEDGERS] = {0}, held;
	int err = ledger_is_kept(session) ? settle(session, sums) : 0;

	if (!err)
		err = losses_read(&session->losses, &session->sinks);
	if (err)
		return err;
	report_damaged(session);
	held = report_held(session);
	/* It would have been emitted: the kernel need not have tried. */
	*totals = (struct sink_totals){
		.attempted = sums[ABI_LEDGER_ATTEMPTED] + held,
		.filtered = sums[ABI_LEDGER_FILTERED],
		.emitted = sums[ABI_LEDGER_EMITTED] + held,
		.held = held,
		.stored = events->n_handled,
		.damaged = events->n_damaged,
		.unused = events->n_unused,
		.records = events->n_records,
	};
	for (int reason = 0; reason < ABI_LOST_REASONS; reason++)
		totals->lost += session->losses.total[reason];
	totals->lost += totals->damaged;
	totals->produced = totals->stored + totals->lost;
	if (ledger_is_kept(session) && !ledger_balances(totals))
		message_warning("the ledger does not balance: something was neither delivered nor "
				"counted as lost");
	return 0;
}

bool ledger_balances(const struct sink_totals *totals)
{
	return totals->attempted == totals->filtered + totals->emitted + totals->lost - totals->damaged &&
	       totals->emitted ==
		       totals->stored + totals->damaged + totals->held + totals->unused;
}

void ledger_tell(const struct sink_totals *totals)
{
	typedef unsigned long long number;

	message_note("In the kernel: %llu attempted = %llu filtered + %llu emitted + %llu lost",
		     (number)totals->attempted, (number)totals->filtered, (number)totals->emitted,
		     (number)(totals->lost - totals->damaged));
	message_note("In user space: %llu emitted = %llu stored + %llu lost + %llu held back + %llu "
		     "unused",
		     (number)totals->emitted, (number)totals->stored, (number)totals->damaged,
		     (number)totals->held, (number)totals->unused);
}
