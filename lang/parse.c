/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs lexer and grammar over a script and collects its probes. Positional parameters in attach
 * points are put in here, as text, before anything looks at what the attach point says.
 */
#include "lang/parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/c.h"
#include "lang/fmt.h"
#include "lang/unit.h"

#include "lang/lexer.h"
#include "lang/parser.tab.h"

/* An attach point's text with $1 .. $n put in; a quoted part is left alone. */
static const char *expand_params(struct unit *unit, struct span span, const char *text)
{
	struct arena_buffer out = {.arena = unit->arena};
	struct parameter *parameter;
	const char *value;
	uint32_t number;
	char *end;

	arena_buffer_add(&out, "", 0);
	while (*text) {
		if (text[0] != '$' || !isdigit((unsigned char)text[1])) {
			arena_buffer_add(&out, text++, 1);
			continue;
		}
		number = (uint32_t)strtoul(text + 1, &end, 10);
		parameter = unit_parameter(unit, number, span);
		parameter->baked = true;
		value = unit_param(unit, number);
		arena_buffer_puts(&out, value ? value : "");
		text = end;
	}
	return out.text;
}

void parse_add_point(struct parse *parse, struct parse_points *points, struct span span,
		     const char *text)
{
	struct attach_point *items;

	if (points->count == points->capacity) {
		points->capacity = points->capacity ? points->capacity * 2 : 4;
		items = arena_array(parse->arena, points->capacity, sizeof(*items));
		if (points->count)
			memcpy(items, points->items, points->count * sizeof(*items));
		points->items = items;
	}
	points->items[points->count++] = (struct attach_point){
		.span = span,
		.text = strchr(text, '$') ? expand_params(parse->unit, span, text) : text,
	};
}

void parse_add_probe(struct parse *parse, struct span span, const struct parse_points *points,
		     struct node *predicate, struct node *body)
{
	struct probe *probe = arena_alloc(parse->arena, sizeof(*probe));

	probe->span = span;
	probe->points = points->items;
	probe->n_points = points->count;
	probe->predicate = predicate;
	probe->body = body;
	parse->begun = true;
	*parse->last_probe = probe;
	parse->last_probe = &probe->next;
}

void parse_open_scanner(struct parse *parse)
{
	static const char mark[] = "\xEF\xBB\xBF";
	const struct source *source = &parse->unit->source;

	if (source->size >= strlen(mark) && !memcmp(source->text, mark, strlen(mark)))
		parse->start_byte = (uint32_t)strlen(mark);
	parse->at = parse->start_byte;
	parse->end_byte = source->script_end;
	if (lexer_lex_init_extra(parse, &parse->scanner))
		arena_out_of_memory();
	lexer__scan_bytes(source->text + parse->start_byte, (int)(source->script_end - parse->start_byte),
			  parse->scanner);
}

void parse_open_scanner_at(struct parse *parse, struct span span)
{
	parse->at = parse->start_byte = span.begin;
	parse->end_byte = span.end;
	if (lexer_lex_init_extra(parse, &parse->scanner))
		arena_out_of_memory();
	lexer__scan_bytes(parse->unit->source.text + span.begin, (int)(span.end - span.begin),
			  parse->scanner);
}

/* By its mark, as some editors save. */
static bool is_utf16(const struct unit *unit)
{
	const unsigned char *bytes = (const unsigned char *)unit->options->text;

	return unit->options->size >= 2 &&
	       ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff));
}

void parse_unit(struct unit *unit)
{
	struct parse parse = {
		.unit = unit,
		.arena = unit->arena,
		.last_probe = &unit->program.probes,
	};

	if (unit->options->size > PARSE_MAX_SIZE) {
		diag_report(&unit->diags, DIAG_too_large, SPAN_NONE);
		return;
	}
	if (is_utf16(unit)) {
		diag_report(&unit->diags, DIAG_utf16, SPAN_NONE);
		return;
	}
	if (unit->options->keep_words) {
		unit->words = arena_alloc(unit->arena, sizeof(*unit->words));
		*unit->words = (struct words){.arena = unit->arena};
		parse.words = unit->words;
	}
	c_read_options(&parse);
	parse_open_scanner(&parse);
	parser_parse(&parse);
	lexer_lex_destroy(parse.scanner);
	c_finish(&parse);
	if (!unit->diags.n_errors && !unit->program.probes && !unit->options->keep_words)
		diag_hint(&unit->diags, diag_report(&unit->diags, DIAG_no_probes, SPAN_NONE), DIAG_hint_program);
}
