/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only the bytes ahead tell: whether a '/' ends a predicate (a block follows), and where a C definition ends.
 * It has no state of its own. Called by tree-sitter's lexer.
 */
#include <stdbool.h>
#include <tree_sitter/parser.h>

enum token { PREDICATE_END, C_REST, TYPEDEF_REST };

void *tree_sitter_duetrace_external_scanner_create(void)
{
	return NULL;
}

void tree_sitter_duetrace_external_scanner_destroy(void *payload)
{
	(void)payload;
}

unsigned tree_sitter_duetrace_external_scanner_serialize(void *payload, char *buffer)
{
	(void)payload;
	(void)buffer;
	return 0;
}

void tree_sitter_duetrace_external_scanner_deserialize(void *payload, const char *buffer,
						       unsigned length)
{
	(void)payload;
	(void)buffer;
	(void)length;
}

static void advance(TSLexer *lexer)
{
	lexer->advance(lexer, false);
}

static bool is_blank(int32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Behind the '/' that begins a comment: goes to its end; false if it is none. */
static bool skip_comment(TSLexer *lexer)
{
	if (lexer->lookahead == '/') {
		while (lexer->lookahead && lexer->lookahead != '\n')
			advance(lexer);
		return true;
	}
	if (lexer->lookahead != '*')
		return false;
	advance(lexer);
	for (int32_t before = 0; lexer->lookahead; advance(lexer)) {
		if (before == '*' && lexer->lookahead == '/') {
			advance(lexer);
			return true;
		}
		before = lexer->lookahead;
	}
	return false;
}

/* False if a '/' that begins no comment was passed. */
static bool skip_layout(TSLexer *lexer)
{
	for (;;) {
		while (is_blank(lexer->lookahead))
			advance(lexer);
		if (lexer->lookahead != '/')
			return true;
		advance(lexer);
		if (!skip_comment(lexer))
			return false;
	}
}

static bool predicate_end(TSLexer *lexer)
{
	if (lexer->lookahead != '/')
		return false;
	advance(lexer);
	lexer->mark_end(lexer);
	if (lexer->lookahead == '=')
		return false;
	lexer->result_symbol = PREDICATE_END;
	return skip_layout(lexer) && lexer->lookahead == '{';
}

static void skip_quoted(TSLexer *lexer)
{
	int32_t quote = lexer->lookahead;

	advance(lexer);
	while (lexer->lookahead && lexer->lookahead != quote) {
		if (lexer->lookahead == '\\')
			advance(lexer);
		advance(lexer);
	}
}

/* Behind a '}': the attributes of what was defined, if there are any, and a ';'. */
static void skip_attributes(TSLexer *lexer)
{
	static const char word[] = "__attribute__";

	lexer->mark_end(lexer);
	skip_layout(lexer);
	for (const char *at = word; *at; at++) {
		if (lexer->lookahead != *at)
			break;
		advance(lexer);
		if (!at[1]) {
			int depth = 0;

			skip_layout(lexer);
			do {
				depth += (lexer->lookahead == '(') - (lexer->lookahead == ')');
				advance(lexer);
			} while (depth > 0 && lexer->lookahead);
			lexer->mark_end(lexer);
			skip_layout(lexer);
		}
	}
	if (lexer->lookahead == ';') {
		advance(lexer);
		lexer->mark_end(lexer);
	}
}

/* Up to the ';' of the definition, or to the '}' that ends what it says: no ';' need stand there. */
static bool c_rest(TSLexer *lexer, bool is_typedef)
{
	int depth = 0;

	lexer->result_symbol = is_typedef ? TYPEDEF_REST : C_REST;
	while (lexer->lookahead) {
		int32_t c = lexer->lookahead;

		if (c == '"' || c == '\'')
			skip_quoted(lexer);
		advance(lexer);
		if (c == '/')
			skip_comment(lexer);
		depth += (c == '{') - (c == '}');
		if (c == '}' && depth <= 0 && !is_typedef) {
			skip_attributes(lexer);
			return true;
		}
		if (c == ';' && depth <= 0) {
			lexer->mark_end(lexer);
			return true;
		}
	}
	return false;
}

bool tree_sitter_duetrace_external_scanner_scan(void *payload, TSLexer *lexer,
						const bool *valid)
{
	(void)payload;
	if (valid[PREDICATE_END] && valid[C_REST])
		return false; /* after an error, where everything may come */
	while (is_blank(lexer->lookahead))
		lexer->advance(lexer, true);
	if (valid[PREDICATE_END])
		return predicate_end(lexer);
	if (valid[C_REST] || valid[TYPEDEF_REST])
		return c_rest(lexer, valid[TYPEDEF_REST]);
	return false;
}
