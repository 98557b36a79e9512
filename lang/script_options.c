/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds each getopt(), notes the option and puts a literal in its place: the value that was given,
 * read as the default's kind says, else the default. In an attach point the value is text.
 */
#include "lang/script_options.h"

#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/parse.h"
#include "lang/unit.h"

enum option_kind { OPTION_TRUTH, OPTION_NUMBER, OPTION_TEXT };

struct script_option {
	const char *name, *description, *standard; /* standard: the default, as text */
	enum option_kind kind;
	struct span span;
	struct script_option *next;
};

static const char *given(const struct unit *unit, const char *name)
{
	size_t length = strlen(name);

	/* the last one counts */
	for (uint32_t i = unit->options->n_named; i--;) {
		const char *word = unit->options->named[i];

		if (strncmp(word, name, length))
			continue;
		if (word[length] == '=')
			return word + length + 1;
		if (!word[length])
			return "";
	}
	return NULL;
}

/* The default as text, and which kind it is; false: it is no literal. */
static bool read_default(struct unit *unit, const struct node *node, struct script_option *option)
{
	const struct node *number = node;
	bool negative;

	option->kind = OPTION_TRUTH;
	option->standard = "false";
	if (!node)
		return true;
	negative = node->kind == NODE_UNARY && node->unary.op == UNARY_NEGATE;
	if (negative)
		number = node->unary.operand;
	if (number->kind == NODE_INT) {
		option->kind = OPTION_NUMBER;
		option->standard = arena_printf(unit->arena, "%s%llu", negative ? "-" : "",
						(unsigned long long)number->integer.value);
	} else if (node->kind == NODE_BOOL) {
		option->standard = node->integer.value ? "true" : "false";
	} else if (node->kind == NODE_STRING) {
		option->kind = OPTION_TEXT;
		option->standard = node->string.bytes;
	} else {
		return false;
	}
	return true;
}

static struct script_option *note(struct unit *unit, const struct script_option *found)
{
	struct script_option **place = &unit->script_options;
	struct diag *diag;

	while (*place && strcmp((*place)->name, found->name))
		place = &(*place)->next;
	if (!*place) {
		*place = arena_copy(unit->arena, found, sizeof(*found));
	} else if ((*place)->kind != found->kind || strcmp((*place)->standard, found->standard)) {
		diag = diag_report(&unit->diags, DIAG_option_default, found->span, found->name);
		diag_note(&unit->diags, diag, DIAG_previous_use, (*place)->span);
	} else if (!*(*place)->description) {
		(*place)->description = found->description;
	}
	return *place;
}

static bool truth(const char *text, uint64_t *value)
{
	*value = !*text || !strcmp(text, "true") || !strcmp(text, "1");
	return *value || !strcmp(text, "false") || !strcmp(text, "0");
}

/* The literal that a text is; the node keeps the place of the call. */
static void become(struct unit *unit, struct node *node, const struct script_option *option,
		   const char *text)
{
	bool negative = text[0] == '-';
	struct node *operand;
	uint64_t value = 0;

	if (option->kind == OPTION_TEXT) {
		node->kind = NODE_STRING;
		node->string.bytes = arena_text(unit->arena, text, strlen(text));
		node->string.length = strlen(text);
		return;
	}
	if (option->kind == OPTION_TRUTH
		    ? !truth(text, &value)
		    : !literal_parse(text + negative, strlen(text + negative), &value))
		diag_report(&unit->diags, DIAG_option_value, node->span, option->name,
			    option->kind == OPTION_TRUTH ? "a boolean" : "an integer", text);
	node->kind = option->kind == OPTION_TRUTH ? NODE_BOOL : NODE_INT;
	node->integer.value = value;
	if (option->kind != OPTION_NUMBER || !negative)
		return;
	operand = arena_copy(unit->arena, node, sizeof(*node));
	node->kind = NODE_UNARY;
	node->unary.op = UNARY_NEGATE;
	node->unary.operand = operand;
}

static void replace(struct unit *unit, struct node *node)
{
	const struct node_list *args = &node->call.args;
	struct script_option found = {.span = node->span, .description = ""};
	const struct script_option *option;
	const char *text;

	if (args->count < 1 || args->count > 3 || args->items[0]->kind != NODE_STRING ||
	    !read_default(unit, args->count > 1 ? args->items[1] : NULL, &found) ||
	    (args->count > 2 && args->items[2]->kind != NODE_STRING)) {
		diag_report(&unit->diags, DIAG_option_arguments, node->span);
		return;
	}
	found.name = args->items[0]->string.bytes;
	if (args->count > 2)
		found.description = args->items[2]->string.bytes;
	option = note(unit, &found);
	text = given(unit, option->name);
	become(unit, node, option, text ? text : found.standard);
}

static void visit(void *self, struct node **child)
{
	struct node *node = *child;

	ast_each_child(node, visit, self);
	if (node->kind == NODE_CALL && !strcmp(node->call.text, "getopt"))
		replace(self, node);
}

#define BLANKS " \t\r\n\f\v"

/* The string at *at, behind which it is left; NULL: there is none. */
static const char *read_quoted(struct unit *unit, const char **at)
{
	const char *begin = *at + 1, *end;

	if (**at != '"' || !(end = strchr(begin, '"')))
		return NULL;
	*at = end + 1;
	return arena_text(unit->arena, begin, (size_t)(end - begin));
}

/* Over blanks, and a comma if there is one. */
static bool next_argument(const char **at)
{
	*at += strspn(*at, BLANKS);
	if (**at != ',')
		return false;
	*at += 1 + strspn(*at + 1, BLANKS);
	return true;
}

/* A call in the text of an attach point, behind its bracket: what follows it; NULL: it is none. */
static const char *read_call(struct unit *unit, const char *at, struct script_option *option)
{
	size_t length;
	uint64_t number;

	at += strspn(at, BLANKS);
	option->name = read_quoted(unit, &at);
	if (!option->name || !next_argument(&at))
		return NULL;
	option->kind = *at == '"' ? OPTION_TEXT : OPTION_NUMBER;
	if (*at == '"') {
		option->standard = read_quoted(unit, &at);
	} else {
		length = strcspn(at, "," BLANKS ")");
		option->standard = arena_text(unit->arena, at, length);
		if (!literal_parse(at, length, &number))
			return NULL;
		at += length;
	}
	if (option->standard && next_argument(&at))
		option->description = read_quoted(unit, &at);
	at += strspn(at, BLANKS);
	return option->standard && option->description && *at == ')' ? at + 1 : NULL;
}

/* A value as a part of an attach point. */
static const char *as_part(struct unit *unit, const struct script_option *option, const char *value)
{
	struct arena_buffer out = {.arena = unit->arena};

	if (option->kind == OPTION_NUMBER)
		return value;
	arena_buffer_puts(&out, "\"");
	for (; *value; value++)
		arena_buffer_printf(&out, strchr("\"\\", *value) ? "\\%c" : "%c", *value);
	arena_buffer_puts(&out, "\"");
	return out.text;
}

/* What the option says becomes text of the attach point. */
static void replace_in_point(struct unit *unit, struct attach_point *point)
{
	struct script_option found = {.span = point->span, .description = ""};
	const char *call = strstr(point->text, ":getopt("), *value, *rest;
	const struct script_option *option;
	uint64_t number = 1;

	if (!call)
		return;
	call++;
	rest = read_call(unit, call + strlen("getopt("), &found);
	if (!rest) {
		diag_report(&unit->diags, DIAG_option_arguments, point->span);
		return;
	}
	option = note(unit, &found);
	value = given(unit, option->name);
	if (!value)
		value = found.standard;
	if (option->kind == OPTION_NUMBER && !literal_parse(value, strlen(value), &number))
		diag_report(&unit->diags, DIAG_option_value, point->span, option->name, "an integer", value);
	point->text = arena_printf(unit->arena, "%.*s%s%s", (int)(call - point->text), point->text,
				   as_part(unit, option, value), rest);
	point->optional = !number;
}

/* "--a, --b" */
static const char *list_options(struct unit *unit)
{
	struct arena_buffer out = {.arena = unit->arena};

	arena_buffer_add(&out, "", 0);
	for (const struct script_option *o = unit->script_options; o; o = o->next)
		arena_buffer_printf(&out, "--%s%s", o->name, o->next ? ", " : "");
	return out.text;
}

static bool is_help(const char *word)
{
	return !strcmp(word, "help");
}

static void report_unknown(struct unit *unit)
{
	for (uint32_t i = 0; i < unit->options->n_named; i++) {
		const char *word = unit->options->named[i];
		size_t length = strcspn(word, "=");
		const struct script_option *o = unit->script_options;
		struct diag *diag;

		while (o && (strlen(o->name) != length || strncmp(o->name, word, length)))
			o = o->next;
		if (o || is_help(word))
			continue;
		diag = diag_report(&unit->diags, DIAG_unknown_option, SPAN_NONE,
				   arena_text(unit->arena, word, length));
		if (unit->script_options)
			diag_hint(&unit->diags, diag, DIAG_known_options, list_options(unit));
		else
			diag_hint(&unit->diags, diag, DIAG_no_options);
	}
}

void script_options_unit(struct unit *unit)
{
	struct script_option **end;

	for (struct probe *probe = unit->program.probes; probe; probe = probe->next) {
		for (uint32_t i = 0; i < probe->n_points; i++)
			replace_in_point(unit, &probe->points[i]);
		if (probe->predicate)
			visit(unit, &probe->predicate);
		visit(unit, &probe->body);
	}
	report_unknown(unit);
	/* What only uncalled functions ask for is no option of the script. */
	for (end = &unit->script_options; *end;)
		end = &(*end)->next;
	for (struct probe *probe = unit->program.uncalled; probe; probe = probe->next)
		visit(unit, &probe->body);
	*end = NULL;
}

const char *script_options_help(struct unit *unit)
{
	struct arena_buffer out = {.arena = unit->arena};

	arena_buffer_puts(&out, unit->script_options ? "Options of the script, behind --:\n"
						     : "The script has no options.\n");
	for (const struct script_option *o = unit->script_options; o; o = o->next) {
		const char *left = arena_printf(unit->arena, "--%s%s", o->name,
						o->kind == OPTION_TRUTH	   ? ""
						: o->kind == OPTION_NUMBER ? "=NUMBER"
									   : "=TEXT");

		arena_buffer_printf(&out, "  %-22s  %s%s(default: %s)\n", left, o->description,
				    *o->description ? " " : "", o->standard);
	}
	return out.text;
}
