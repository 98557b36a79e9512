/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of builtins: their arguments against the prototype, then one function for each name in the
 * `check` column of builtins.def.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/bpf_file.h"
#include "lang/attach_point.h"
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/check_known.h"
#include "lang/format.h"
#include "lang/proto.h"
#include "lang/unit.h"

static const struct type *result_type(struct check *check, const struct proto_type *result)
{
	switch (result->kind) {
	case PROTO_VOID:
		return type_void(check->types);
	case PROTO_BOOL:
		return type_bool(check->types);
	case PROTO_INT:
		return type_int(check->types, result->size, result->is_signed);
	case PROTO_STR:
		return type_string(check->types,
				   result->size ? result->size : check->unit->options->max_strlen);
	case PROTO_PTR:
		return type_pointer(check->types,
				    result->name ? type_struct(check->types, TYPE_STRUCT,
							       result->name, NULL, 0, 0, 1)
						 : NULL,
				    SPACE_KERNEL);
	case PROTO_KIND:
		return type_simple(check->types, result->type, false);
	case PROTO_ANY_INT:
	case PROTO_FMT:
	case PROTO_LITERAL:
	case PROTO_WORD:
	case PROTO_WORD_OR_INT:
	case PROTO_MAP:
	case PROTO_ANY:
	case PROTO_CUSTOM:
		break;
	}
	return check->poison;
}

static const char *count_text(struct check *check, uint32_t n)
{
	if (n > 1)
		return arena_printf(check->arena, "%u arguments", n);
	return n ? "one argument" : "no arguments";
}

/* How the function that is called wrongly is called. */
static void hint_example(struct check *check, const struct node *call, struct diag *diag)
{
	diag_hint(check->diags, diag, DIAG_hint_form, call->call.builtin->example);
}

static bool check_count(struct check *check, const struct node *node, const struct proto *proto)
{
	uint32_t n = node->call.args.count;
	enum diag_tag tag = DIAG_too_many_arguments;
	uint32_t wanted = proto->n_params;

	if (n >= proto->n_required && (n <= proto->n_params || proto->variadic))
		return true;
	if (proto->n_required == proto->n_params && !proto->variadic) {
		tag = DIAG_wrong_arguments;
	} else if (n < proto->n_required) {
		tag = DIAG_too_few_arguments;
		wanted = proto->n_required;
	}
	hint_example(check, node, diag_report(check->diags, tag, node->span, node->call.text,
					      count_text(check, wanted), n));
	return false;
}

/* A map meant by name. */
static bool check_map_argument(struct check *check, struct node *call, struct node *node)
{
	struct checked_map *map;

	if (node->kind != NODE_MAP) {
		check_value(check, node);
		hint_example(check, call, diag_report(check->diags, DIAG_map_expected, node->span, call->call.text));
		return false;
	}
	map = checked_map(node->map.map);
	node->type = type_simple(check->types, TYPE_MAP, false);
	call->call.map = &map->map;
	if (node->map.key && call->call.builtin->id != BUILTIN_delete) {
		check_value(check, node->map.key);
		diag_report(check->diags, DIAG_map_with_key, node->span, call->call.text);
		return false;
	}
	if (node->map.key)
		check_key(check, map, node->map.key);
	/* files() gives it its types. */
	if (map->map.value || call->call.builtin->id == BUILTIN_files)
		return true;
	report_undefined_map(check, node->span, map->map.name);
	return false;
}

/* sum(bytes(x)) and its like: the result is printed as what went in. */
static bool takes_quantity(const struct builtin *builtin)
{
	enum type_kind kind = builtin->proto.result.type;

	return builtin->aggregation && kind >= TYPE_SUM && kind <= TYPE_STATS;
}

static bool check_integer_argument(struct check *check, const struct node *call, struct node *node)
{
	const struct type *type = check_value(check, node);

	/* print(pid, comm) is told of as a whole */
	if (type_is_number(type) || (call->call.builtin->id == BUILTIN_print && !call->call.map) ||
	    (type_is_quantity(type) && takes_quantity(call->call.builtin)))
		return true;
	hint_example(check, call,
		     diag_report(check->diags, DIAG_integer_expected, node->span, call->call.text,
				 type_name(check, type)));
	return false;
}

static bool check_literal_argument(struct check *check, const struct node *call, struct node *node)
{
	const struct type *type = check_value(check, node);

	if (node->kind == NODE_STRING)
		return true;
	hint_example(check, call,
		     diag_report(check->diags, DIAG_literal_expected, node->span, call->call.text,
				 type_name(check, type)));
	return false;
}

static bool check_string_argument(struct check *check, const struct node *call, struct node *node)
{
	const struct type *type;

	if (check_param_string(check, node))
		return true;
	type = check_value(check, node);
	if (type->kind == TYPE_STRING || type->kind == TYPE_POISON)
		return true;
	diag_report(check->diags, DIAG_string_expected, node->span, call->call.text,
		    type_name(check, type));
	return false;
}

static bool check_word(struct check *check, const struct node *call, struct node *node)
{
	if (node->kind == NODE_NAME) {
		node->type = type_void(check->types);
		return true;
	}
	check_value(check, node);
	diag_report(check->diags, DIAG_word_expected, node->span, call->call.text);
	return false;
}

/* len(@x): of the map, unless it is scalar and holds a stack. */
static bool is_len_of_map(const struct node *call, const struct node *node)
{
	const struct checked_map *map = checked_map(node->map.map);

	return call->call.builtin->id == BUILTIN_len &&
	       (map->keyed || !map->map.value ||
		(map->map.value->kind != TYPE_KSTACK && map->map.value->kind != TYPE_USTACK));
}

static bool check_argument(struct check *check, struct node *call, struct node *node,
			   const struct proto_type *param)
{
	switch (param->kind) {
	case PROTO_MAP:
		return check_map_argument(check, call, node);
	case PROTO_BOOL:
	case PROTO_INT:
	case PROTO_ANY_INT:
	case PROTO_PTR:
		return check_integer_argument(check, call, node);
	case PROTO_STR:
		return check_string_argument(check, call, node);
	case PROTO_WORD:
		return check_word(check, call, node);
	case PROTO_WORD_OR_INT:
		return node->kind == NODE_NAME ? check_word(check, call, node)
					       : check_integer_argument(check, call, node);
	case PROTO_FMT:
	case PROTO_LITERAL:
		return check_literal_argument(check, call, node);
	case PROTO_VOID:
	case PROTO_ANY:
	case PROTO_KIND:
	case PROTO_CUSTOM:
		if (node->kind == NODE_MAP && !node->map.key &&
		    (call->call.builtin->id == BUILTIN_print || is_len_of_map(call, node)))
			return check_map_argument(check, call, node);
		if (call->call.builtin->id == BUILTIN_str && check_param_offset(check, node) &&
		    node->kind != NODE_PARAM)
			return false;
		if (call->call.builtin->id == BUILTIN_str && check_param_string(check, node))
			return true;
		return check_value(check, node)->kind != TYPE_POISON;
	}
	return false;
}

typedef const struct type *(*check_builtin)(struct check *check, struct node *node,
					    const struct type *result);

static const struct type *check_builtin_NONE(struct check *check, struct node *node,
					     const struct type *result)
{
	(void)check;
	(void)node;
	return result;
}

static const struct type *check_builtin_args(struct check *check, struct node *node,
					     const struct type *result)
{
	(void)result;
	if (check->probe->context)
		return check->probe->context;
	diag_report(check->diags, DIAG_no_args, node->span, check->probe->targets[0].type->name);
	return check->poison;
}

static const struct type *check_builtin_str(struct check *check, struct node *node,
					    const struct type *result)
{
	const struct node *address = node->call.args.items[0];
	const struct node *length = node->call.args.count > 1 ? node->call.args.items[1] : NULL;
	const struct type *type = address->type;
	uint64_t capacity = result->size;

	if (type->kind == TYPE_INET && !length)
		return type_string(check->types, INET_TEXT_SIZE);
	/* what is in memory already is no longer than its buffer */
	if (type->kind == TYPE_STRING && type->size < capacity)
		capacity = type->size;
	if (type->kind == TYPE_ARRAY && type->size + 1 < capacity)
		capacity = type->size + 1;
	if (!type_is_number(type) && type->kind != TYPE_STRING && type->kind != TYPE_ARRAY) {
		diag_report(check->diags, DIAG_str_argument, address->span, type_name(check, type));
		return result;
	}
	if (length && length->kind == NODE_INT && length->integer.value < capacity)
		capacity = length->integer.value ? length->integer.value : 1;
	return type_string(check->types, (uint32_t)capacity);
}

void check_key_argument(struct check *check, struct node *node)
{
	struct checked_map *map = checked_map(node->call.map);

	if (map && map->keyed)
		check_key(check, map, node->call.args.items[1]);
}

static const struct type *check_builtin_delete(struct check *check, struct node *node,
					       const struct type *result)
{
	struct checked_map *map = checked_map(node->call.map);
	const struct node *target = node->call.args.items[0];

	if (node->call.args.count > 1) {
		if (target->kind == NODE_MAP && target->map.key)
			diag_report(check->diags, DIAG_map_with_key, target->span, "delete");
		check_key_argument(check, node);
	} else if (map && map->keyed && !target->map.key) {
		diag_report(check->diags, DIAG_keyed_needs_key, node->span, map->map.name);
	}
	return result;
}

static const struct type *check_builtin_has_key(struct check *check, struct node *node,
						const struct type *result)
{
	const struct checked_map *map = checked_map(node->call.map);

	if (map && map->shaped && !map->keyed)
		diag_report(check->diags, DIAG_map_not_keyed, node->call.args.items[0]->span,
			    "has_key");
	check_key_argument(check, node);
	return result;
}

/* As in bpftrace, stats are printed whole. */
static void check_print_limits(struct check *check, const struct node *node)
{
	const struct type *value = node->call.map->value;

	if (node->call.args.count > 1 && value && value->kind == TYPE_STATS)
		diag_report(check->diags, DIAG_print_ignored, node->span);
}

static const struct type *check_builtin_print(struct check *check, struct node *node,
					      const struct type *result)
{
	const struct node *value = node->call.args.items[0];
	const struct type *type = value->type;

	if (node->call.map) {
		check_print_limits(check, node);
		return result;
	}
	if (node->call.args.count > 1)
		diag_hint(check->diags,
			  diag_report(check->diags, DIAG_print_value_arguments, node->span,
				      node->call.args.count),
			  DIAG_hint_several);
	if (type->kind == TYPE_CONTEXT ||
	    (type_is_aggregation(type) && (value->kind != NODE_MAP || !value->map.key)))
		diag_report(check->diags, DIAG_not_printable, value->span, "print",
			    type_name(check, type));
	return result;
}

static uint32_t count_words(const char *text)
{
	uint32_t n = 0;

	for (; *(text += strspn(text, " ")); text += strcspn(text, " "))
		n++;
	return n;
}

/* A name for each part of the key, and one for the values if that is not the map's. */
static const struct type *check_builtin_table(struct check *check, struct node *node,
					      const struct type *result)
{
	const struct node *names = node->call.args.items[1];
	const struct map *map = node->call.map;
	uint32_t n = count_words(names->string.bytes), wanted = 0;

	if (map && map->value && (map->value->kind >= TYPE_STATS && map->value->kind <= TYPE_TSERIES))
		diag_report(check->diags, DIAG_table_value, node->call.args.items[0]->span, map->name,
			    type_name(check, map->value));
	if (map && map->key)
		wanted = map->key->kind == TYPE_TUPLE ? map->key->count : 1;
	if (map && map->value && n != wanted && n != wanted + 1)
		diag_report(check->diags, DIAG_table_columns, names->span, wanted, wanted == 1 ? "" : "s",
			    map->name, n);
	return result;
}

static bool fits_conversion(char conversion, const struct type *type)
{
	if (type->kind == TYPE_POISON)
		return true;
	if (conversion == 's')
		return type->kind != TYPE_CONTEXT && type->kind != TYPE_MAP &&
		       !type_is_aggregation(type);
	if (conversion == 'r')
		return type->kind == TYPE_BUFFER;
	if (conversion == 'c' || conversion == 'g')
		return type_is_integer(type);
	return type_is_integer(type) || type->kind == TYPE_POINTER;
}

static const char *conversion_wants(char conversion)
{
	if (conversion == 's')
		return "string";
	if (conversion == 'r')
		return "buffer";
	return conversion == 'p' ? "pointer" : "integer";
}

/* printf("%s", args.filename) */
static void warn_address(struct check *check, char conversion, const struct node *value)
{
	const struct type *type = value->type;

	if (conversion == 's' && type->kind == TYPE_POINTER && type->elem && type->elem->kind == TYPE_INT &&
	    type->elem->size == 1)
		diag_hint(check->diags,
			  diag_report(check->diags, DIAG_address_as_text, value->span, type_name(check, type)),
			  DIAG_hint_text);
}

static void check_conversions(struct check *check, const struct node *node)
{
	const struct node_list *args = &node->call.args;
	const struct format *format = node->call.format;
	uint32_t n = 1;

	for (uint32_t i = 0; i < format->n_pieces; i++) {
		const struct format_piece *piece = &format->pieces[i];
		const struct node *arg;

		if (!piece->conversion)
			continue;
		arg = args->items[n++];
		warn_address(check, piece->conversion, arg);
		if (!fits_conversion(piece->conversion, arg->type))
			diag_hint(check->diags,
				  diag_report(check->diags, DIAG_conversion_mismatch, arg->span,
					      node->call.text,
					      arena_printf(check->arena, "%c", piece->conversion),
					      conversion_wants(piece->conversion),
					      type_name(check, arg->type)),
				  DIAG_hint_conversions);
	}
}

static void report_format(struct check *check, const struct node *call, enum format_error error,
			  const char *bad)
{
	const struct node *node = call->call.args.items[0];
	const char *name = call->call.text;

	switch (error) {
	case FORMAT_OK:
		return;
	case FORMAT_UNKNOWN:
		diag_report(check->diags, DIAG_unknown_conversion, node->span, name, bad);
		return;
	case FORMAT_UNSUPPORTED:
		diag_hint(check->diags,
			  diag_report(check->diags, DIAG_unsupported_conversion, node->span, name, bad),
			  DIAG_hint_fraction);
		return;
	case FORMAT_TOO_MANY:
		diag_report(check->diags, DIAG_too_many_conversions, node->span, name,
			    FORMAT_MAX_CONVERSIONS);
		return;
	}
}

const struct type *check_builtin_printf(struct check *check, struct node *node,
					const struct type *result)
{
	const struct node *format = node->call.args.items[0];
	uint32_t supplied = node->call.args.count - 1;
	enum format_error error;
	const char *bad;

	if (!node->call.format) {
		struct format *parsed;

		error = format_parse(check->arena, format->string.bytes, format->string.length,
				     format->span, &parsed, &bad);
		if (error != FORMAT_OK) {
			report_format(check, node, error, bad);
			return result;
		}
		node->call.format = parsed;
	}
	if (supplied != node->call.format->n_conversions)
		diag_hint(check->diags,
			  diag_report(check->diags,
				      supplied < node->call.format->n_conversions ? DIAG_not_enough_values
										  : DIAG_too_many_values,
				      node->span, supplied, node->call.format->n_conversions),
			  DIAG_hint_conversions);
	else
		check_conversions(check, node);
	return result;
}

static const struct type *check_builtin_aggregation(struct check *check, struct node *node,
						    const struct type *result)
{
	const struct type *type = node->call.args.items[0]->type;
	bool is_signed = type->kind == TYPE_INT ? type->is_signed : type->kind == TYPE_POISON;

	result = type_simple(check->types, result->kind, is_signed);
	return type_of_quantity(check->types, result, type_is_quantity(type) ? type : NULL);
}

bool check_constant(struct check *check, const struct node *call, struct node *node, int64_t *value)
{
	struct constant known;

	switch (check_known(check, node, &known)) {
	case KNOWN_NOW:
		if (known.kind == CONSTANT_STRING)
			break;
		*value = (int64_t)known.value;
		return true;
	case KNOWN_LATER:
		return false;
	case KNOWN_NEVER:
		break;
	}
	diag_report(check->diags, DIAG_constant_expected, node->span, call->call.text);
	return false;
}

void check_keep_numbers(struct check *check, const struct node *node, const int64_t *numbers)
{
	struct checked_map *map = checked_map(node->call.map);

	if (!map)
		return;
	if (!map->has_numbers) {
		memcpy(map->map.numbers, numbers, sizeof(map->map.numbers));
		map->has_numbers = true;
	} else if (memcmp(map->map.numbers, numbers, sizeof(map->map.numbers)) != 0) {
		diag_report(check->diags, DIAG_different_buckets, node->span, node->call.text);
	}
}

static const struct type *check_builtin_hist(struct check *check, struct node *node,
					     const struct type *result)
{
	int64_t numbers[3] = {0};

	if (node->call.args.count > 1 &&
	    !check_constant(check, node, node->call.args.items[1], &numbers[0]))
		return result;
	if (numbers[0] < 0 || numbers[0] > 5) {
		diag_report(check->diags, DIAG_hist_bits, node->call.args.items[1]->span,
			    arena_printf(check->arena, "%lld", (long long)numbers[0]));
		return result;
	}
	check_keep_numbers(check, node, numbers);
	return result;
}

#define BUCKETS_MAX 1000

static const char *number_text(struct check *check, int64_t number)
{
	return arena_printf(check->arena, "%lld", (long long)number);
}

/* lhist(): everything that is wrong with the numbers is said. */
static bool check_buckets(struct check *check, const struct node *node, int64_t min, int64_t max,
			  int64_t step)
{
	const char *lowest = number_text(check, min), *highest = number_text(check, max);
	uint64_t distance = (uint64_t)max - (uint64_t)min;
	int64_t range = min <= max && distance > INT64_MAX ? INT64_MAX : (int64_t)distance;
	uint32_t errors = 0;

	if (step < 1 && ++errors)
		diag_report(check->diags, DIAG_lhist_step, node->span, number_text(check, step));
	else if (range / step > BUCKETS_MAX && ++errors)
		diag_report(check->diags, DIAG_lhist_buckets, node->span, BUCKETS_MAX,
			    number_text(check, range / step));
	if (min < 0 && ++errors)
		diag_report(check->diags, DIAG_lhist_min, node->span, lowest);
	if (min > max && ++errors)
		diag_report(check->diags, DIAG_lhist_range, node->span, lowest, highest);
	if (range < step && ++errors)
		diag_report(check->diags, DIAG_lhist_wide, node->span, number_text(check, step),
			    number_text(check, range));
	return !errors;
}

static const struct type *check_builtin_lhist(struct check *check, struct node *node,
					      const struct type *result)
{
	int64_t numbers[3];

	for (uint32_t i = 0; i < 3; i++) {
		if (!check_constant(check, node, node->call.args.items[i + 1], &numbers[i]))
			return result;
	}
	if (check_buckets(check, node, numbers[0], numbers[1], numbers[2]))
		check_keep_numbers(check, node, numbers);
	return result;
}

static const check_builtin checks[BUILTINS] = {
#define BUILTIN(name, prototype, lowering, check, doc, example)                                    \
	[BUILTIN_##name] = check_builtin_##check,
#include "lang/builtins.def"
#undef BUILTIN
};

static const struct type *check_arguments(struct check *check, struct node *node)
{
	const struct builtin *builtin = node->call.builtin;
	const struct proto *proto = &builtin->proto;
	struct node_list *args = &node->call.args;
	bool valid = check_count(check, node, proto);

	for (uint32_t i = 0; i < args->count; i++) {
		if (builtin->id == BUILTIN_print || builtin->id == BUILTIN_printf)
			check_whole_args(check, args->items[i]);
		if (i < proto->n_params)
			valid &= check_argument(check, node, args->items[i], &proto->params[i]);
		else
			check_value(check, args->items[i]);
	}
	if (!valid)
		return result_type(check, &proto->result);
	return checks[builtin->id](check, node, result_type(check, &proto->result));
}

const struct type *check_call(struct check *check, struct node *node)
{
	struct node_list *args = &node->call.args;

	if (node->call.function)
		return bpf_function_check(check, node);
	if (!node->call.builtin) {
		for (uint32_t i = 0; i < args->count; i++)
			check_expr(check, args->items[i]);
		return check->poison;
	}
	if (!node->call.builtin->aggregation)
		return check_arguments(check, node);
	check_arguments(check, node);
	hint_example(check, node, diag_report(check->diags, DIAG_needs_map, node->span, node->call.text));
	return check->poison;
}

const struct type *check_aggregation(struct check *check, struct node *node, struct map *map)
{
	node->call.map = map;
	node->type = check_arguments(check, node);
	return node->type;
}

const struct type *check_name(struct check *check, struct node *node)
{
	const struct builtin *builtin = node->name.builtin;

	if (!builtin || builtin->proto.n_params || builtin->proto.variadic)
		return check->poison;
	return checks[builtin->id](check, node, result_type(check, &builtin->proto.result));
}
