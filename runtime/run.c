/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run from loading to the last line of output. The order is the language's: begin probes, then
 * everything is attached and announced, then events until something ends it, then everything is
 * detached, what is still in the ring is printed, end probes run, maps are printed.
 */
#include "runtime/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"
#include "runtime/command.h"
#include "runtime/ledger.h"
#include "runtime/maps.h"
#include "runtime/message.h"
#include "runtime/person.h"
#include "runtime/print/gfp.h"
#include "runtime/privileges.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/signals.h"
#include "runtime/terminal.h"
#include "runtime/trials.h"
#include "runtime/trees.h"

/* Exit statuses of --fail-on and --strict. */
#define STATUS_RULE_FIRED 3
#define STATUS_LOST	  4
#define NOTIFY_VARIABLE "__BPFTRACE_NOTIFY_PROBES_ATTACHED"

static int map_fd(const struct session *session, const struct image_map *map)
{
	return session->loaded.maps[map - session->image->maps];
}

/* A map that no program uses is not in the object: it is empty, and stays so. */
static int read_map(void *self, const struct image_map *map, struct map_raw *raw)
{
	struct session *session = self;

	if (map_fd(session, map) < 0) {
		memset(raw, 0, sizeof(*raw));
		return 0;
	}
	return map_raw_read(map, map_fd(session, map), session->loaded.cpus, raw);
}

static int clear_map(void *self, const struct image_map *map)
{
	struct session *session = self;

	return map_fd(session, map) < 0
		       ? 0
		       : map_clear(map, map_fd(session, map), session->loaded.cpus);
}

static int zero_map(void *self, const struct image_map *map)
{
	struct session *session = self;

	return map_fd(session, map) < 0 ? 0
					: map_zero(map, map_fd(session, map), session->loaded.cpus);
}

static int add_files(void *self, const struct image_map *map, const char *folder)
{
	struct session *session = self;

	return map_fd(session, map) < 0
		       ? 0
		       : map_add_files(map, map_fd(session, map), session->loaded.cpus, folder);
}

static void unwatch(void *self, uint64_t address)
{
	struct session *session = self;

	attacher_unwatch(&session->attacher, address);
}

static int start_child(struct session *session)
{
	const struct runtime_options *options = session->options;
	char **words = NULL;
	int err = 0;

	if (options->argv)
		return child_start(&session->child, options->argv, true);
	if (!options->command)
		return 0;
	err = command_split(options->command, &words);
	if (err)
		message_error("Could not split the command '%s': %s", options->command,
			      err == -EINVAL ? "a quote is not closed, or there is no word"
					     : message_errno(err));
	else
		err = child_start(&session->child, words, false);
	free(words);
	return err;
}

/* Before anything is loaded: that there is no such process is known at once. */
static int watch_target(struct session *session)
{
	int pid = session->options->target;

	if (!pid)
		return 0;
	session->target = (int)syscall(SYS_pidfd_open, pid, 0);
	if (session->target >= 0)
		return 0;
	message_error("Could not watch process %d: %s", pid, message_errno(errno));
	return -errno;
}

static bool is_over(void *self)
{
	return loop_is_over(self);
}

static int open_sinks(struct session *session)
{
	struct sink_setup setup = {
		.image = session->image,
		.options = session->options,
		.style = &session->events.style,
		.is_over = is_over,
		.self = session,
	};

	session->has_output = true;
	return sinks_open(&session->sinks, &setup);
}

/* -p and -c say whose user space is traced; --run traces all that comes of a command. */
static int user_process(const struct session *session)
{
	const struct runtime_options *options = session->options;

	return options->target ? options->target : options->command ? (int)session->child.pid : 0;
}

static int drain(void *self)
{
	return loop_drain(self);
}

static int open_reader(struct session *session)
{
	struct loaded *loaded = &session->loaded;
	int err = ring_open(&session->ring, loaded->ring, loaded->ring_size, loaded->shared);

	if (!err)
		err = losses_open(&session->losses, session->image, loaded->lost, loaded->cpus);
	if (!err)
		err = loop_open(session);
	if (!err)
		err = attacher_open(&session->attacher, session->image);
	session->attacher.missing = settings_missing_probes(session->image, session->options);
	session->attacher.target = session->options->target;
	session->attacher.child = (int)session->child.pid;
	session->attacher.user = user_process(session);
	session->attacher.drain = drain;
	session->attacher.drain_self = session;
	if (err)
		message_error("Could not set up the reader: %s", message_errno(err));
	return err;
}

/* Before the command runs: who ends early is known by what was told of it. */
static void follow_mappings(struct session *session)
{
	struct symbols *symbols =
		session->stacks.options.follow ? stacks_symbols(&session->stacks) : NULL;

	session->mappings = symbols ? symbols_fd(symbols) : -1;
}

static int prepare(struct session *session)
{
	int err;

	session->signals = signals_open();
	if (session->signals < 0) {
		message_error("Could not catch signals: %s", message_errno(session->signals));
		return session->signals;
	}
	err = watch_target(session);
	if (!err)
		err = start_child(session);
	if (!err)
		err = load_image(&session->loaded, session->image, session->options,
				 &session->clock, (uint32_t)session->child.pid);
	if (!err && !session->options->dry_run)
		err = open_sinks(session);
	if (!err)
		follow_mappings(session);
	if (!err)
		err = open_reader(session);
	return err;
}

/* Scripts and test drivers wait for this word on stdout before they start what is to be traced. */
static void announce(struct session *session)
{
	static const char word[] = NOTIFY_VARIABLE "\n";

	if (session->has_output && !session->options->quiet)
		sinks_attached(&session->sinks,
			       session->image->n_probes - session->attacher.n_missing);
	sinks_tick(&session->sinks, true);
	if (getenv(NOTIFY_VARIABLE))
		(void)!write(STDOUT_FILENO, word, sizeof(word) - 1);
}

/* Before anything asks what is in them. */
static int start_trees(struct session *session)
{
	int err;

	session->ring.shared->seeding = 1;
	err = trees_start(&session->loaded, session->image, session->options,
			  (uint32_t)session->child.pid, &session->trees);
	session->ring.shared->seeding = 0;
	return err;
}

/* What is in files that we may not open any more later. */
static void read_ahead(const struct image *image)
{
	for (uint32_t i = 0; i < image->n_pieces; i++)
		if (image->pieces[i].conversion == 'g') {
			gfp_read();
			break;
		}
}

static int attach(struct session *session)
{
	int err = start_trees(session);

	if (!err && !session->options->dry_run)
		err = attacher_run(&session->attacher, ATTACH_BEGIN, session->loaded.programs);
	if (!err)
		err = attacher_run(&session->attacher, ATTACH_EVENT, session->loaded.programs);
	if (!err)
		read_ahead(session->image);
	if (!err)
		err = privileges_drop(session->image, session->options);
	if (!err)
		announce(session);
	return err;
}

static const char *release_name(const struct runtime_options *options)
{
	return options->argv ? options->argv[0] : options->command;
}

static int trace(struct session *session)
{
	int err;

	if (session->options->mode != RUNTIME_TRACE && !session->options->dry_run)
		return trials_run(session);
	err = attach(session);

	if (err || session->options->dry_run)
		return err;
	/* What begin asked for is there before the command is. */
	if (session->child.pid)
		err = loop_drain(session);
	if (!err && session->child.pid)
		err = child_release(&session->child, release_name(session->options));
	/* Without events or a command there is nothing to wait for. */
	if (!err && (session->child.pid || attach_has_events(session->image)))
		err = loop_run(session);
	return err;
}

struct named_map {
	const char *name;
	const struct image_map *map;
};

static int compare_names(const void *a, const void *b)
{
	const struct named_map *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static int print_maps(struct session *session)
{
	const struct image *image = session->image;
	struct named_map *maps;
	int err = 0;

	if (!settings_print_maps(image, session->options))
		return 0;
	maps = calloc(image->n_maps + 1, sizeof(*maps));
	if (!maps)
		return -ENOMEM;
	for (uint32_t i = 0; i < image->n_maps; i++) {
		maps[i].map = &image->maps[i];
		maps[i].name = image_string(image, image->maps[i].name);
	}
	qsort(maps, image->n_maps, sizeof(*maps), compare_names);
	for (uint32_t i = 0; !err && i < image->n_maps; i++)
		if (!(maps[i].map->flags & IMAGE_MAP_NO_PRINT))
			err = events_print_map(&session->events, maps[i].map, 0, 0, false, 0);
	free(maps);
	return err;
}

/* The script's own last words. */
static int end(struct session *session)
{
	int err = attacher_run(&session->attacher, ATTACH_END, session->loaded.programs);

	if (!err)
		err = loop_drain(session);
	sinks_ending(&session->sinks);
	return err ? err : print_maps(session);
}

/* After the last event: end probes, maps, losses, and the sinks' own end. */
static int finish(struct session *session)
{
	struct events *events = &session->events;
	struct sink_totals totals = {0};
	int err;

	if (session->attacher.n_links)
		ring_turn_off(&session->ring);
	err = loop_drain(session);
	/* exit() ended the events; end probes speak all the same. */
	events->exited = false;
	if (session->options->mode == RUNTIME_TRACE && !err)
		err = end(session);
	if (!err)
		err = ledger_close(session, &totals);
	session->lost = totals.lost;
	if (session->options->verbose && !err)
		ledger_tell(&totals);
	sinks_finish(&session->sinks, &totals);
	if (session->person && session->options->mode == RUNTIME_TRACE && !err)
		person_summary(session, &totals);
	return err;
}

static void tell(const struct session *session)
{
	const struct events *events = &session->events;

	if (events->n_damaged)
		message_warning("%llu damaged records", (unsigned long long)events->n_damaged);
	if (session->options->verbose)
		message_note("Read %llu records with %llu waits; the window moved %llu times",
			     (unsigned long long)session->n_records,
			     (unsigned long long)session->n_wakeups,
			     (unsigned long long)session->ring.n_remaps);
}

static void close_session(struct session *session)
{
	/* For the second time, unless the run never came to its end. */
	if (session->ring.shared)
		session->ring.shared->off = 1;
	sinks_close(&session->sinks);
	status_clear(true);
	events_free(&session->events);
	losses_close(&session->losses);
	ring_close(&session->ring);
	stacks_free(&session->stacks);
	load_free(&session->loaded);
	child_stop(&session->child);
	if (session->epoll >= 0)
		close(session->epoll);
	if (session->target >= 0)
		close(session->target);
	if (session->trees >= 0)
		close(session->trees);
	signals_close();
	/* Last, because nothing else must be open in a process that detaches behind us. */
	attacher_detach_behind(&session->attacher);
	attacher_close(&session->attacher);
}

static void init_session(struct session *session, const struct image *image,
			 const struct runtime_options *options)
{
	memset(session, 0, sizeof(*session));
	session->image = image;
	session->options = options;
	session->epoll = -1;
	session->signals = -1;
	session->target = -1;
	session->mappings = -1;
	session->trees = -1;
	session->attacher.tracefs = -1;
	session->child = (struct child){.pidfd = -1, .go = -1, .failure = -1};
	session->person = !options->quiet && !options->output && options->format == RUNTIME_TEXT &&
			  terminal_can_redraw(STDERR_FILENO) && isatty(STDOUT_FILENO);
	message_set_color(options->color && (options->color_always || isatty(STDERR_FILENO)));
	clock_base_take(&session->clock);
	if (!settings_boot_fits(image))
		message_warning("the image was made before the machine was started: addresses of the "
				"kernel in it are wrong");
	session->stacks.options = settings_symbols(image);
	session->events = (struct events){
		.image = image,
		.style = {.image = image,
			  .clock = &session->clock,
			  .stacks = &session->stacks,
			  .trailer = settings_trailer(image, options)},
		.sinks = &session->sinks,
		.worst = -1,
		.warnings = options->warnings,
		.maps = {read_map, clear_map, zero_map, add_files, session},
		.probes = {unwatch, session},
	};
}

static int exit_status(struct session *session, int err)
{
	if (err || session->events.error || sinks_failed(&session->sinks) || session->n_failed)
		return 1;
	/* The script's own word counts more than that of the command it watched. */
	if (session->options->fail_on && session->events.worst >= session->options->fail_on - 1)
		return STATUS_RULE_FIRED;
	if (session->options->strict && session->lost)
		return STATUS_LOST;
	if (session->events.status || !session->options->argv)
		return session->events.status;
	return session->child.status;
}

int runtime_run(const struct image *image, const struct runtime_options *options)
{
	struct session session;
	int err, status;

	init_session(&session, image, options);
	err = prepare(&session);
	if (!err) {
		err = trace(&session);
		if (!options->dry_run && !err)
			err = finish(&session);
		tell(&session);
	}
	child_stop(&session.child);
	status = exit_status(&session, err);
	close_session(&session);
	return status;
}
