/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pinned iterator cannot do. Its programs run when somebody reads the pin, and duetrace has
 * ended by then: so whatever sends duetrace a record, or waits for it to make a text, is an error.
 * Text is what printf() and print() of numbers and strings make, which the kernel can write.
 */
#include <string.h>

#include "image/image.h"
#include "lang/ast_walk.h"
#include "lang/attach_point.h"
#include "lang/check.h"
#include "lang/proto.h"
#include "lang/unit.h"

/* So that blanks to fill a field up are a constant of the program's. */
#define MAX_WIDTH 255u

static void report_call(struct check *check, const struct node *node, const char *what)
{
	struct diag *diag = diag_report(check->diags, DIAG_pinned_call, node->span, what);

	diag_hint(check->diags, diag, DIAG_hint_pinned);
}

/* Types whose text the kernel can write; that of POISON is reported already. */
static const enum type_kind written[] = {TYPE_STRING,  TYPE_INT,   TYPE_BOOL,
					 TYPE_POINTER, TYPE_PROBE, TYPE_POISON};

static void check_text(struct check *check, const struct node *node)
{
	struct diag *diag;

	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++)
		if (node->type->kind == written[i])
			return;
	diag = diag_report(check->diags, DIAG_pinned_value, node->span,
			   type_name(check, node->type));
	diag_hint(check->diags, diag, DIAG_hint_pinned);
}

/* %gr and the forms of %r are each one conversion. */
static const char *missing_conversion(char conversion)
{
	return conversion == 'o' ? "o" : conversion == 'r' ? "r" : conversion == 'g' ? "gr" : NULL;
}

static void check_pieces(struct check *check, const struct node *call)
{
	const struct format *format = call->call.format;
	struct span span = call->call.args.items[0]->span;
	uint32_t n = 1;

	for (uint32_t i = 0; format && i < format->n_pieces; i++) {
		const struct format_piece *piece = &format->pieces[i];

		if (piece->text)
			continue;
		if (missing_conversion(piece->conversion))
			diag_report(check->diags, DIAG_pinned_conversion, span,
				    missing_conversion(piece->conversion));
		else if (piece->conversion == 's' && n < call->call.args.count)
			check_text(check, call->call.args.items[n]);
		if (piece->width > MAX_WIDTH)
			diag_report(check->diags, DIAG_pinned_width, span, MAX_WIDTH);
		n++;
	}
}

/* Beside the events: assert() ends the run, trees grow while duetrace runs, and it keeps the
 * stacks. */
static const enum builtin_id kept_by_us[] = {BUILTIN_assert, BUILTIN_intree, BUILTIN_tree,
					     BUILTIN_kstack, BUILTIN_ustack};

static bool needs_us(const struct builtin *builtin)
{
	for (size_t i = 0; i < sizeof(kept_by_us) / sizeof(kept_by_us[0]); i++)
		if (builtin->id == kept_by_us[i])
			return true;
	return builtin->event;
}

static void check_builtin(struct check *check, const struct node *node,
			  const struct builtin *builtin)
{
	if (builtin->id == BUILTIN_printf)
		check_pieces(check, node);
	else if (builtin->id == BUILTIN_print)
		check_text(check, node->call.args.items[0]);
	else if (needs_us(builtin))
		report_call(check, node, builtin->name);
}

static void visit(void *self, struct node **child)
{
	struct check *check = self;
	const struct node *node = *child;
	const struct builtin *builtin = node->kind == NODE_CALL	  ? node->call.builtin
					: node->kind == NODE_NAME ? node->name.builtin
								  : NULL;

	if (node->kind == NODE_EMIT)
		report_call(check, node, node->emit.alert ? "alert" : "emit");
	else if (builtin)
		check_builtin(check, node, builtin);
	ast_each_child(*child, visit, self);
}

void check_pinned(struct check *check)
{
	for (struct probe *probe = check->unit->program.probes; probe; probe = probe->next) {
		if (!probe_pin(probe))
			continue;
		if (probe->predicate)
			visit(check, &probe->predicate);
		visit(check, &probe->body);
	}
}
