/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of probe types and what they share.
 */
#include "runtime/attach/attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/attach/refusal.h"
#include "runtime/message.h"
#include "runtime/settings.h"

/* Descriptors kept for everything but links. */
#define SPARE_FILES 64
/* So many links are closed before we end, which takes about a second. */
#define MAX_WAITED 12

static const struct attach_ops *const types[] = {
#define PROBE_TYPE(name, alias, form, section, scratch, doc, example) &attach_##name,
#include "lang/probes.def"
#undef PROBE_TYPE
};

const struct attach_ops *attach_find(const struct image *image, const struct image_probe *probe)
{
	const char *name = image_string(image, probe->type);

	for (unsigned int i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i]->name, name) == 0)
			return types[i];
	return NULL;
}

int attach_has_events(const struct image *image)
{
	for (uint32_t i = 0; i < image->n_probes; i++) {
		const struct attach_ops *ops = attach_find(image, &image->probes[i]);

		if (ops && (ops->phase == ATTACH_EVENT || ops->phase == ATTACH_SIGNAL))
			return 1;
	}
	return 0;
}

/*
 * A link takes a descriptor, on large machines one for each CPU: with many the soft limit of 1 024 is
 * not enough.
 */
static void raise_file_limit(const struct image *image)
{
	uint64_t cpus = (uint64_t)sysconf(_SC_NPROCESSORS_CONF), links = SPARE_FILES + image->n_sites;
	struct rlimit limit;

	for (uint32_t i = 0; i < image->n_probes; i++) {
		const struct attach_ops *ops = attach_find(image, &image->probes[i]);

		links += ops && ops->program_type == BPF_PROG_TYPE_PERF_EVENT ? cpus : 1;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= links)
		return;
	limit.rlim_cur = limit.rlim_max;
	/* Attaching says what is wrong if it was not enough. */
	(void)!setrlimit(RLIMIT_NOFILE, &limit);
}

int attacher_open(struct attacher *attacher, const struct image *image)
{
	*attacher = (struct attacher){.image = image, .tracefs = -1};
	raise_file_limit(image);
	return 0;
}

int attacher_keep(struct attacher *attacher, const struct image_probe *probe, int link)
{
	uint32_t capacity = attacher->capacity ? attacher->capacity * 2 : 64;
	struct attached *links = attacher->links;

	if (attacher->n_links == attacher->capacity) {
		links = realloc(links, capacity * sizeof(*links));
		if (!links) {
			close(link);
			return -ENOMEM;
		}
		attacher->links = links;
		attacher->capacity = capacity;
	}
	links[attacher->n_links++] =
		(struct attached){link, (uint32_t)(probe - attacher->image->probes)};
	return 0;
}

/* Those behind the first `n`. */
static void close_links(struct attacher *attacher, uint32_t n)
{
	while (attacher->n_links > n)
		close(attacher->links[--attacher->n_links].link);
}

/* A run that has nothing to trace is an error, whatever the probes are. */
static int check_any(const struct attacher *attacher, enum attach_phase phase)
{
	if (phase != ATTACH_EVENT || !attacher->n_missing || attacher->n_links)
		return 0;
	message_error("None of the probes could be attached");
	return -ENOENT;
}

/* Hooks that are tracepoints by name; one may have had another name before. */
static const struct {
	const char *program, *category, *event, *before;
} tracepoints[] = {
	{"data_uring_submit", "io_uring", "io_uring_submit_req", "io_uring_submit_sqe"},
	{"data_uring_complete", "io_uring", "io_uring_complete", "io_uring_complete"},
};

/* Links of hooks are nobody's alone. */
static int attach_hook(struct attacher *attacher, const char *name, int program)
{
	const struct image_probe *nobody = attacher->image->probes + attacher->image->n_probes;
	int link, err;

	for (size_t i = 0; i < sizeof(tracepoints) / sizeof(tracepoints[0]); i++) {
		if (strcmp(tracepoints[i].program, name) != 0)
			continue;
		err = attach_open_tracefs(attacher);
		if (!err)
			err = attach_tracepoint_event(attacher, nobody, tracepoints[i].category,
						      tracepoints[i].event, program);
		if (err == -ENOENT)
			err = attach_tracepoint_event(attacher, nobody, tracepoints[i].category,
						      tracepoints[i].before, program);
		/* A kernel without io_uring. */
		return err == -ENOENT ? 0 : err;
	}
	/* The others know from their section what they belong to. */
	link = bpf_raw_tracepoint_open(NULL, program);
	return link < 0 ? link : attacher_keep(attacher, nobody, link);
}

static int attach_hooks(struct attacher *attacher, const int *programs)
{
	const struct image *image = attacher->image;

	for (uint32_t i = 0; i < image->n_programs; i++) {
		const char *name = image_string(image, image->programs[i].name);
		int err;

		if (image->programs[i].role != IMAGE_ROLE_HOOK || programs[i] < 0)
			continue;
		err = attach_hook(attacher, name, programs[i]);
		if (err) {
			message_error("Could not attach %s: %s", name, message_errno(err));
			return err;
		}
	}
	return 0;
}

int attacher_run(struct attacher *attacher, enum attach_phase phase, const int *programs)
{
	const struct image *image = attacher->image;

	for (uint32_t i = 0; i < image->n_probes; i++) {
		const struct image_probe *probe = &image->probes[i];
		const struct attach_ops *ops = attach_find(image, probe);
		uint32_t before = attacher->n_links;
		int err;

		if (!ops || ops->phase != phase || !ops->attach)
			continue;
		/* It was said when the kernel did not take it. */
		if (programs[probe->program] < 0) {
			attacher->n_missing++;
			continue;
		}
		if (phase == ATTACH_EVENT)
			message_set_mode(attacher->missing);
		err = ops->attach(attacher, probe, programs[probe->program]);
		message_set_mode(MESSAGE_ERRORS);
		if (err && (phase != ATTACH_EVENT || attacher->missing == MESSAGE_ERRORS))
			return err;
		if (err) {
			attacher->n_missing++;
			close_links(attacher, before);
		}
	}
	if (phase == ATTACH_EVENT) {
		int err = attach_hooks(attacher, programs);

		if (err)
			return err;
	}
	return check_any(attacher, phase);
}

void attacher_detach(struct attacher *attacher)
{
	close_links(attacher, 0);
}

/*
 * Letting go of a tracepoint takes 80 ms (two grace periods under a mutex, so threads do not help):
 * half a minute for all system calls. A copy of this process shares the links; ours are then closed
 * at once, and its exit closes them for good.
 */
void attacher_detach_behind(struct attacher *attacher)
{
	if (attacher->n_links > MAX_WAITED && fork() == 0) {
		/* Whoever reads our output must see it end, and the terminal be free. */
		for (int fd = 0; fd <= STDERR_FILENO; fd++)
			close(fd);
		setsid();
		attacher_detach(attacher);
		_exit(0);
	}
	attacher_detach(attacher);
}

void attacher_close(struct attacher *attacher)
{
	attacher_detach(attacher);
	if (attacher->tracefs >= 0)
		close(attacher->tracefs);
	free(attacher->links);
	attacher->links = NULL;
	attacher->tracefs = -1;
}

int attacher_refused(struct attacher *attacher, const struct image_probe *probe, int err)
{
	refusal_report(attacher->image, probe, err);
	if (attacher->missing == MESSAGE_ERRORS)
		return err;
	attacher->n_missing++;
	return 0;
}

int attach_run_once(struct attacher *attacher, const struct image_probe *probe, int program)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	if (bpf_prog_test_run_opts(program, &options)) {
		int err = -errno;

		message_error("Could not run %s: %s", image_string(attacher->image, probe->name),
			      message_errno(err));
		return err;
	}
	return 0;
}
