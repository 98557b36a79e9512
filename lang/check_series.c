/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tseries(value, interval, number of intervals, "avg|max|min|sum"): all but the value is literal.
 */
#include <string.h>

#include "bpf-helpers/abi.h"
#include "lang/arena.h"
#include "lang/check.h"
#include "lang/check_call.h"

static bool find_aggregation(struct check *check, const struct node *node, int64_t *number)
{
	static const char *const words[] = {
		[ABI_SERIES_AVG] = "avg",
		[ABI_SERIES_MAX] = "max",
		[ABI_SERIES_MIN] = "min",
		[ABI_SERIES_SUM] = "sum",
	};
	const struct node *word = node->call.args.count > 3 ? node->call.args.items[3] : NULL;

	*number = ABI_SERIES_LAST;
	if (!word)
		return true;
	for (int64_t i = ABI_SERIES_AVG; i <= ABI_SERIES_SUM; i++) {
		if (!strcmp(words[i], word->string.bytes)) {
			*number = i;
			return true;
		}
	}
	diag_report(check->diags, DIAG_series_aggregation, word->span, word->string.bytes);
	return false;
}

const struct type *check_builtin_tseries(struct check *check, struct node *node,
					 const struct type *result)
{
	struct node *const *args = node->call.args.items;
	const struct type *type = args[0]->type;
	int64_t numbers[3];

	check_unstable(check, node, "tseries", SETTING_unstable_tseries);
	result = type_simple(check->types, TYPE_TSERIES,
			     type->kind == TYPE_INT ? type->is_signed : type->kind == TYPE_POISON);
	if (!check_constant(check, node, args[1], &numbers[0]) ||
	    !check_constant(check, node, args[2], &numbers[1]) ||
	    !find_aggregation(check, node, &numbers[2]))
		return result;
	if (numbers[0] < 1)
		diag_report(check->diags, DIAG_series_interval, args[1]->span,
			    arena_printf(check->arena, "%lld", (long long)numbers[0]));
	else if (numbers[1] < 1 || numbers[1] > ABI_SERIES_MAX_COUNT)
		diag_report(check->diags, DIAG_series_count, args[2]->span, ABI_SERIES_MAX_COUNT,
			    arena_printf(check->arena, "%lld", (long long)numbers[1]));
	else
		check_keep_numbers(check, node, numbers);
	return result;
}
