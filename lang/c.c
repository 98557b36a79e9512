/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where script and C meet: the reader is made when a script first has any, reads as far as C goes,
 * and is asked later for what was defined. Messages about headers of the system are left out: they
 * are not the user's to mend.
 */
#include "lang/c.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/c_reader.h"
#include "lang/lexer.h"
#include "lang/unit.h"
#include "lang/world.h"

#include "lang/parser.tab.h"

/* More than any script needs; keeps a chain of doubling definitions from filling the memory. */
#define MAX_EXPANSIONS 10000

static void read_header(struct c_reader *reader, struct c_header *header)
{
	struct c_file *outer = reader->file;

	reader->n_files++;
	c_open_file(reader, header, (struct span){header->begin, header->end});
	while (reader->file != outer && !reader->failed)
		c_declaration(reader);
	reader->file = outer;
}

/* With kernel headers at hand, they are read as the kernel itself reads them. */
static void add_predefined(struct c_reader *reader)
{
	const struct world_ops *world = reader->unit->options->world;
	struct world_answer answer;
	struct c_header *header;
	int error;

	c_define_text(reader, c_predefined);
	if (!world || world->ask(world->self, WORLD_INCLUDE, "", &answer) || !answer.size)
		return;
	c_define_text(reader, c_predefined_kernel);
	header = c_find_header(reader, '<', "linux/kconfig.h", &error);
	if (header)
		read_header(reader, header);
}

struct c_reader *c_reader(struct unit *unit)
{
	struct c_reader *reader = unit->c;

	if (reader)
		return reader;
	reader = arena_alloc(unit->arena, sizeof(*reader));
	reader->unit = unit;
	reader->arena = unit->arena;
	reader->parse.unit = unit;
	reader->parse.arena = unit->arena;
	reader->words = c_words_new(unit->arena);
	reader->found.arena = reader->paths.arena = unit->arena;
	unit->c = reader;
	add_predefined(reader);
	return reader;
}

bool c_in_system_header(const struct c_reader *reader)
{
	return reader->file && reader->file->header && reader->file->header->system;
}

struct diag *c_report(struct c_reader *reader, enum diag_tag tag, const char *text)
{
	if (reader->muted || reader->failed || (c_in_system_header(reader) && tag != DIAG_c_error))
		return NULL;
	return diag_report(&reader->unit->diags, tag, reader->place, text);
}

void c_give_up(struct c_reader *reader, enum diag_tag tag)
{
	if (!reader->failed)
		diag_report(&reader->unit->diags, tag, reader->place);
	reader->failed = true;
}

/* The script as the outermost file, from a byte on. */
static struct c_file *begin_script(struct parse *parse, struct c_reader *reader, uint32_t begin,
				   uint32_t end)
{
	struct c_file *file = parse->c_file;

	if (!file) {
		file = parse->c_file = arena_alloc(parse->arena, sizeof(*file));
		file->floor = true;
	}
	file->text = parse->unit->source.text;
	file->cursor = (struct c_cursor){file->text + begin, file->text + end, true};
	reader->file = file;
	reader->place = (struct span){begin, begin + 1};
	return file;
}

static uint32_t end_script(struct c_reader *reader, struct c_file *file, uint32_t end)
{
	uint32_t at = (uint32_t)(file->cursor.at - file->text);

	while (reader->context)
		c_pop(reader);
	reader->n_ahead = 0;
	reader->depth = 0;
	reader->file = NULL;
	return reader->failed ? end : at;
}

/* #define and #include are definitions, and so must come first. */
static void check_order(struct parse *parse, struct c_reader *reader, uint32_t begin,
			const struct c_cursor *from)
{
	struct c_cursor cursor = *from, line = *from;
	struct c_token word;

	cursor.at++;
	c_lex(reader->words, &cursor, true, &word);
	c_skip_line(&line);
	if (line.at > from->at && line.at[-1] == '\n')
		line.at--;
	if (c_means(&word, CW_DEFINE) || c_means(&word, CW_INCLUDE))
		parse_check_order(
			parse, (struct span){begin, begin + (uint32_t)(line.at - from->at)});
}

uint32_t c_read_line(struct parse *parse, uint32_t begin, uint32_t end)
{
	struct c_reader *reader = c_reader(parse->unit);
	struct c_file *file = begin_script(parse, reader, begin, end);

	check_order(parse, reader, begin, &file->cursor);
	file->cursor.at++;
	c_directive(reader);
	while (reader->file != file && !reader->failed)
		c_declaration(reader);
	return end_script(reader, file, end);
}

uint32_t c_read_definition(struct parse *parse, uint32_t begin, uint32_t end)
{
	struct c_reader *reader = c_reader(parse->unit);
	struct c_file *file = begin_script(parse, reader, begin, end);
	struct c_cursor next;
	struct c_token token;

	c_declaration(reader);
	parse_check_order(parse, (struct span){begin, reader->place.end});
	next = file->cursor;
	if (c_lex(reader->words, &next, false, &token) && c_is(&token, ';'))
		file->cursor = next;
	return end_script(reader, file, end);
}

void c_finish(struct parse *parse)
{
	struct c_reader *reader = parse->unit->c;

	if (!parse->c_file || !reader)
		return;
	reader->file = parse->c_file;
	reader->n_files++;
	c_close_file(reader);
	reader->file = NULL;
}

void c_read_header(struct parse *parse, const char *path, struct span text)
{
	struct c_reader *reader = c_reader(parse->unit);
	struct c_header *header = arena_alloc(parse->arena, sizeof(*header));

	*header = (struct c_header){.path = path, .begin = text.begin, .end = text.end};
	read_header(reader, header);
}

void c_read_options(struct parse *parse)
{
	const struct unit_options *options = parse->unit->options;
	struct c_reader *reader;
	struct c_header *header;
	int error = 0;

	for (uint32_t i = 0; i < options->n_includes; i++) {
		reader = c_reader(parse->unit);
		reader->place = SPAN_NONE;
		header = c_find_header(reader, '"', options->includes[i], &error);
		if (!header)
			c_report_header(reader, 'o', options->includes[i], error);
		else
			read_header(reader, header);
	}
}

static struct c_macro *find_macro(const struct unit *unit, const char *name)
{
	struct c_word *word =
		unit->c ? c_word_find(unit->c->words, name, strlen(name)) : NULL;
	struct c_macro *macro = word ? c_macro(unit->c, word) : NULL;

	return macro && !macro->function && macro->n_body ? macro : NULL;
}

bool c_is_defined(const struct unit *unit, const char *name)
{
	const struct c_word *word =
		unit->c ? c_word_find(unit->c->words, name, strlen(name)) : NULL;

	return word && word->macro;
}

/* All that a macro stands for; the last token read is not one of them. */
static struct c_tokens expand(struct c_reader *reader, struct c_macro *macro)
{
	struct c_tokens tokens = {0};
	struct c_token token;

	c_push(reader, NULL, 0, NULL, true);
	c_push(reader, macro->body, macro->n_body, macro, false);
	for (c_next(reader, &token); token.kind != C_END; c_next(reader, &token))
		c_tokens_add(reader, &tokens, &token);
	while (reader->context)
		c_pop(reader);
	return tokens;
}

static bool constant(struct c_reader *reader, const struct c_tokens *tokens,
		     struct c_value *value)
{
	struct c_token token;
	bool good;

	c_push(reader, tokens->items, tokens->count, NULL, true);
	good = c_value(reader, value);
	c_next(reader, &token);
	while (reader->context)
		c_pop(reader);
	reader->n_ahead = 0;
	return good && token.kind == C_END && (!value->type || value->value == 0);
}

static struct node *constant_node(struct parse *parse, struct span span,
				  const struct c_value *value)
{
	struct node *node;

	if (value->value >= 0 || (value->is_unsigned && value->size == 8))
		return tree_integer(parse, NODE_INT, span, (uint64_t)value->value);
	node = tree_integer(parse, NODE_INT, span, 0 - (uint64_t)value->value);
	return tree_unary(parse, span, UNARY_NEGATE, node);
}

static bool all_strings(const struct c_tokens *tokens)
{
	for (uint32_t i = 0; i < tokens->count; i++) {
		if (tokens->items[i].kind != C_STRING || tokens->items[i].text[0] != '"')
			return false;
	}
	return tokens->count;
}

/* Strings beside each other are one. */
static struct node *string_node(struct parse *parse, struct span span,
				const struct c_tokens *tokens)
{
	struct arena_buffer all = {.arena = parse->arena};
	struct diags *diags = &parse->unit->diags;
	bool muted = diags->muted;
	struct text text;

	arena_buffer_add(&all, "", 0);
	for (uint32_t i = 0; i < tokens->count; i++)
		arena_buffer_add(&all, tokens->items[i].text + 1, tokens->items[i].length - 2);
	diags->muted = true;
	text = literal_string(parse, span, all.text, all.length);
	diags->muted = muted;
	return tree_string(parse, span, text);
}

/* The body as an expression of the script's language. */
static struct node *reread(struct parse *parse, struct c_macro *macro)
{
	struct unit *unit = parse->unit;
	struct parse inner = {
		.unit = unit,
		.arena = parse->arena,
		.start = TOKEN_START_EXPRESSION,
		.brackets = parse->brackets,
		.expansions = parse->expansions + 1,
	};
	bool muted = unit->diags.muted;

	if (inner.expansions > MAX_EXPANSIONS || macro->own || macro->span.end <= macro->span.begin)
		return NULL;
	macro->busy = true;
	unit->diags.muted = true;
	parse_open_scanner_at(&inner, macro->span);
	lexer_start_body(&inner);
	if (parser_parse(&inner) || inner.recovered)
		inner.result = NULL;
	lexer_lex_destroy(inner.scanner);
	unit->diags.muted = muted;
	macro->busy = false;
	parse->expansions = inner.expansions;
	return inner.result;
}

struct node *c_expand_name(struct parse *parse, struct span span, const char *name)
{
	struct c_reader *reader = parse->unit->c;
	struct c_macro *macro = find_macro(parse->unit, name);
	struct c_tokens tokens;
	struct c_value value;
	struct node *node = NULL;
	bool good;

	if (!macro || macro->busy || reader->failed)
		return NULL;
	reader->muted = true;
	tokens = expand(reader, macro);
	if (tokens.count == 1 && tokens.items[0].kind == C_WORD &&
	    strcmp(tokens.items[0].word->text, name) != 0) {
		macro->busy = true;
		node = tree_name(parse, span, tokens.items[0].word->text);
		macro->busy = false;
	} else if (all_strings(&tokens)) {
		node = string_node(parse, span, &tokens);
	} else if (tokens.count > 1 || (tokens.count && tokens.items[0].kind != C_WORD)) {
		good = constant(reader, &tokens, &value);
		node = good ? constant_node(parse, span, &value) : reread(parse, macro);
	}
	reader->muted = false;
	if (node)
		node->span = span;
	return node;
}

const struct definition *c_find(const struct unit *unit, enum type_form form, const char *name)
{
	const struct c_word *word =
		unit->c ? c_word_find(unit->c->words, name, strlen(name)) : NULL;

	if (!word)
		return NULL;
	return form == FORM_NAME ? word->type_name : word->tag[form - FORM_STRUCT];
}

const struct definition *c_find_enumerator(const struct unit *unit, const char *name,
					   int64_t *value)
{
	const struct c_word *word =
		unit->c ? c_word_find(unit->c->words, name, strlen(name)) : NULL;

	if (!word || !word->enumerator)
		return NULL;
	*value = word->value;
	return word->enumerator;
}
