/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the rows of a plan against each other, so that decode, printing and maps can follow any
 * index, offset or count in it without looking again. The rules are those that image/image.h states
 * at each member, plus three limits that keep walks over types short: how deep they nest, how many
 * values one expands to, and how large it is.
 */
#include "image/image_check.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"

#define MAX_DEPTH     32
#define MAX_LEAVES    65536
#define MAX_SIZE      (1u << 20)
#define MAX_RECORD    65535
#define MAX_LHIST     1000
#define MAX_HIST_BITS 5
#define MAX_WIDTH     4096

/* What the walk over types has learned about each, by index. */
struct shape {
	uint32_t depth;
	uint32_t leaves;
};

struct check {
	const struct image *image;
	struct shape *shapes;
	char *why;
	size_t why_size;
};

static bool __attribute__((format(printf, 2, 3)))
bad(const struct check *check, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(check->why, check->why_size, format, args);
	va_end(args);
	return false;
}

static bool has_string(const struct check *check, uint32_t offset)
{
	return offset < check->image->header->strings.count;
}

static bool is_integer_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static bool is_aggregation(uint32_t kind)
{
	return kind >= IMAGE_COUNT && kind <= IMAGE_TSERIES;
}

static bool is_number(uint32_t kind)
{
	return kind == IMAGE_BOOL || kind == IMAGE_INT || kind == IMAGE_POINTER ||
	       kind == IMAGE_ENUM || kind == IMAGE_PROBE ||
	       (kind >= IMAGE_COUNT && kind <= IMAGE_AVG);
}

static bool in_range(uint32_t first, uint32_t n, uint32_t total)
{
	return first <= total && n <= total - first;
}

/* A type that type `index` is made of: it comes before and is a plain value. */
static bool check_part(const struct check *check, uint32_t index, uint32_t part,
		       struct shape *shape)
{
	if (part >= index)
		return bad(check, "type %u refers to type %u, which does not come before it", index,
			   part);
	/* a VOID with a size is a number that nothing here reads: a double of a C struct */
	if ((check->image->types[part].kind == IMAGE_VOID && !check->image->types[part].size) ||
	    is_aggregation(check->image->types[part].kind))
		return bad(check, "type %u holds a type that is no plain value", index);
	if (check->shapes[part].depth + 1 > shape->depth)
		shape->depth = check->shapes[part].depth + 1;
	return true;
}

static bool check_member(const struct check *check, uint32_t index, const struct image_field *field,
			 struct shape *shape)
{
	const struct image_type *type = &check->image->types[index], *part;
	uint64_t bits;

	if (!check_part(check, index, field->type, shape))
		return false;
	part = &check->image->types[field->type];
	shape->leaves += check->shapes[field->type].leaves;
	if (shape->leaves > MAX_LEAVES)
		return bad(check, "type %u has too many values", index);
	if (field->bits) {
		bits = (uint64_t)field->offset * 8 + field->bit + field->bits;
		if (field->bits > 64 || bits > (uint64_t)type->size * 8 ||
		    (part->kind != IMAGE_INT && part->kind != IMAGE_BOOL &&
		     part->kind != IMAGE_ENUM))
			return bad(check, "a bitfield of type %u does not fit", index);
	} else if (!in_range(field->offset, part->size, type->size)) {
		return bad(check, "a field of type %u lies outside it", index);
	}
	return true;
}

static bool check_fields(const struct check *check, uint32_t index, struct shape *shape)
{
	const struct image_type *type = &check->image->types[index];

	if (!in_range(type->first_field, type->n_fields, check->image->n_fields))
		return bad(check, "the fields of type %u lie outside the plan", index);
	for (uint32_t i = 0; i < type->n_fields; i++) {
		const struct image_field *field = &check->image->fields[type->first_field + i];

		if (!has_string(check, field->name))
			return bad(check, "a field of type %u has no name", index);
		if (type->kind != IMAGE_ENUM && !check_member(check, index, field, shape))
			return false;
	}
	return true;
}

static bool check_array(const struct check *check, uint32_t index, struct shape *shape)
{
	const struct image_type *type = &check->image->types[index];

	if (!check_part(check, index, type->elem, shape))
		return false;
	if ((uint64_t)check->image->types[type->elem].size * type->count > type->size ||
	    (uint64_t)check->shapes[type->elem].leaves * type->count > MAX_LEAVES)
		return bad(check, "the elements of type %u do not fit", index);
	shape->leaves = check->shapes[type->elem].leaves * type->count + 1;
	return true;
}

static bool check_size(const struct check *check, uint32_t index, bool fits)
{
	return fits ||
	       bad(check, "type %u has the size %u", index, check->image->types[index].size);
}

static bool check_kind(const struct check *check, uint32_t index, struct shape *shape)
{
	const struct image_type *type = &check->image->types[index];

	switch ((enum image_kind)type->kind) {
	case IMAGE_VOID:
	case IMAGE_COUNT:
	case IMAGE_HIST:
	case IMAGE_LHIST:
	case IMAGE_TSERIES:
		return true;
	case IMAGE_SUM:
	case IMAGE_MIN:
	case IMAGE_MAX:
	case IMAGE_AVG:
	case IMAGE_STATS:
		if (type->elem != IMAGE_NONE &&
		    (type->elem >= index ||
		     !image_kind_is_quantity(check->image->types[type->elem].kind)))
			return bad(check, "type %u is of no quantity", index);
		return true;
	case IMAGE_BOOL:
		return check_size(check, index, type->size == 1);
	case IMAGE_INT:
		return check_size(check, index, is_integer_size(type->size));
	case IMAGE_STRING:
		return check_size(check, index, type->size >= 1);
	case IMAGE_BUFFER:
		return check_size(check, index, type->size >= sizeof(uint32_t));
	case IMAGE_POINTER:
		if (type->elem != IMAGE_NONE && type->elem >= index)
			return bad(check, "type %u points to a type behind it", index);
		return check_size(check, index, type->size == 8);
	case IMAGE_PROBE:
	case IMAGE_USERNAME:
	case IMAGE_ERROR_NAME:
	case IMAGE_SIGNAL_NAME:
	case IMAGE_SYSCALL_NAME:
	case IMAGE_CGROUP_PATH:
	case IMAGE_KSYM:
	case IMAGE_BYTES:
	case IMAGE_DURATION:
		return check_size(check, index, type->size == 8);
	case IMAGE_USYM:
		return check_size(check, index, type->size >= sizeof(struct image_usym));
	case IMAGE_KSTACK:
	case IMAGE_USTACK:
		return check_size(check, index, type->size >= sizeof(struct abi_stack));
	case IMAGE_TIMESTAMP:
		return check_size(check, index, type->size >= sizeof(struct image_timestamp));
	case IMAGE_INET:
		return check_size(check, index, type->size >= sizeof(struct image_inet));
	case IMAGE_MACADDR:
		return check_size(check, index, type->size >= IMAGE_MACADDR_SIZE);
	case IMAGE_ARRAY:
		return check_array(check, index, shape);
	case IMAGE_ENUM:
		return check_size(check, index, is_integer_size(type->size)) &&
		       check_fields(check, index, shape);
	case IMAGE_STRUCT:
	case IMAGE_TUPLE:
		return check_fields(check, index, shape);
	case IMAGE_KINDS:
		break;
	}
	return false;
}

static bool check_types(const struct check *check)
{
	for (uint32_t i = 0; i < check->image->n_types; i++) {
		const struct image_type *type = &check->image->types[i];
		struct shape *shape = &check->shapes[i];

		shape->leaves = 1;
		if (type->kind >= IMAGE_KINDS)
			return bad(check, "type %u is of the unknown kind %u", i, type->kind);
		if (type->size > MAX_SIZE)
			return bad(check, "type %u is too large", i);
		if (!has_string(check, type->name))
			return bad(check, "type %u has no name", i);
		if (!check_kind(check, i, shape))
			return false;
		if (shape->depth > MAX_DEPTH)
			return bad(check, "type %u nests too deep", i);
	}
	return true;
}

/* An iterator's second part is the file that it is pinned to. */
static bool check_pin(const struct check *check, const struct image_probe *probe)
{
	const char *pin = check->image->strings + probe->second;
	size_t length = strlen(pin);

	if (strcmp(check->image->strings + probe->type, "iter") != 0 || !length)
		return true;
	return pin[0] == '/' && pin[length - 1] != '/' && length < PATH_MAX;
}

static bool check_programs(const struct check *check)
{
	const struct image *image = check->image;

	for (uint32_t i = 0; i < image->n_programs; i++)
		if (!has_string(check, image->programs[i].name))
			return bad(check, "program %u has no name", i);
	for (uint32_t i = 0; i < image->n_programs; i++)
		if (image->programs[i].role >= IMAGE_ROLES)
			return bad(check, "program %u is for nothing", i);
	for (uint32_t i = 0; i < image->n_probes; i++) {
		const struct image_probe *probe = &image->probes[i];

		if (probe->program >= image->n_programs)
			return bad(check, "probe %u has no program", i);
		if (!has_string(check, probe->type) || !has_string(check, probe->name) ||
		    !has_string(check, probe->first) || !has_string(check, probe->second))
			return bad(check, "probe %u has no name", i);
		if (!check_pin(check, probe))
			return bad(check, "probe %u is pinned to no path", i);
	}
	for (uint32_t i = 0; i < image->n_sites; i++)
		if (image->sites[i].probe >= image->n_probes ||
		    (i && image->sites[i].probe < image->sites[i - 1].probe))
			return bad(check, "site %u has no probe", i);
	return true;
}

/* Bytes that the value of a map takes, the word in front of a scalar's apart. 0: impossible. */
static uint64_t value_bytes(const struct image_map *map, const struct image_type *type)
{
	const int64_t *numbers = map->numbers;
	uint64_t range;

	switch ((enum image_kind)type->kind) {
	case IMAGE_COUNT:
	case IMAGE_SUM:
		return sizeof(struct abi_number);
	case IMAGE_MIN:
	case IMAGE_MAX:
		return sizeof(struct abi_extreme);
	case IMAGE_AVG:
	case IMAGE_STATS:
		return sizeof(struct abi_average);
	case IMAGE_HIST:
		if (numbers[0] < 0 || numbers[0] > MAX_HIST_BITS)
			return 0;
		return ABI_HIST_BUCKETS(numbers[0]) * 8;
	case IMAGE_LHIST:
		if (numbers[2] <= 0 || numbers[1] <= numbers[0])
			return 0;
		range = ((uint64_t)numbers[1] - (uint64_t)numbers[0]) / (uint64_t)numbers[2];
		return range > MAX_LHIST ? 0 : (range + 2) * 8;
	case IMAGE_TSERIES:
		if (numbers[0] <= 0 || numbers[1] <= 0 || numbers[1] > ABI_SERIES_MAX_COUNT ||
		    numbers[2] < 0 || numbers[2] >= ABI_SERIES_HOWS)
			return 0;
		return (uint64_t)numbers[1] * sizeof(struct abi_series);
	case IMAGE_VOID:
	case IMAGE_BOOL:
	case IMAGE_INT:
	case IMAGE_STRING:
	case IMAGE_BUFFER:
	case IMAGE_POINTER:
	case IMAGE_ARRAY:
	case IMAGE_STRUCT:
	case IMAGE_ENUM:
	case IMAGE_TUPLE:
	case IMAGE_PROBE:
	case IMAGE_TIMESTAMP:
	case IMAGE_INET:
	case IMAGE_MACADDR:
	case IMAGE_USERNAME:
	case IMAGE_ERROR_NAME:
	case IMAGE_SIGNAL_NAME:
	case IMAGE_SYSCALL_NAME:
	case IMAGE_CGROUP_PATH:
	case IMAGE_KSYM:
	case IMAGE_USYM:
	case IMAGE_KSTACK:
	case IMAGE_USTACK:
	case IMAGE_BYTES:
	case IMAGE_DURATION:
	case IMAGE_KINDS:
		break;
	}
	return type->size;
}

static bool check_key(const struct check *check, const struct image_map *map, const char *name)
{
	const struct image_type *key;

	if (map->flags & IMAGE_MAP_SCALAR)
		return map->key == IMAGE_NONE || bad(check, "%s has a key and has none", name);
	if (map->key >= check->image->n_types)
		return bad(check, "%s has a key of no type", name);
	key = &check->image->types[map->key];
	if (key->kind == IMAGE_VOID || is_aggregation(key->kind) || map->key_size == 0 ||
	    map->key_size > MAX_SIZE || key->size > map->key_size)
		return bad(check, "the key of %s does not fit", name);
	return true;
}

static bool check_map(const struct check *check, const struct image_map *map)
{
	const struct image_type *value;
	uint64_t bytes, prefix = map->flags & IMAGE_MAP_SCALAR ? 8 : 0;
	const char *name;

	if (!has_string(check, map->name) || !has_string(check, map->symbol))
		return bad(check, "a map has no name");
	name = image_string(check->image, map->name);
	if (!check_key(check, map, name))
		return false;
	if (map->value >= check->image->n_types)
		return bad(check, "%s has a value of no type", name);
	value = &check->image->types[map->value];
	bytes = value_bytes(map, value);
	if (bytes == 0 || map->value_size > MAX_SIZE || bytes + prefix > map->value_size)
		return bad(check, "the value of %s does not fit", name);
	if (is_aggregation(value->kind) != !!(map->flags & IMAGE_MAP_PERCPU))
		return bad(check, "%s is per CPU and no aggregation, or the reverse", name);
	return true;
}

static bool check_maps(const struct check *check)
{
	for (uint32_t i = 0; i < check->image->n_maps; i++)
		if (!check_map(check, &check->image->maps[i]))
			return false;
	return true;
}

static bool check_args(const struct check *check, uint32_t index)
{
	const struct image_event *event = &check->image->events[index];

	if (event->size < sizeof(struct abi_event) || event->size > MAX_RECORD)
		return bad(check, "event %u has the size %u", index, event->size);
	if (!in_range(event->first_arg, event->n_args, check->image->n_args))
		return bad(check, "the arguments of event %u lie outside the plan", index);
	for (uint32_t i = 0; i < event->n_args; i++) {
		const struct image_arg *arg = &check->image->args[event->first_arg + i];
		const struct image_type *type;
		uint32_t size;

		if (arg->type >= check->image->n_types)
			return bad(check, "argument %u of event %u has no type", i, index);
		type = &check->image->types[arg->type];
		size = type->size;
		if (type->kind == IMAGE_STRING)
			size = sizeof(struct abi_string);
		else if (type->kind == IMAGE_AVG || type->kind == IMAGE_STATS)
			size = sizeof(struct abi_average);
		else if (is_aggregation(type->kind))
			size = sizeof(struct abi_number);
		if (type->kind == IMAGE_VOID || type->kind == IMAGE_HIST ||
		    type->kind == IMAGE_LHIST || type->kind == IMAGE_TSERIES || arg->offset < sizeof(struct abi_event) ||
		    !in_range(arg->offset, size, event->size))
			return bad(check, "argument %u of event %u does not fit", i, index);
	}
	return true;
}

static bool check_piece(const struct check *check, const struct image_event *event,
			const struct image_piece *piece)
{
	uint32_t kind;

	if (piece->arg == IMAGE_NONE)
		return in_range(piece->text, piece->length, check->image->header->strings.count) ||
		       bad(check, "a literal of a format lies outside the plan");
	if (piece->arg >= event->n_args)
		return bad(check, "a format uses an argument that it has not");
	if (piece->width > MAX_WIDTH)
		return bad(check, "a format has a field that is too wide");
	kind = check->image->types[check->image->args[event->first_arg + piece->arg].type].kind;
	switch (piece->conversion) {
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		if (is_number(kind) && is_integer_size(piece->bytes))
			return true;
		break;
	case 'c':
	case 'p':
	case 'g':
		if (is_number(kind))
			return true;
		break;
	case 's':
		return true;
	case 'r':
		if (kind == IMAGE_BUFFER &&
		    (piece->variant == 0 || piece->variant == 'x' || piece->variant == 'h'))
			return true;
		break;
	}
	return bad(check, "a format does not fit its argument");
}

static bool check_pieces(const struct check *check, uint32_t index)
{
	const struct image_event *event = &check->image->events[index];

	if (!in_range(event->first_piece, event->n_pieces, check->image->n_pieces))
		return bad(check, "the format of event %u lies outside the plan", index);
	for (uint32_t i = 0; i < event->n_pieces; i++)
		if (!check_piece(check, event, &check->image->pieces[event->first_piece + i]))
			return false;
	return true;
}

/* The first `n` arguments are there, no others, and each is a 64-bit integer. */
static bool has_words(const struct check *check, const struct image_event *event, uint32_t n)
{
	if (event->n_args != n)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct image_arg *arg = &check->image->args[event->first_arg + i];
		const struct image_type *type = &check->image->types[arg->type];

		if (type->kind != IMAGE_INT || type->size != 8)
			return false;
	}
	return true;
}

/* The only argument has the bytes of a key of the event's map. */
static bool has_key(const struct check *check, const struct image_event *event)
{
	const struct image_map *map = &check->image->maps[event->map];
	const struct image_arg *arg = &check->image->args[event->first_arg];

	return event->n_args == 1 && !(map->flags & IMAGE_MAP_SCALAR) &&
	       check->image->types[arg->type].kind == IMAGE_TUPLE &&
	       in_range(arg->offset, map->key_size, event->size);
}

/* Behind the envelope: the container's name, then a value for each column. */
static bool check_record_event(const struct check *check, uint32_t index)
{
	const struct image *image = check->image;
	const struct image_event *event = &image->events[index];
	const struct image_record *record;
	const struct image_arg *args;

	if (event->record >= image->n_records)
		return bad(check, "event %u makes no record", index);
	record = &image->records[event->record];
	args = &image->args[event->first_arg];
	if (event->n_args != record->n_columns + 1 ||
	    event->size < sizeof(struct abi_event) + sizeof(struct abi_envelope) ||
	    image->types[args[0].type].kind != IMAGE_STRING)
		return bad(check, "event %u does not fit its record", index);
	for (uint32_t i = 0; i < event->n_args; i++)
		if (args[i].offset < sizeof(struct abi_event) + sizeof(struct abi_envelope))
			return bad(check, "argument %u of event %u does not fit", i, index);
	for (uint32_t i = 0; i < record->n_columns; i++)
		if (image->types[args[i + 1].type].kind !=
		    image->types[image->columns[record->first_column + i].type].kind)
			return bad(check, "event %u does not fit its record", index);
	return true;
}

/* What files() fills: two u64 to an u64. */
static bool is_identity_map(const struct image_map *map)
{
	return !(map->flags & IMAGE_MAP_SCALAR) && map->key_size == 2 * sizeof(uint64_t) &&
	       map->value_size == sizeof(uint64_t);
}

static bool is_stack(uint32_t kind)
{
	return kind == IMAGE_KSTACK || kind == IMAGE_USTACK;
}

static bool check_event(const struct check *check, uint32_t index)
{
	const struct image_event *event = &check->image->events[index];
	bool has_map = event->map < check->image->n_maps, fits = false;

	if (!check_args(check, index))
		return false;
	switch ((enum image_event_kind)event->kind) {
	case IMAGE_EVENT_PRINTF:
	case IMAGE_EVENT_CAT:
	case IMAGE_EVENT_SYSTEM:
	case IMAGE_EVENT_ERRORF:
	case IMAGE_EVENT_WARNF:
		return check_pieces(check, index);
	case IMAGE_EVENT_PRINT:
		fits = event->n_args == 1;
		break;
	case IMAGE_EVENT_PRINT_MAP:
		fits = has_map && has_string(check, event->text) && has_words(check, event, 2);
		break;
	case IMAGE_EVENT_PRINT_AT:
		fits = has_map && has_key(check, event);
		break;
	case IMAGE_EVENT_CLEAR:
	case IMAGE_EVENT_ZERO:
		fits = has_map;
		break;
	case IMAGE_EVENT_FILES:
		fits = has_map && is_identity_map(&check->image->maps[event->map]) && event->n_args == 1 &&
		       check->image->types[check->image->args[event->first_arg].type].kind == IMAGE_STRING;
		break;
	case IMAGE_EVENT_TIME:
		fits = has_string(check, event->text);
		break;
	case IMAGE_EVENT_EXIT:
	case IMAGE_EVENT_UNWATCH:
		fits = has_words(check, event, 1);
		break;
	case IMAGE_EVENT_JOIN:
		fits = has_string(check, event->text) && event->n_args == 1 &&
		       check->image->types[check->image->args[event->first_arg].type].kind ==
			       IMAGE_STRING;
		break;
	case IMAGE_EVENT_RECORD:
		return check_record_event(check, index);
	case IMAGE_EVENT_RUNTIME_ERROR:
		fits = has_string(check, event->text) && has_words(check, event, 2);
		break;
	case IMAGE_EVENT_STACK_SEEN:
		fits = event->n_args == 1 &&
		       is_stack(check->image->types[check->image->args[event->first_arg].type].kind);
		break;
	case IMAGE_EVENT_KINDS:
		break;
	}
	return fits || bad(check, "event %u does not fit its kind", index);
}

static bool check_events(const struct check *check)
{
	for (uint32_t i = 0; i < check->image->n_events; i++) {
		if (check->image->events[i].kind >= IMAGE_EVENT_KINDS)
			return bad(check, "event %u is of the unknown kind %u", i,
				   check->image->events[i].kind);
		if (!check_event(check, i))
			return false;
	}
	return true;
}

/* A name that goes into SQL and to a terminal. */
static bool is_identifier(const struct check *check, uint32_t offset)
{
	static const char first[] = "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char digits[] = "0123456789";
	const char *name;

	if (!has_string(check, offset))
		return false;
	name = image_string(check->image, offset);
	if (!*name || !strchr(first, *name))
		return false;
	while (*name && (strchr(first, *name) || strchr(digits, *name)))
		name++;
	return !*name;
}

static bool check_records(const struct check *check)
{
	const struct image *image = check->image;

	for (uint32_t i = 0; i < image->n_rules; i++)
		if (!is_identifier(check, image->rules[i].name) ||
		    !has_string(check, image->rules[i].about) ||
		    !has_string(check, image->rules[i].tags) ||
		    image->rules[i].severity >= IMAGE_SEVERITIES)
			return bad(check, "rule %u is damaged", i);
	for (uint32_t i = 0; i < image->n_columns; i++)
		if (!is_identifier(check, image->columns[i].name) ||
		    image->columns[i].type >= image->n_types)
			return bad(check, "column %u has no name or type", i);
	for (uint32_t i = 0; i < image->n_records; i++) {
		const struct image_record *record = &image->records[i];

		if (!is_identifier(check, record->name) ||
		    (record->rule != IMAGE_NONE && record->rule >= image->n_rules) ||
		    !in_range(record->first_column, record->n_columns, image->n_columns))
			return bad(check, "record %u is damaged", i);
	}
	return true;
}

static bool check_trees(const struct check *check)
{
	const struct image *image = check->image;

	if (image->n_trees > ABI_TREES)
		return bad(check, "it has %u trees of processes", image->n_trees);
	for (uint32_t i = 0; i < image->n_trees; i++)
		if (image->trees[i].source >= IMAGE_TREE_SOURCES ||
		    (image->trees[i].source == IMAGE_TREE_PARAMETER && !image->trees[i].number))
			return bad(check, "tree %u has no root", i);
	return true;
}

static bool check_parameters(const struct check *check)
{
	const struct image *image = check->image;

	for (uint32_t i = 0; i < image->n_parameters; i++) {
		const struct image_parameter *parameter = &image->parameters[i];

		if (parameter->index == 0 || parameter->index > 65535 ||
		    !has_string(check, parameter->text))
			return bad(check, "a parameter has the number %u", parameter->index);
		if (parameter->capacity > MAX_SIZE)
			return bad(check, "parameter $%u is too large", parameter->index);
	}
	for (uint32_t i = 0; i < image->n_settings; i++)
		if (!has_string(check, image->settings[i].name) ||
		    !has_string(check, image->settings[i].value))
			return bad(check, "a setting has no name");
	return true;
}

static bool check_members(const struct check *check)
{
	const struct image *image = check->image;

	for (uint32_t i = 0; i < image->n_members; i++) {
		const struct image_member *member = &image->members[i];

		if (member->kind > IMAGE_MEMBER_ENUMERATOR || !has_string(check, member->root) ||
		    !has_string(check, member->path) || member->type >= image->n_types ||
		    member->offset % sizeof(uint32_t))
			return bad(check, "member %u of the kernel's structs is none", i);
	}
	return true;
}

int image_check(const struct image *image, char *why, size_t why_size)
{
	struct check check = {.image = image, .why = why, .why_size = why_size};
	const struct image_header *header = image->header;
	bool fine;

	if (!has_string(&check, header->script) || !has_string(&check, header->sha256) ||
	    !has_string(&check, header->compiler)) {
		bad(&check, "its header has no names");
		return -EINVAL;
	}
	check.shapes = calloc(image->n_types + 1, sizeof(*check.shapes));
	if (!check.shapes)
		return -ENOMEM;
	fine = check_types(&check) && check_programs(&check) && check_maps(&check) &&
	       check_records(&check) && check_trees(&check) && check_events(&check) && check_parameters(&check) &&
	       check_members(&check);
	free(check.shapes);
	return fine ? 0 : -EINVAL;
}
