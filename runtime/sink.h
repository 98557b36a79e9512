/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink takes finished results: pieces of output, maps, losses. Several can be open at once. A
 * sink's first error is said once, by the sink, and kept here; a run ends on it.
 */
#ifndef DUETRACE_RUNTIME_SINK_H
#define DUETRACE_RUNTIME_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/print/style.h"

struct image_event;
struct map_snapshot;
struct record_value;
struct runtime_error;
struct runtime_options;
struct sink;
struct value;

enum sink_id {
#define SINK(id, name) SINK_##id,
#include "runtime/sinks.def"
#undef SINK
	SINK_COUNT
};

/* What a sink wants to be given, so that nothing is made for nobody. */
enum {
	SINK_WANTS_TEXT = 1 << 0,   /* text of print(value) */
	SINK_WANTS_EXACT = 1 << 1,  /* text as it is */
	SINK_WANTS_SCREEN = 1 << 2, /* text that cannot drive a terminal */
};

enum output_kind {
	OUTPUT_PRINTF,
	OUTPUT_TIME,
	OUTPUT_VALUE,
	OUTPUT_CAT,
	OUTPUT_SYSTEM,
	OUTPUT_JOIN,
	OUTPUT_ERROR,
	OUTPUT_WARNING,
};

/* One thing that the script said. */
struct output {
	enum output_kind kind;
	uint64_t boot;	  /* ns; 0: not known */
	const char *text; /* exact; not set when no sink wants it */
	size_t length;
	const char *screen; /* for a terminal; the same as `text` unless escaped */
	size_t screen_length;
	const struct value *value; /* VALUE */
	const struct image_event *event; /* the call that said it */
};

/* Losses of one probe for one reason on one CPU. */
struct loss {
	int64_t from, to;   /* wall ns */
	const char *reason; /* "ring buffer full", "map full" */
	const char *probe;
	uint32_t cpu;
	uint64_t count;
};

/* The result of a test or bench probe. */
struct trial {
	const char *name; /* without the type of the probe */
	bool is_bench;
	bool passed; /* of a test */
	uint64_t ns; /* it took, on average */
	uint64_t runs;
};

/* See runtime/ledger.h. What the kernel counts is 0 where nobody asked for it. */
struct sink_totals {
	uint64_t produced;  /* stored + lost */
	uint64_t stored;    /* records that were read and handed on */
	uint64_t lost;	    /* in the kernel, and damaged */
	uint64_t attempted; /* in the kernel, like the next two */
	uint64_t filtered;
	uint64_t emitted;
	uint64_t damaged;
	uint64_t held;	  /* back by a limit */
	uint64_t unused;  /* no results: frames of stacks, what came after exit() */
	uint64_t records; /* of the script's: emit and alert */
};

/* A reason for a loss in user space. */
#define LOSS_DAMAGED "damaged record"

/* What a sink is opened with. All of it outlives the sink. */
struct sink_setup {
	const struct image *image;
	const struct runtime_options *options;
	const struct style *style; /* copied; `escape` is the sink's own matter */
	/* Whether something ends the run, for a sink that has to wait; NULL: nothing does. */
	bool (*is_over)(void *self);
	void *self;
};

/* Every function returns 0 or -errno after having said why; any may be NULL. */
struct sink_ops {
	const char *name;
	bool (*is_wanted)(const struct runtime_options *options);
	/* Sets `wants`; on failure nothing is left open. */
	int (*open)(struct sink *sink, const struct sink_setup *setup);
	int (*attached)(struct sink *sink, uint32_t probes);
	int (*output)(struct sink *sink, const struct output *output);
	int (*map)(struct sink *sink, const struct map_snapshot *map, uint64_t boot);
	int (*loss)(struct sink *sink, const struct loss *loss);
	int (*record)(struct sink *sink, const struct record_value *record);
	/* A program could not do what the script says; only if warnings are wanted. */
	int (*error)(struct sink *sink, const struct runtime_error *error);
	/* `n` events were lost since the last time. */
	int (*lost)(struct sink *sink, uint64_t n);
	int (*trial)(struct sink *sink, const struct trial *trial);
	/* After a round of reading; `idle`: nothing is waiting. */
	int (*tick)(struct sink *sink, bool idle);
	/* The script is over: end probes have run, maps follow. */
	int (*ending)(struct sink *sink);
	/* Write everything out. */
	int (*finish)(struct sink *sink, const struct sink_totals *totals);
	void (*close)(struct sink *sink);
};

#define SINK(id, name) extern const struct sink_ops sink_##name;
#include "runtime/sinks.def"
#undef SINK

struct sink {
	const struct sink_ops *ops; /* NULL: not open */
	struct style style;
	unsigned int wants;
	bool failed; /* has reported an error: gets nothing more */
	uint64_t n_missed; /* results that it was not given because of that */
	int watch;   /* descriptor that becomes readable when it fails on its own; 0: none */
	void *state;
};

struct sinks {
	struct sink list[SINK_COUNT];
	unsigned int wants; /* of all */
	int error;	    /* the first one; see sinks_failed() */
};

int sinks_open(struct sinks *sinks, const struct sink_setup *setup);
/* A result could not be kept. A reader that has gone and a user who insists are no failures. */
bool sinks_failed(const struct sinks *sinks);
void sinks_attached(struct sinks *sinks, uint32_t probes);
void sinks_output(struct sinks *sinks, const struct output *output);
void sinks_map(struct sinks *sinks, const struct map_snapshot *map, uint64_t boot);
void sinks_record(struct sinks *sinks, const struct record_value *record);
void sinks_error(struct sinks *sinks, const struct runtime_error *error);
void sinks_loss(struct sinks *sinks, const struct loss *loss);
void sinks_lost(struct sinks *sinks, uint64_t n);
void sinks_trial(struct sinks *sinks, const struct trial *trial);
void sinks_tick(struct sinks *sinks, bool idle);
void sinks_ending(struct sinks *sinks);
void sinks_finish(struct sinks *sinks, const struct sink_totals *totals);
void sinks_close(struct sinks *sinks);

#endif
