/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fail("format", ...): what printf() would say, said when the script is compiled.
 */
#include "lang/arena.h"
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/check_known.h"

/* One value; width and precision mean nothing in a message. */
static void add_value(struct arena_buffer *text, const struct format_piece *piece,
		      const struct constant *value)
{
	unsigned long long number = value->value;

	if (value->kind == CONSTANT_STRING)
		arena_buffer_add(text, value->text, value->length);
	else if (value->kind == CONSTANT_BOOL && piece->conversion == 's')
		arena_buffer_puts(text, number ? "true" : "false");
	else if (piece->conversion == 'x' || piece->conversion == 'X')
		arena_buffer_printf(text, piece->conversion == 'x' ? "%llx" : "%llX", number);
	else if (piece->conversion == 'o')
		arena_buffer_printf(text, "%llo", number);
	else if (piece->conversion == 'p')
		arena_buffer_printf(text, "0x%llx", number);
	else if (piece->conversion == 'c')
		arena_buffer_printf(text, "%c", (int)(number & 0xff));
	else if (value->negative)
		arena_buffer_printf(text, "%lld", (long long)number);
	else
		arena_buffer_printf(text, "%llu", number);
}

/* False: a value is not known, or not yet; the first is reported. */
static bool add_pieces(struct check *check, const struct node *node, struct arena_buffer *text)
{
	const struct format *format = node->call.format;
	uint32_t n = 1;

	for (uint32_t i = 0; i < format->n_pieces; i++) {
		const struct format_piece *piece = &format->pieces[i];
		struct constant value;
		enum known known;

		if (!piece->conversion) {
			arena_buffer_add(text, piece->text, piece->length);
			continue;
		}
		known = check_known(check, node->call.args.items[n], &value);
		if (known == KNOWN_NEVER)
			diag_report(check->diags, DIAG_fail_value, node->call.args.items[n]->span);
		if (known != KNOWN_NOW)
			return false;
		add_value(text, piece, &value);
		n++;
	}
	return true;
}

const struct type *check_builtin_fail(struct check *check, struct node *node,
				      const struct type *result)
{
	struct arena_buffer text = {.arena = check->arena};

	check_builtin_printf(check, node, result);
	if (!node->call.format || node->call.args.count - 1 != node->call.format->n_conversions)
		return result;
	if (add_pieces(check, node, &text))
		diag_report(check->diags, DIAG_script_failed, node->span,
			    arena_text(check->arena, text.text ? text.text : "", text.length));
	return result;
}
