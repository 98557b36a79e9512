/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attach_ops per row of lang/probes.def, in runtime/attach/<name>.c. A probe is attached by its
 * index, which is the cookie that its program finds.
 */
#ifndef DUETRACE_RUNTIME_ATTACH_H
#define DUETRACE_RUNTIME_ATTACH_H

#include <bpf/bpf.h>
#include <stdint.h>

#include "runtime/message.h"

struct bpf_program;
struct image;
struct image_probe;

enum attach_phase {
	ATTACH_BEGIN, /* runs once before the events */
	ATTACH_EVENT, /* stays attached */
	ATTACH_SIGNAL, /* runs each time that we get SIGUSR1 */
	ATTACH_END,   /* runs once after them */
	ATTACH_TEST,  /* runs in the mode of that name only */
	ATTACH_BENCH,
};

/* A probe may have several links: one a CPU, or one a thread. */
struct attached {
	int link; /* descriptor */
	uint32_t probe;
};

struct attacher {
	const struct image *image;
	struct attached *links;
	uint32_t n_links, capacity;
	int tracefs; /* opened by the first that needs it; -1: not yet */
	uint32_t n_missing;	   /* probes that are not attached, which is no error */
	enum message_mode missing; /* what those are that cannot be attached */
	int target;  /* process of -p, or 0 */
	int child;   /* process of -c or --run, or 0 */
	int user;    /* process in which probes of user space are attached, or 0: in all */
	const char *checked; /* path of the last file that was found to be the right one */
	int uprobe_type; /* number of the perf events that are uprobes; 0: not read yet */
	/* Empty the ring: what runs long before events are read calls it now and then. */
	int (*drain)(void *self);
	void *drain_self;
};

struct attach_ops {
	const char *name;
	enum attach_phase phase;
	enum bpf_prog_type program_type;
	/*
	 * Instead of the program's type: say all that libbpf must know to load a program, of which
	 * this is the first probe. A descriptor that libbpf needs until then goes to *held, to be
	 * closed. On failure says why and returns -errno. NULL: the type is enough.
	 */
	int (*prepare)(const struct image *image, const struct image_probe *probe,
		       struct bpf_program *program, int *held);
	/*
	 * Attach (or, in the other phases than EVENT, run) a loaded program. On failure says why and
	 * returns -errno. NULL: hooks serve it, programs of IMAGE_ROLE_HOOK, which attacher_run()
	 * attaches once.
	 */
	int (*attach)(struct attacher *attacher, const struct image_probe *probe, int program);
	/* How the programs of a probe are attached, if the kernel wants to know before; NULL: it does not. */
	enum bpf_attach_type (*expected)(const struct image *image, const struct image_probe *probe);
};

#define PROBE_TYPE(name, alias, form, section, scratch, doc, example) extern const struct attach_ops attach_##name;
#include "lang/probes.def"
#undef PROBE_TYPE

/* The operations of a probe, or NULL when this build has none of that type. */
const struct attach_ops *attach_find(const struct image *image, const struct image_probe *probe);
/* Is there anything to wait for? Without, a run ends after its begin probes. */
int attach_has_events(const struct image *image);

int attacher_open(struct attacher *attacher, const struct image *image);
/*
 * Go through all probes of one phase in source order; programs[i] is the descriptor of the plan's
 * program i.
 */
int attacher_run(struct attacher *attacher, enum attach_phase phase, const int *programs);
/* Detach everything. */
void attacher_detach(struct attacher *attacher);
/*
 * The same when the programs are already off and this process is about to end: what takes the
 * kernel long is left to a process of its own that holds nothing but the links.
 */
void attacher_detach_behind(struct attacher *attacher);
void attacher_close(struct attacher *attacher);
/* Let go of the watchpoints of an address. */
void attacher_unwatch(struct attacher *attacher, uint64_t address);
/* Take over a link's descriptor. 0, or -ENOMEM after closing it. */
int attacher_keep(struct attacher *attacher, const struct image_probe *probe, int link);

/* For the types: */
/*
 * The kernel does not give one of several probes that are attached together: says so, and returns
 * `err`, or 0 if the user wants the others all the same.
 */
int attacher_refused(struct attacher *attacher, const struct image_probe *probe, int err);
/* Run a program once by BPF_PROG_TEST_RUN. */
int attach_run_once(struct attacher *attacher, const struct image_probe *probe, int program);
struct perf_event_attr;
/* Where a perf event counts. */
enum perf_scope {
	PERF_ONE_CPU,	/* the first that is online, every task */
	PERF_EVERY_CPU, /* all that are online, every task */
	PERF_TARGET,	/* all threads of the process of -p, if one is given; else every CPU */
	PERF_PROCESS,	/* the same, or those of the command */
};
/*
 * Open perf events and link the program to each. 0 or -errno; says nothing. Threads that come later
 * count too.
 */
int attach_perf_event(struct attacher *attacher, const struct image_probe *probe,
		      struct perf_event_attr *attr, int program, enum perf_scope scope);
/* The same of the software clock, with the period or frequency that the probe has; says why not. */
int attach_clock(struct attacher *attacher, const struct image_probe *probe, int program,
		 enum perf_scope scope);

/* Find tracefs, once; says why when it cannot. */
int attach_open_tracefs(struct attacher *attacher);
/* Link a program to a tracepoint. 0 or -errno, -ENOENT if there is none; says nothing. */
int attach_tracepoint_event(struct attacher *attacher, const struct image_probe *probe,
			    const char *category, const char *event, int program);

#endif
