/* SPDX-License-Identifier: Apache-2.0 */
/*
 * once() and limit(): what can be a key, and limits that are known.
 */
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/proto.h"
#include "lang/unit.h"

/* What bpf-helpers/keys.bpf.c can count, and how short a duration it can measure. */
#define MOST_TIMES     ((1 << 20) - 1)
#define SHORTEST_NS    1000
#define LIMIT_KEYS_AT  2

static void check_keys(struct check *check, const struct node *node, uint32_t first)
{
	for (uint32_t i = first; i < node->call.args.count; i++) {
		const struct node *key = node->call.args.items[i];

		if (key->type->kind != TYPE_POISON && !check_is_key_type(key->type))
			diag_report(check->diags, DIAG_not_a_key, key->span, node->call.text,
				    type_name(check, key->type));
	}
}

const struct type *check_builtin_once(struct check *check, struct node *node, const struct type *result)
{
	check_keys(check, node, 0);
	return result;
}

static bool is_constant(const struct node *node, int64_t *value)
{
	const struct node *number = node->kind == NODE_UNARY && node->unary.op == UNARY_NEGATE
					    ? node->unary.operand
					    : node;

	if (number->kind != NODE_INT)
		return false;
	*value = number == node ? (int64_t)number->integer.value : -(int64_t)number->integer.value;
	return true;
}

const struct type *check_builtin_limit(struct check *check, struct node *node, const struct type *result)
{
	const struct node *times = node->call.args.items[0], *duration = node->call.args.items[1];
	int64_t value;

	if (is_constant(times, &value) && (value < 1 || value > MOST_TIMES))
		diag_report(check->diags, DIAG_limit_times, times->span, MOST_TIMES);
	if (is_constant(duration, &value) && value < SHORTEST_NS)
		diag_report(check->diags, DIAG_limit_duration, duration->span);
	check_keys(check, node, LIMIT_KEYS_AT);
	return result;
}
