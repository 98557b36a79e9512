/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A test passes if its program returns 0 and no assertion in it fails. A bench's time is what the
 * kernel itself measures of its program, so the system calls that run it do not count.
 */
#include "runtime/trials.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/message.h"
#include "runtime/runtime.h"
#include "runtime/session.h"

#define BENCH_RUNS 10000
/* So often the ring is read meanwhile: a bench may print. */
#define BENCH_ROUND 100

static int run_test(struct session *session, const struct attach_ops *ops,
		    const struct image_probe *probe, int program)
{
	struct trial trial = {.name = image_string(session->image, probe->first), .runs = 1};
	uint64_t from = clock_boot_now();
	int err;

	session->ring.shared->result = 0;
	session->events.status = 0;
	err = ops->attach(&session->attacher, probe, program);
	trial.ns = clock_boot_now() - from;
	if (!err)
		err = loop_drain(session);
	if (err)
		return err;
	trial.passed = !session->ring.shared->result && !session->events.status;
	session->events.exited = false;
	session->n_failed += !trial.passed;
	sinks_trial(&session->sinks, &trial);
	return 0;
}

/* What the kernel has counted of a program so far. */
static int read_statistics(int program, struct bpf_prog_info *info)
{
	uint32_t size = sizeof(*info);

	*info = (struct bpf_prog_info){0};
	return bpf_obj_get_info_by_fd(program, info, &size) ? -errno : 0;
}

static int run_bench(struct session *session, const struct attach_ops *ops,
		     const struct image_probe *probe, int program)
{
	struct trial trial = {.name = image_string(session->image, probe->first), .is_bench = true};
	struct bpf_prog_info before, after;
	int err = read_statistics(program, &before);

	for (uint32_t i = 0; !err && i < BENCH_RUNS && !session->events.exited; i++) {
		err = ops->attach(&session->attacher, probe, program);
		if (!err && i % BENCH_ROUND == BENCH_ROUND - 1)
			err = loop_drain(session);
	}
	if (!err)
		err = loop_drain(session);
	if (!err)
		err = read_statistics(program, &after);
	if (err)
		return err;
	session->events.exited = false;
	trial.runs = after.run_cnt - before.run_cnt;
	trial.ns = trial.runs ? (after.run_time_ns - before.run_time_ns) / trial.runs : 0;
	sinks_trial(&session->sinks, &trial);
	return 0;
}

int trials_run(struct session *session)
{
	const struct image *image = session->image;
	bool bench = session->options->mode == RUNTIME_BENCH;
	int statistics = -1, err = 0;
	uint32_t n = 0;

	if (bench) {
		statistics = bpf_enable_stats(BPF_STATS_RUN_TIME);
		if (statistics < 0) {
			message_error("Could not measure programs: %s", message_errno(errno));
			return -errno;
		}
	}
	for (uint32_t i = 0; !err && i < image->n_probes; i++) {
		const struct image_probe *probe = &image->probes[i];
		const struct attach_ops *ops = attach_find(image, probe);
		int program = session->loaded.programs[probe->program];

		if (!ops || ops->phase != (bench ? ATTACH_BENCH : ATTACH_TEST))
			continue;
		n++;
		err = (bench ? run_bench : run_test)(session, ops, probe, program);
	}
	if (statistics >= 0)
		close(statistics);
	if (n)
		return err;
	message_error("There are no %s probes in the script", bench ? "bench" : "test");
	return -ENOENT;
}
