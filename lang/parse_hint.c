// SPDX-License-Identifier: Apache-2.0
/*
 * What to write instead, for mistakes that newcomers make: told from the token that cannot stand where it
 * is and from the words before it.
 */
#include "lang/parse.h"

#include <ctype.h>
#include <string.h>

#include "lang/parser.tab.h"
#include "lang/unit.h"

#define WORDS_BEFORE 3

/* Where an error is: the text of the token, and the words before it, the nearest first. */
struct place {
	const struct parse *parse;
	int token;
	enum diag_tag tag;
	struct text bad, before[WORDS_BEFORE];
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

static enum diag_tag word_hint(const struct place *place)
{
	static const char *const functions[] = {"function", "def", "func", NULL};

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

static enum diag_tag find_hint(const struct place *place)
{
	const struct parse *parse = place->parse;
	enum diag_tag word = word_hint(place);

	if (is(place->bad, "'"))
		return DIAG_hint_double_quotes;
	if (is_typographic(place->bad))
		return DIAG_hint_straight_quotes;
	if (is_c_loop(place))
		return DIAG_hint_for;
	if (is_pair_loop(place))
		return DIAG_hint_pairs;
	if (word != DIAG_TAGS)
		return word;
	if (place->token == TOKEN_ASSIGN && place->tag != DIAG_expected_bracket &&
	    (parse->brackets > parse->braces || !parse->braces))
		return DIAG_hint_equal;
	if (place->token == TOKEN_STRING && place->tag == DIAG_expected_semicolon &&
	    isalpha((unsigned char)*place->before[0].bytes))
		return DIAG_hint_call;
	if (place->tag == DIAG_expected_block && place->token == TOKEN_LBRACE)
		return DIAG_hint_predicate_end;
	if (place->tag == DIAG_expected_block && is(place->bad, "if"))
		return DIAG_hint_predicate;
	if (place->tag == DIAG_expected_block && parse->braces)
		return DIAG_hint_braces;
	if (place->tag == DIAG_expected_block && !memchr(parse->unit->source.text, '{', parse->unit->source.size))
		return DIAG_hint_program;
	if (place->tag == DIAG_expected_attach_point && place->token == TOKEN_RBRACE)
		return DIAG_hint_brace_more;
	if (place->tag == DIAG_expected_attach_point && place->token == TOKEN_SEMICOLON)
		return DIAG_hint_no_semicolon;
	return DIAG_TAGS;
}

void parse_hint(const struct parse *parse, struct diag *diag, enum diag_tag tag, int token, struct span span)
{
	const char *start = parse->unit->source.text, *at = start + span.begin;
	struct place place = {.parse = parse, .token = token, .tag = tag,
			      .bad = {at, span.end - span.begin}};
	enum diag_tag hint;

	for (int i = 0; i < WORDS_BEFORE; i++) {
		place.before[i] = word_before(start, at);
		at = place.before[i].bytes;
	}
	hint = find_hint(&place);
	if (hint != DIAG_TAGS)
		diag_hint(&parse->unit->diags, diag, hint);
}
