/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data probes: the rows of lang/events.def as data, and what attach points and `args` make of them.
 */
#ifndef DUETRACE_DATA_EVENT_H
#define DUETRACE_DATA_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/attach_point.h"

struct type;
struct unit;

enum data_kind {
#define DATA_KIND(kind, doc) DATA_##kind,
#include "lang/events.def"
	DATA_KINDS
};

enum data_event_id {
#define EVENT(provider, name, ...) DATA_EVENT_##provider##_##name,
#include "lang/events.def"
	DATA_EVENTS
};

/* A row EVENT, in the order of enum data_event_id. */
struct data_event {
	const char *provider, *name;
	const char *calls; /* names of system calls, with blanks between */
	const char *when;  /* the function that says whether a call is one; "ALWAYS" */
};

/* When an arg's function is called. */
enum data_at {
	DATA_AT_EXIT,  /* where the script uses it */
	DATA_AT_VIA,   /* the same; of rows EVENT_FORGETS it is kept when the operation begins */
	DATA_AT_TIMED, /* the same; it needs the time at which the operation began */
	DATA_AT_ENTRY, /* when the operation begins: the value is kept */
};

/* Rows EVENT_COMMON, then rows EVENT_ARG. A field of `args` has its row's index for an offset. */
struct data_arg {
	enum data_event_id event; /* DATA_EVENTS: common */
	const char *name;
	enum data_kind kind;
	enum data_at at;
	const char *function;
};

/* A row EVENT_HOOK. */
struct data_event_hook {
	enum data_event_id event;
	const char *tracepoint;
	const char *function; /* NULL: behind the last row */
};

extern const struct data_event_hook data_event_hooks[];
extern const struct data_event data_events[DATA_EVENTS];
extern const struct data_arg data_args[];

/* The function that is called when an operation begins, or NULL. */
const char *data_event_entry(uint32_t event);
/* The function that finds which ones a call is, or NULL: it is one. */
const char *data_event_each(uint32_t event);
/* The same when the operation begins. */
const char *data_event_first(uint32_t event);
/* Whether it is not known at the end how it was asked for. */
bool data_event_forgets(uint32_t event);
/* Whether requests of io_uring can be it. */
bool data_event_in_uring(uint32_t event);
/* The event of a target, or DATA_EVENTS if its probe type has none. */
enum data_event_id data_event_of(const struct target *target);
/* The type of `args`; those that all events have if the attach point is a pattern. */
const struct type *data_event_context(struct unit *unit, const struct target *target);
/* Whether a context is such a type. */
bool data_event_is_context(const struct type *context);
/* An enumerator of a kind, in a script that has data probes: the kernel has some of these names
 * too. */
bool data_event_enumerator(struct unit *unit, const char *name, const struct type **type,
			   int64_t *value);
/* What -lv says of a target's args. */
const char *data_event_arguments(struct unit *unit, const struct target *target);

#endif
