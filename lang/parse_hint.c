// SPDX-License-Identifier: Apache-2.0
/*
 * What to write instead, for mistakes that newcomers make: told from the token that cannot stand where it
 * is and from the words before it.
 */
#include "lang/parse.h"

#include <ctype.h>
#include <string.h>

#include "lang/foreign.h"
#include "lang/parser.tab.h"
#include "lang/unit.h"

#define WORDS_BEFORE 3

/* Where an error is: the text of the token, the words before it, the nearest first, and the statement's first. */
struct place {
	const struct parse *parse;
	int token;
	enum diag_tag tag;
	struct text bad, before[WORDS_BEFORE], statement;
};

static bool is(struct text text, const char *word)
{
	return text.length == strlen(word) && !memcmp(text.bytes, word, text.length);
}

static bool is_one_of(struct text text, const char *const *words)
{
	for (; *words; words++)
		if (is(text, *words))
			return true;
	return false;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '@';
}

/* The word that ends before `at`, or the single byte there. */
static struct text word_before(const char *start, const char *at)
{
	const char *end, *begin;

	while (at > start && isspace((unsigned char)at[-1]))
		at--;
	end = begin = at;
	while (begin > start && in_word(begin[-1]))
		begin--;
	if (begin == end && begin > start)
		begin--;
	return (struct text){begin, (size_t)(end - begin)};
}

static bool is_typographic(struct text bad)
{
	return bad.length && (unsigned char)bad.bytes[0] >= 0x80;
}

static bool is_declaration(const struct place *place)
{
	static const char *const types[] = {"int", "char", "long", "short", "unsigned", "const", "auto",
					    "var", "u8", "u16", "u32", "u64", "s32", "s64", NULL};

	return is_one_of(place->before[0], types) || is_one_of(place->before[1], types);
}

/* for (i, for ($i = */
static bool is_c_loop(const struct place *place)
{
	const struct text *before = place->before;

	if (is(before[0], "(") && is(before[1], "for"))
		return place->token == TOKEN_NAME;
	return is(before[1], "(") && is(before[2], "for") && place->token == TOKEN_ASSIGN;
}

static bool is_pair_loop(const struct place *place)
{
	return place->token == TOKEN_COMMA && is(place->before[1], "(") && is(place->before[2], "for");
}

/* for $i in 0..5, for ($i : 10), foreach ($i in @m) */
static bool is_loop(const struct place *place)
{
	return (is(place->statement, "for") || is(place->statement, "foreach")) &&
	       place->tag != DIAG_expected_block;
}

static enum diag_tag word_hint(const struct place *place)
{
	static const char *const functions[] = {"function", "def", "func", NULL};

	if (is(place->bad, "is") || is(place->bad, "eq"))
		return DIAG_hint_equal;
	if (is(place->bad, "and"))
		return DIAG_hint_and;
	if (is(place->bad, "or"))
		return DIAG_hint_or;
	if (is(place->before[0], "not"))
		return DIAG_hint_not;
	if (is_one_of(place->before[0], functions) || is_one_of(place->bad, functions) ||
	    is_one_of(place->before[1], functions))
		return DIAG_hint_fn;
	if (is(place->before[0], "let"))
		return DIAG_hint_variable;
	if (is_declaration(place))
		return DIAG_hint_declaration;
	return DIAG_TAGS;
}

static bool has_name(struct text word)
{
	return word.length > 1 && (word.bytes[0] == '@' || word.bytes[0] == '$');
}

/* $x = [1, 2], @m = {1, 2}; @m["a"]["b"] = 1, $x["a"] = 1, @m("a") = 1, @m{"a"} = 1 */
static enum diag_tag value_hint(const struct place *place)
{
	bool semicolon = place->tag == DIAG_expected_semicolon;

	if (place->token == TOKEN_LBRACKET && place->tag == DIAG_expected_expression)
		return DIAG_hint_tuple;
	/* "begin { $x = 1; }": the shell has put nothing for $x */
	if (place->token == TOKEN_ASSIGN && place->tag == DIAG_expected_expression &&
	    (is(place->before[0], "{") || is(place->before[0], ";")))
		return DIAG_hint_double_quotes;
	if (place->token == TOKEN_COMMA && semicolon)
		return DIAG_hint_tuple;
	if (place->token == TOKEN_ASSIGN && semicolon && is(place->before[0], "]"))
		return DIAG_hint_keys;
	if ((place->token == TOKEN_LPAREN || place->token == TOKEN_LBRACE) && semicolon &&
	    has_name(place->before[0]))
		return DIAG_hint_keys;
	return DIAG_TAGS;
}

/* Of a part of a program that is no statement. */
static enum diag_tag block_hint(const struct place *place)
{
	const struct parse *parse = place->parse;

	if (place->tag == DIAG_expected_block && place->token == TOKEN_LBRACE)
		return DIAG_hint_predicate_end;
	if (place->tag == DIAG_expected_block && !parse->braces &&
	    (is(place->bad, "if") || (place->bad.length && place->bad.bytes[0] == '(')))
		return DIAG_hint_predicate;
	if (place->tag == DIAG_expected_block && parse->braces)
		return DIAG_hint_braces;
	if (place->tag == DIAG_expected_block && !memchr(parse->unit->source.text, '{', parse->unit->source.size))
		return DIAG_hint_program;
	if (place->tag == DIAG_expected_attach_point && place->token == TOKEN_RBRACE)
		return DIAG_hint_brace_more;
	if (place->tag == DIAG_expected_attach_point && place->token == TOKEN_SEMICOLON)
		return DIAG_hint_no_semicolon;
	if (place->tag == DIAG_expected_attach_point && place->token == TOKEN_LBRACE)
		return DIAG_hint_program;
	return DIAG_TAGS;
}

static bool starts_value(int token)
{
	return token == TOKEN_NAME || token == TOKEN_STRING || token == TOKEN_INT || token == TOKEN_VAR ||
	       token == TOKEN_MAP || token == TOKEN_PARAM;
}

/* printf("%s %s" comm str($1)): not of a condition, which has no arguments. */
static bool lacks_comma(const struct place *place)
{
	static const char *const words[] = {"if", "while", "for", "unroll", NULL};

	return place->tag == DIAG_expected_paren && starts_value(place->token) &&
	       !is_one_of(place->statement, words);
}

static enum diag_tag find_hint(const struct place *place)
{
	const struct parse *parse = place->parse;
	enum diag_tag word = word_hint(place), value = value_hint(place);

	if (is(place->bad, "'"))
		return DIAG_hint_double_quotes;
	if (is_typographic(place->bad))
		return DIAG_hint_straight_quotes;
	if (is_c_loop(place))
		return DIAG_hint_for;
	if (is_pair_loop(place))
		return DIAG_hint_pairs;
	if (is_loop(place))
		return DIAG_hint_for;
	if (word != DIAG_TAGS)
		return word;
	if (place->token == TOKEN_ASSIGN && place->tag != DIAG_expected_bracket &&
	    (parse->brackets > parse->braces || !parse->braces))
		return DIAG_hint_equal;
	if (place->token == TOKEN_STRING && place->tag == DIAG_expected_semicolon &&
	    isalpha((unsigned char)*place->before[0].bytes))
		return DIAG_hint_call;
	if (place->bad.length && place->bad.bytes[0] == '#')
		return DIAG_hint_comment;
	if (is(place->statement, "import"))
		return DIAG_hint_import;
	if (is(place->statement, "fn") && place->tag == DIAG_unexpected_input)
		return DIAG_hint_fn;
	if (value != DIAG_TAGS)
		return value;
	if (lacks_comma(place))
		return DIAG_hint_comma;
	return block_hint(place);
}

/* The hint of foreign.def for a word near the error, or NULL. */
static const char *find_foreign(const struct place *place)
{
	const struct text *first = &place->statement, *bad = &place->bad, *before = &place->before[0];
	const char *hint = foreign_statement(first->bytes, first->length);

	if (!hint && place->tag == DIAG_expected_paren && place->token == TOKEN_NAME)
		hint = foreign_name(bad->bytes, bad->length);
	if (!hint && place->tag == DIAG_expected_paren && place->token == TOKEN_LPAREN)
		hint = foreign_name(before->bytes, before->length);
	return hint;
}

/* The first word of the statement or block that `at` is in. */
static struct text first_word(const char *start, const char *at, const char *end)
{
	const char *begin;

	while (at > start && !strchr(";{}", at[-1]))
		at--;
	while (at < end && isspace((unsigned char)*at))
		at++;
	for (begin = at; at < end && in_word(*at);)
		at++;
	return (struct text){begin, (size_t)(at - begin)};
}

void parse_hint(const struct parse *parse, struct diag *diag, enum diag_tag tag, int token, struct span span)
{
	const char *start = parse->unit->source.text, *at = start + span.begin;
	struct place place = {.parse = parse, .token = token, .tag = tag,
			      .bad = {at, span.end - span.begin}};
	const char *foreign;
	enum diag_tag hint;

	place.statement = first_word(start, at, start + parse->unit->source.size);
	for (int i = 0; i < WORDS_BEFORE; i++) {
		place.before[i] = word_before(start, at);
		at = place.before[i].bytes;
	}
	foreign = find_foreign(&place);
	hint = find_hint(&place);
	if (foreign)
		diag_hint(&parse->unit->diags, diag, DIAG_hint_foreign, foreign);
	else if (hint != DIAG_TAGS)
		diag_hint(&parse->unit->diags, diag, hint);
}
