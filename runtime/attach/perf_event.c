/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Perf events: opened on CPUs or for the threads of a process, each linked to the program.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/message.h"

#define ONLINE	 "/sys/devices/system/cpu/online"
#define MAX_CPUS 8192

/* What is being attached. */
struct job {
	struct attacher *attacher;
	const struct image_probe *probe;
	struct perf_event_attr *attr;
	int program;
};

static int try_one(const struct job *job, int pid, int cpu)
{
	LIBBPF_OPTS(bpf_link_create_opts, options);
	int event, link, err;

	event = (int)syscall(SYS_perf_event_open, job->attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0)
		return -errno;
	options.perf_event.bpf_cookie = (uint64_t)(job->probe - job->attacher->image->probes);
	link = bpf_link_create(job->program, event, BPF_PERF_EVENT, &options);
	err = link < 0 ? -errno : attacher_keep(job->attacher, job->probe, link);
	/* The link keeps the event, so its own descriptor is not needed. */
	close(event);
	return err;
}

/* How many threads a process has is not known before: room is made when there is none. */
static int attach_one(const struct job *job, int pid, int cpu)
{
	int err = try_one(job, pid, cpu);
	struct rlimit limit;

	if (err != -EMFILE || getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return err;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) ? err : try_one(job, pid, cpu);
}

/* One range of the list, "0" or "2-3". A CPU that has gone in the meantime is no error. */
static int attach_range(const struct job *job, long first, long last, bool one, uint32_t *n)
{
	for (long cpu = first; cpu <= last && cpu < MAX_CPUS; cpu++) {
		int err = attach_one(job, -1, (int)cpu);

		if (err && err != -ENODEV)
			return err;
		*n += !err;
		if (*n && one)
			break;
	}
	return 0;
}

/* The kernel's list of the CPUs that are online, "0-3,6": numbers may be missing, 0 as well. */
static int attach_cpus(const struct job *job, bool one)
{
	char list[4096] = "", *at = list;
	FILE *file = fopen(ONLINE, "re");
	uint32_t n = 0;
	int err = 0;

	if (file) {
		if (!fgets(list, sizeof(list), file))
			list[0] = '\0';
		fclose(file);
	}
	/* Without sysfs: whichever there are. */
	if (!*list)
		snprintf(list, sizeof(list), "0-%d", MAX_CPUS - 1);
	while (!err && *at >= '0' && *at <= '9' && !(one && n)) {
		long first = strtol(at, &at, 10);
		long last = *at == '-' ? strtol(at + 1, &at, 10) : first;

		err = attach_range(job, first, last, one, &n);
		at += *at == ',';
	}
	return err ? err : n ? 0 : -ENODEV;
}

static bool has_thread(const int *threads, uint32_t n, int thread)
{
	for (uint32_t i = 0; i < n; i++)
		if (threads[i] == thread)
			return true;
	return false;
}

/*
 * Attach to the threads of a folder that `threads` does not have yet; returns how many were new, or
 * -errno. A thread that has ended in the meantime is no error.
 */
static int attach_new_threads(const struct job *job, DIR *folder, int **threads, uint32_t *n)
{
	uint32_t before = *n;
	struct dirent *entry;

	rewinddir(folder);
	while ((entry = readdir(folder))) {
		int thread = (int)strtol(entry->d_name, NULL, 10), *more, err;

		if (thread <= 0 || has_thread(*threads, *n, thread))
			continue;
		more = realloc(*threads, (*n + 1) * sizeof(**threads));
		if (!more)
			return -ENOMEM;
		*threads = more;
		more[(*n)++] = thread;
		err = attach_one(job, thread, -1);
		if (err && err != -ESRCH)
			return err;
	}
	return (int)(*n - before);
}

/* The threads that one starts inherit its event, processes do not; until there is nothing new, some
 * may have none yet. */
static int attach_process(const struct job *job, int pid)
{
	uint32_t links = job->attacher->n_links, n = 0;
	int *threads = NULL, err;
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? -ESRCH : -errno;
	job->attr->inherit = 1;
	job->attr->inherit_thread = 1;
	do
		err = attach_new_threads(job, folder, &threads, &n);
	while (err > 0);
	closedir(folder);
	free(threads);
	return err ? err : job->attacher->n_links > links ? 0 : -ESRCH;
}

int attach_perf_event(struct attacher *attacher, const struct image_probe *probe,
		      struct perf_event_attr *attr, int program, enum perf_scope scope)
{
	struct job job = {attacher, probe, attr, program};
	int pid = scope >= PERF_TARGET ? attacher->target : 0;

	if (!pid && scope == PERF_PROCESS)
		pid = attacher->child;
	return pid ? attach_process(&job, pid) : attach_cpus(&job, scope == PERF_ONE_CPU);
}

int attach_clock(struct attacher *attacher, const struct image_probe *probe, int program,
		 enum perf_scope scope)
{
	const struct image *image = attacher->image;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
	};
	bool frequency = strcmp(image_string(image, probe->first), "hz") == 0;
	int err = -EINVAL;

	if (frequency) {
		attr.freq = 1;
		attr.sample_freq = probe->number;
	} else {
		attr.sample_period = probe->number;
	}
	if (probe->number)
		err = attach_perf_event(attacher, probe, &attr, program, scope);
	if (err == -EINVAL && frequency)
		message_error("Could not attach %s: the frequency is 0 or above "
			      "/proc/sys/kernel/perf_event_max_sample_rate",
			      image_string(image, probe->name));
	else if (err)
		message_error("Could not attach %s: %s", image_string(image, probe->name),
			      message_errno(err));
	return err;
}
