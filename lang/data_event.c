/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See data_event.h. A field of `args` has no place in a record: its function is called where it is
 * used. So its offset is only which row it is.
 */
#include "lang/data_event.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/type.h"
#include "lang/unit.h"

/* The name of a type of `args` says that it is one of these. */
#define CONTEXT_NAME  "data"
#define TEXT_CAPACITY 4096

const struct data_event data_events[DATA_EVENTS] = {
#define EVENT(provider, name, calls, when, ...)                                                    \
	[DATA_EVENT_##provider##_##name] = {#provider, #name, calls, #when},
#include "lang/events.def"
};

const struct data_arg data_args[] = {
#define EVENT_COMMON(arg, kind, at, function, doc)                                                 \
	{DATA_EVENTS, #arg, DATA_##kind, DATA_AT_##at, #function},
#include "lang/events.def"
#define EVENT_ARG(provider, event, arg, kind, function, doc)                                       \
	{DATA_EVENT_##provider##_##event, #arg, DATA_##kind, DATA_AT_EXIT, #function},
#define EVENT_KEPT(provider, event, arg, kind, function, doc)                                      \
	{DATA_EVENT_##provider##_##event, #arg, DATA_##kind, DATA_AT_ENTRY, #function},
#include "lang/events.def"
};

struct function {
	enum data_event_id event;
	const char *name;
};

static const struct function entries[] = {
#define EVENT_ENTRY(provider, event, function) {DATA_EVENT_##provider##_##event, #function},
#include "lang/events.def"
};

static const struct function each[] = {
#define EVENT_EACH(provider, event, function) {DATA_EVENT_##provider##_##event, #function},
#include "lang/events.def"
};

static const struct function first[] = {
#define EVENT_FIRST(provider, event, function) {DATA_EVENT_##provider##_##event, #function},
#include "lang/events.def"
};

static const char *find_function(const struct function *functions, size_t n, uint32_t event)
{
	for (size_t i = 0; i < n; i++)
		if (functions[i].event == event)
			return functions[i].name;
	return NULL;
}

const char *data_event_entry(uint32_t event)
{
	return find_function(entries, sizeof(entries) / sizeof(entries[0]), event);
}

const char *data_event_each(uint32_t event)
{
	return find_function(each, sizeof(each) / sizeof(each[0]), event);
}

const char *data_event_first(uint32_t event)
{
	return find_function(first, sizeof(first) / sizeof(first[0]), event);
}

static const enum data_event_id forgetful[] = {
#define EVENT_FORGETS(provider, event) DATA_EVENT_##provider##_##event,
#include "lang/events.def"
};

static bool is_one_of(const enum data_event_id *events, size_t n, uint32_t event)
{
	for (size_t i = 0; i < n; i++)
		if (events[i] == event)
			return true;
	return false;
}

bool data_event_forgets(uint32_t event)
{
	return is_one_of(forgetful, sizeof(forgetful) / sizeof(forgetful[0]), event);
}

static const enum data_event_id in_uring[] = {
#define EVENT_URING(provider, event) DATA_EVENT_##provider##_##event,
#include "lang/events.def"
};

bool data_event_in_uring(uint32_t event)
{
	return is_one_of(in_uring, sizeof(in_uring) / sizeof(in_uring[0]), event);
}

const struct data_event_hook data_event_hooks[] = {
#define EVENT_HOOK(provider, event, tracepoint, function)                                          \
	{DATA_EVENT_##provider##_##event, #tracepoint, #function},
#include "lang/events.def"
	{DATA_EVENTS, NULL, NULL},
};

#define ARGS (sizeof(data_args) / sizeof(data_args[0]))

static const char *const kind_names[DATA_KINDS] = {
#define DATA_KIND(kind, doc) #kind,
#include "lang/events.def"
};

static const struct {
	enum data_kind kind;
	const char *name;
	int64_t value;
} values[] = {
#define DATA_VALUE(kind, name, value) {DATA_##kind, #name, value},
#include "lang/events.def"
};

#define VALUES (sizeof(values) / sizeof(values[0]))

enum data_event_id data_event_of(const struct target *target)
{
	uint32_t i = 0;

	while (i < DATA_EVENTS && (strcmp(data_events[i].provider, target->type->name) ||
				   strcmp(data_events[i].name, target->first)))
		i++;
	return (enum data_event_id)i;
}

static const struct type *enum_type(struct types *types, enum data_kind kind)
{
	struct type_field fields[VALUES];
	uint32_t n = 0;

	for (uint32_t i = 0; i < VALUES; i++)
		if (values[i].kind == kind)
			fields[n++] = (struct type_field){.name = values[i].name,
							  .value = values[i].value};
	return type_enum(types, kind_names[kind], fields, n, 4, false);
}

static const struct type *kind_type(const struct unit *unit, enum data_kind kind)
{
	struct types *types = unit->types;

	switch (kind) {
	case DATA_int64:
		return type_int(types, 8, true);
	case DATA_int32:
		return type_int(types, 4, true);
	case DATA_uint64:
		return type_int(types, 8, false);
	case DATA_uint32:
		return type_int(types, 4, false);
	case DATA_boolean:
		return type_bool(types);
	case DATA_text:
		return type_string(types, TEXT_CAPACITY);
	case DATA_line:
		return type_string(types, unit->options->max_strlen < TEXT_CAPACITY ? unit->options->max_strlen : TEXT_CAPACITY);
	case DATA_inet:
		return type_simple(types, TYPE_INET, false);
	case DATA_via:
	case DATA_file_type:
	case DATA_family:
	case DATA_protocol:
	case DATA_KINDS:
		break;
	}
	return enum_type(types, kind);
}

const struct type *data_event_context(struct unit *unit, const struct target *target)
{
	enum data_event_id event = *target->second ? DATA_EVENTS : data_event_of(target);
	struct type_field fields[ARGS];
	uint32_t n = 0;

	for (uint32_t i = 0; i < ARGS; i++) {
		if (data_args[i].event != DATA_EVENTS && data_args[i].event != event)
			continue;
		fields[n++] = (struct type_field){.name = data_args[i].name,
						  .type = kind_type(unit, data_args[i].kind),
						  .offset = i};
	}
	return type_struct(unit->types, TYPE_CONTEXT, CONTEXT_NAME, fields, n, 8, 8);
}

bool data_event_is_context(const struct type *context)
{
	return context->kind == TYPE_CONTEXT && !strcmp(context->name, CONTEXT_NAME);
}

static bool has_data_probe(const struct unit *unit)
{
	for (const struct probe *probe = unit->program.probes; probe; probe = probe->next)
		if (probe->n_targets && data_event_of(&probe->targets[0]) != DATA_EVENTS)
			return true;
	return false;
}

bool data_event_enumerator(struct unit *unit, const char *name, const struct type **type,
			   int64_t *value)
{
	for (uint32_t i = 0; i < VALUES; i++) {
		if (strcmp(values[i].name, name) || !has_data_probe(unit))
			continue;
		*type = enum_type(unit->types, values[i].kind);
		*value = values[i].value;
		return true;
	}
	return false;
}

static const char *type_word(struct unit *unit, enum data_kind kind)
{
	const struct type *type = kind_type(unit, kind);

	return type->kind == TYPE_STRING ? "string" : type_text(unit->arena, type);
}

const char *data_event_arguments(struct unit *unit, const struct target *target)
{
	enum data_event_id event = data_event_of(target);
	struct arena_buffer out = {.arena = unit->arena};

	for (uint32_t i = 0; i < ARGS; i++)
		if (data_args[i].event == event || data_args[i].event == DATA_EVENTS)
			arena_buffer_printf(&out, "    %s %s\n", type_word(unit, data_args[i].kind),
					    data_args[i].name);
	return out.text;
}
