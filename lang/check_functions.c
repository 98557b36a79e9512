/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_<name>() of the builtins that need more than their prototype says: see builtins.def.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "lang/arena.h"
#include "lang/attach_point.h"
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/check_known.h"
#include "lang/proto.h"
#include "lang/unit.h"
#include "lang/world.h"

#define CHECK(name)                                                                                \
	const struct type *check_builtin_##name(struct check *check, struct node *node,            \
						const struct type *result)

static const char *number_text(struct check *check, int64_t number)
{
	return arena_printf(check->arena, "%lld", (long long)number);
}

static bool is_literal_number(const struct node *node)
{
	return node->kind == NODE_INT ||
	       (node->kind == NODE_UNARY && node->unary.op == UNARY_NEGATE &&
		node->unary.operand->kind == NODE_INT);
}

static const struct type *bytes_type(struct check *check, uint32_t n)
{
	return type_array(check->types, type_int(check->types, 1, false), n);
}

/* Refused unless --unsafe. */
static bool is_allowed(struct check *check, const struct node *node)
{
	if (check->unit->options->unsafe)
		return true;
	diag_hint(check->diags, diag_report(check->diags, DIAG_unsafe_function, node->span, node->call.text),
		  DIAG_hint_unsafe);
	return false;
}

/* The word that is the call's only argument, as its position in `words`; 0 without an argument. */
static uint64_t find_word(struct check *check, const struct node *node, const char *const *words,
			  uint32_t n, const char *all)
{
	const struct node *word = node->call.args.count ? node->call.args.items[0] : NULL;

	if (!word)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		if (!strcmp(word->name.text, words[i]))
			return i;
	}
	diag_report(check->diags, DIAG_unknown_word, word->span, node->call.text, word->name.text,
		    all);
	return 0;
}

CHECK(pid)
{
	static const char *const words[] = {"curr_ns", "init"};

	if (node->kind == NODE_CALL)
		node->call.constant = find_word(check, node, words, 2, "curr_ns or init");
	return result;
}

/* The kernel's function that finds a task is not for the programs that begin and end are made of.
 */
CHECK(comm)
{
	const struct probe_type *type = check->probe->targets[0].type;

	if (node->kind == NODE_CALL && node->call.args.count &&
	    probe_type_is_special(type))
		diag_report(check->diags, DIAG_comm_of_another, node->span, type->name);
	return result;
}

/* The positions are those of enum nsecs_mode in compiler/lower.c. */
CHECK(nsecs)
{
	static const char *const words[] = {"boot", "monotonic", "tai", "sw_tai"};

	node->call.constant = find_word(check, node, words, 4, "boot, monotonic, tai or sw_tai");
	return result;
}

CHECK(cgroupid)
{
	const struct world_ops *world = check->unit->options->world;
	const struct node *path = node->call.args.items[0];
	struct world_answer answer;
	int err;

	if (!check->final)
		return result;
	err = world->ask(world->self, WORLD_CGROUP_ID, path->string.bytes, &answer);
	if (err)
		diag_report(check->diags, DIAG_no_cgroup, path->span, path->string.bytes,
			    strerror(-err));
	else
		node->call.constant = strtoull(answer.data, NULL, 10);
	return result;
}

CHECK(buf)
{
	const struct node *source = node->call.args.items[0];
	struct node *length = node->call.args.count > 1 ? node->call.args.items[1] : NULL;
	const struct type *type = source->type;
	uint32_t most = check->unit->options->max_strlen, capacity = most;
	bool has_size = type->kind == TYPE_ARRAY || type->kind == TYPE_STRING;
	int64_t asked;

	(void)result;
	if (type->kind == TYPE_POISON)
		return check->poison;
	if (!has_size && !type_is_number(type)) {
		diag_report(check->diags, DIAG_buf_argument, source->span, type_name(check, type));
		return check->poison;
	}
	if (!length && !has_size) {
		diag_report(check->diags, DIAG_buf_length, node->span, type_name(check, type));
		return check->poison;
	}
	if (has_size)
		capacity = type->size < most ? type->size : most;
	if (length && is_literal_number(length) && check_constant(check, node, length, &asked)) {
		if (asked < 0)
			diag_report(check->diags, DIAG_negative_length, length->span, "buf",
				    number_text(check, asked));
		else if (asked > most)
			diag_report(check->diags, DIAG_buf_too_long, length->span,
				    number_text(check, asked), most);
		if (asked >= 0 && asked < (int64_t)capacity)
			capacity = (uint32_t)asked;
	}
	return type_buffer(check->types, capacity);
}

/* A length that must be known now and not negative. */
static bool literal_length(struct check *check, struct node *node, struct node *length)
{
	struct constant value;
	enum known known = check_known(check, length, &value);

	if (known == KNOWN_NOW && value.kind == CONSTANT_INT && !value.negative) {
		node->call.constant = value.value;
		return true;
	}
	if (known != KNOWN_LATER)
		diag_report(check->diags, DIAG_strncmp_length, length->span, node->call.text);
	return false;
}

CHECK(strncmp)
{
	literal_length(check, node, node->call.args.items[2]);
	return result;
}

static void check_memory(struct check *check, const struct node *node)
{
	const struct type *type = node->type;

	if (type->kind != TYPE_POINTER && type->kind != TYPE_STRING && type->kind != TYPE_ARRAY &&
	    type->kind != TYPE_STRUCT && type->kind != TYPE_TUPLE && type->kind != TYPE_POISON)
		diag_report(check->diags, DIAG_memcmp_argument, node->span, type_name(check, type));
}

CHECK(memcmp)
{
	check_memory(check, node->call.args.items[0]);
	check_memory(check, node->call.args.items[1]);
	literal_length(check, node, node->call.args.items[2]);
	return result;
}

CHECK(str_concat)
{
	const struct type *first = node->call.args.items[0]->type;
	const struct type *second = node->call.args.items[1]->type;
	uint32_t size = check->unit->options->max_strlen;

	(void)result;
	if (first->kind == TYPE_POISON || second->kind == TYPE_POISON)
		return check->poison;
	if (!check->growing)
		return type_string(check->types, first->size - 1 + second->size);
	if (size < first->size)
		size = first->size;
	return type_string(check->types, size < second->size ? second->size : size);
}

static const struct type *pointer_to(struct check *check, const struct node *node,
				     enum type_space space)
{
	const struct type *type = node->call.args.items[0]->type;

	return type_pointer(check->types, type->kind == TYPE_POINTER ? type->elem : NULL, space);
}

CHECK(kptr)
{
	(void)result;
	return pointer_to(check, node, SPACE_KERNEL);
}

CHECK(uptr)
{
	(void)result;
	return pointer_to(check, node, SPACE_USER);
}

/* How many bytes a literal is written with: 0x1234 has two. */
static uint32_t written_size(uint64_t value)
{
	uint32_t size = 1;

	while (size < 8 && value >> (size * 8))
		size *= 2;
	return size;
}

CHECK(bswap)
{
	const struct node *value = node->call.args.items[0];
	uint32_t size =
		value->kind == NODE_INT ? written_size(value->integer.value) : value->type->size;

	(void)result;
	if (value->type->kind == TYPE_POISON)
		return check->poison;
	if (value->type->kind == TYPE_INT)
		return type_int(check->types, size, false);
	diag_report(check->diags, DIAG_bswap_argument, value->span, type_name(check, value->type));
	return check->poison;
}

CHECK(ntop)
{
	const struct node_list *args = &node->call.args;
	const struct node *address = args->items[args->count - 1];
	const struct type *type = address->type;

	if (args->count == 2 && !type_is_number(args->items[0]->type))
		diag_report(check->diags, DIAG_inet_family, args->items[0]->span,
			    type_name(check, args->items[0]->type));
	if (type->kind == TYPE_ARRAY || type->kind == TYPE_STRING) {
		if (type->size != 4 && type->size != 16)
			diag_report(check->diags, DIAG_inet_array, address->span, type->size);
	} else if (!type_is_number(type)) {
		diag_report(check->diags, DIAG_inet_argument, address->span,
			    type_name(check, type));
	}
	return result;
}

CHECK(pton)
{
	const struct node *text = node->call.args.items[0];
	unsigned char bytes[16];

	(void)result;
	if (inet_pton(AF_INET, text->string.bytes, bytes) == 1)
		return bytes_type(check, 4);
	if (inet_pton(AF_INET6, text->string.bytes, bytes) == 1)
		return bytes_type(check, 16);
	diag_report(check->diags, DIAG_inet_text, text->span, text->string.bytes);
	return check->poison;
}

CHECK(macaddr)
{
	const struct node *address = node->call.args.items[0];
	const struct type *type = address->type;

	if ((type->kind == TYPE_ARRAY || type->kind == TYPE_STRING) &&
	    type->size >= IMAGE_MACADDR_SIZE)
		return result;
	if (type->kind != TYPE_POINTER && type->kind != TYPE_POISON)
		diag_report(check->diags, DIAG_macaddr_argument, address->span,
			    type_name(check, type));
	return result;
}

CHECK(find)
{
	const struct checked_map *map = checked_map(node->call.map);
	struct node *target = node->call.args.items[2];

	if (map && map->shaped && !map->keyed)
		diag_report(check->diags, DIAG_map_not_keyed, node->call.args.items[0]->span,
			    "find");
	check_key_argument(check, node);
	if (target->kind != NODE_VAR) {
		diag_report(check->diags, DIAG_find_target, target->span);
		return result;
	}
	target->var.variable->assigned = true;
	if (map && map->map.value && type_is_aggregation(map->map.value))
		diag_report(check->diags, DIAG_aggregation_to_variable, target->span,
			    type_name(check, map->map.value));
	else if (map && map->map.value)
		widen_variable(check, target, map->map.value, target->span);
	return result;
}

CHECK(strftime)
{
	const struct node *time = node->call.args.items[1];
	bool is_nsecs = time->kind == NODE_CALL && time->call.builtin &&
			time->call.builtin->id == BUILTIN_nsecs;

	/* boot, monotonic, tai, sw_tai: see check_nsecs() */
	node->call.constant = IMAGE_CLOCK_BOOT;
	if (is_nsecs && time->call.constant == 1)
		diag_report(check->diags, DIAG_strftime_monotonic, time->span);
	if (is_nsecs && time->call.constant >= 2)
		node->call.constant = IMAGE_CLOCK_TAI;
	if (is_literal_number(time) && time->kind != NODE_INT)
		diag_report(check->diags, DIAG_strftime_negative, time->span);
	return result;
}

CHECK(system)
{
	is_allowed(check, node);
	return check_builtin_printf(check, node, result);
}

/* The number of a signal by name, with or without SIG; 0: there is none. */
static int signal_number(const char *name)
{
	if (!strncmp(name, "SIG", 3))
		name += 3;
	for (int i = 1; i < NSIG; i++) {
		const char *known = sigabbrev_np(i);

		if (known && !strcmp(known, name))
			return i;
	}
	return 0;
}

CHECK(signal)
{
	struct node *argument = node->call.args.items[0];
	int64_t number;

	is_allowed(check, node);
	node->call.constant = 0;
	if (argument->kind == NODE_STRING) {
		node->call.constant = (uint64_t)signal_number(argument->string.bytes);
		if (!node->call.constant)
			diag_report(check->diags, DIAG_unknown_signal, argument->span,
				    argument->string.bytes);
	} else if (is_literal_number(argument) || argument->kind == NODE_PARAM) {
		if (!check_constant(check, node, argument, &number))
			return result;
		if (number < 1 || number > 64)
			diag_report(check->diags, DIAG_signal_range, argument->span,
				    number_text(check, number));
		node->call.constant = (uint64_t)number;
	} else if (!type_is_number(argument->type)) {
		diag_report(check->diags, DIAG_signal_argument, argument->span, node->call.text,
			    type_name(check, argument->type));
	}
	return result;
}

/* A value's own bytes, or what is at a pointer. */
CHECK(write_user)
{
	const struct node *value = node->call.args.items[1];
	struct node *count = node->call.args.count > 2 ? node->call.args.items[2] : NULL;
	const struct type *type = value->type;
	bool pointer = type->kind == TYPE_POINTER;
	uint32_t most = pointer ? check->unit->options->max_strlen
			: type_is_integer(type) ? 8 : type->size;
	int64_t size = type->size;

	is_allowed(check, node);
	if (type->kind == TYPE_POISON)
		return result;
	if (!pointer && !type_is_integer(type) && type->kind != TYPE_STRING &&
	    type->kind != TYPE_ARRAY && type->kind != TYPE_STRUCT && type->kind != TYPE_TUPLE) {
		diag_report(check->diags, DIAG_write_value, value->span, type_name(check, type));
		return result;
	}
	node->call.constant = type->size;
	if ((count && !check_constant(check, node, count, &size)) || (!count && !pointer))
		return result;
	if (!count || size < 1 || size > (int64_t)most)
		diag_report(check->diags, DIAG_write_size, count ? count->span : node->span, most);
	node->call.constant = (uint64_t)size;
	return result;
}

CHECK(debugf)
{
	check_builtin_printf(check, node, result);
	if (node->call.format && node->call.format->n_conversions > 3)
		diag_report(check->diags, DIAG_debugf_values, node->call.args.items[0]->span);
	else
		diag_report(check->diags, DIAG_debugf_warning, node->span);
	return result;
}

CHECK(assert)
{
	check_condition(check, node->call.args.items[0], DIAG_bad_condition, "");
	return result;
}

/* The map is then one of devices and inodes, as data probes have them, to a number. */
CHECK(files)
{
	const struct type *word = type_int(check->types, 8, false);
	const struct type *pair[] = {word, word};
	struct checked_map *map = checked_map(node->call.map);
	struct node *target = node->call.args.items[0];

	if (!map || !map->keyed) {
		diag_report(check->diags, DIAG_map_not_keyed, target->span, "files");
		return result;
	}
	widen_key(check, map, type_tuple(check->types, pair, 2), target->span);
	widen_map(check, target, word, target->span);
	return result;
}
