/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C's lexer and its table of words. Text may hold any byte: nothing is read past the cursor's end.
 * A backslash before a newline joins lines between tokens, in comments and in strings.
 */
#include "lang/c_token.h"

#include <string.h>

#include "lang/arena.h"

#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u

static bool is_word_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
	       (byte >= '0' && byte <= '9') || byte == '$';
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static uint32_t hash(const char *text, size_t length)
{
	uint32_t value = FNV_BASIS;

	for (size_t i = 0; i < length; i++)
		value = (value ^ (unsigned char)text[i]) * FNV_PRIME;
	return value;
}

static struct c_word **slot(const struct c_words *words, const char *text, size_t length,
			    uint32_t value)
{
	uint32_t at = value & (words->n_slots - 1);
	struct c_word *word;

	for (; (word = words->slots[at]); at = (at + 1) & (words->n_slots - 1)) {
		if (word->hash == value && word->length == length &&
		    !memcmp(word->text, text, length))
			break;
	}
	return &words->slots[at];
}

static void grow(struct c_words *words)
{
	struct c_words old = *words;

	words->n_slots = old.n_slots * 2;
	words->slots = arena_array(words->arena, words->n_slots, sizeof(struct c_word *));
	for (uint32_t i = 0; i < old.n_slots; i++) {
		struct c_word *word = old.slots[i];

		if (word)
			*slot(words, word->text, word->length, word->hash) = word;
	}
}

struct c_word *c_word_find(const struct c_words *words, const char *text, size_t length)
{
	return *slot(words, text, length, hash(text, length));
}

struct c_word *c_word(struct c_words *words, const char *text, size_t length)
{
	uint32_t value = hash(text, length);
	struct c_word **at = slot(words, text, length, value), *word = *at;

	if (word)
		return word;
	word = arena_alloc(words->arena, sizeof(*word));
	word->text = arena_text(words->arena, text, length);
	word->length = (uint32_t)length;
	word->hash = value;
	*at = word;
	if (++words->count * 2 > words->n_slots)
		grow(words);
	return word;
}

struct c_words *c_words_new(struct arena *arena)
{
	static const struct {
		enum c_meaning meaning;
		const char *spellings[3];
	} rows[] = {
#define CWORD(id, text, alias1, alias2) {CW_##id, {text, alias1, alias2}},
#include "lang/c_words.def"
#undef CWORD
	};
	struct c_words *words = arena_alloc(arena, sizeof(*words));

	words->arena = arena;
	words->n_slots = 1024;
	words->slots = arena_array(arena, words->n_slots, sizeof(struct c_word *));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int k = 0; k < 3 && *rows[i].spellings[k]; k++)
			c_word(words, rows[i].spellings[k], strlen(rows[i].spellings[k]))->meaning =
				rows[i].meaning;
	}
	return words;
}

/* Past a comment; false: it does not end. */
static bool skip_comment(struct c_cursor *cursor, bool *is_comment)
{
	const char *at = cursor->at, *end;

	*is_comment = cursor->end - at >= 2 && *at == '/' && (at[1] == '/' || at[1] == '*');
	if (!*is_comment)
		return true;
	if (at[1] == '*') {
		end = memmem(at + 2, (size_t)(cursor->end - at) - 2, "*/", 2);
		cursor->at = end ? end + 2 : cursor->end;
		return end;
	}
	do {
		end = memchr(at, '\n', (size_t)(cursor->end - at));
		at = end ? end + 1 : cursor->end;
	} while (end && end[-1] == '\\');
	cursor->at = end ? end : cursor->end;
	return true;
}

static bool at_splice(const struct c_cursor *cursor, int *length)
{
	const char *at = cursor->at;

	*length = cursor->end - at >= 3 && at[1] == '\r' ? 3 : 2;
	return cursor->end - at >= *length && *at == '\\' && at[*length - 1] == '\n';
}

bool c_skip_blanks(struct c_cursor *cursor, bool one_line, bool *space)
{
	bool is_comment, good = true;
	int length;

	for (; good && cursor->at < cursor->end; *space = true) {
		char byte = *cursor->at;

		if (byte == '\n') {
			if (one_line)
				return true;
			cursor->line = true;
			cursor->at++;
		} else if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f' ||
			   byte == '\v') {
			cursor->at++;
		} else if (byte == '\\' && at_splice(cursor, &length)) {
			cursor->at += length;
		} else if (byte == '/') {
			good = skip_comment(cursor, &is_comment);
			if (!is_comment)
				return true;
		} else {
			return true;
		}
	}
	return good;
}

/* Past a string or character; false: it does not end on its line. */
static bool skip_quoted(struct c_cursor *cursor)
{
	char quote = *cursor->at++;

	for (; cursor->at < cursor->end && *cursor->at != '\n'; cursor->at++) {
		if (*cursor->at == quote) {
			cursor->at++;
			return true;
		}
		if (*cursor->at == '\\' && cursor->end - cursor->at > 1)
			cursor->at++;
	}
	return false;
}

void c_skip_line(struct c_cursor *cursor)
{
	bool is_comment;
	int length;

	while (cursor->at < cursor->end && *cursor->at != '\n') {
		if (*cursor->at == '/') {
			skip_comment(cursor, &is_comment);
			cursor->at += !is_comment;
		} else if (*cursor->at == '"' || *cursor->at == '\'') {
			skip_quoted(cursor);
		} else if (at_splice(cursor, &length)) {
			cursor->at += length;
		} else {
			cursor->at++;
		}
	}
	cursor->at += cursor->at < cursor->end;
	cursor->line = true;
}

static void lex_number(struct c_cursor *cursor)
{
	char before = 0;

	for (; cursor->at < cursor->end; before = *cursor->at++) {
		bool sign = (*cursor->at == '+' || *cursor->at == '-') &&
			    (before == 'e' || before == 'E' || before == 'p' || before == 'P');

		if (!sign && *cursor->at != '.' && !is_word_byte(*cursor->at))
			break;
	}
}

static void lex_punct(struct c_cursor *cursor, struct c_token *token)
{
	static const char threes[][4] = {"...", "<<=", ">>="};
	static const char twos[][3] = {"->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=",
				       "&&", "||", "*=", "/=", "%=", "+=", "-=", "&=", "^=",
				       "|=", "##"};
	const char *at = cursor->at;
	size_t left = (size_t)(cursor->end - at);

	token->kind = C_PUNCT;
	for (size_t i = 0; left >= 3 && i < sizeof(threes) / sizeof(threes[0]); i++) {
		if (memcmp(at, threes[i], 3) != 0)
			continue;
		token->punct = C_PUNCT3(at[0], at[1], at[2]);
		cursor->at += 3;
		return;
	}
	for (size_t i = 0; left >= 2 && i < sizeof(twos) / sizeof(twos[0]); i++) {
		if (at[0] != twos[i][0] || at[1] != twos[i][1])
			continue;
		token->punct = C_PUNCT2(at[0], at[1]);
		cursor->at += 2;
		return;
	}
	token->punct = (unsigned char)*at;
	if (*at <= ' ' || *at > '~' || *at == '@' || *at == '`' || *at == '\\')
		token->kind = C_OTHER;
	cursor->at++;
}

static bool lex_word(struct c_words *words, struct c_cursor *cursor, struct c_token *token)
{
	uint32_t value = FNV_BASIS;
	const char *from = cursor->at;
	struct c_word **at;
	size_t length;

	for (; cursor->at < cursor->end && is_word_byte(*cursor->at); cursor->at++)
		value = (value ^ (unsigned char)*cursor->at) * FNV_PRIME;
	length = (size_t)(cursor->at - from);
	if (length <= 2 && cursor->at < cursor->end &&
	    (*cursor->at == '"' || *cursor->at == '\'') && memchr("LuU", *from, 3)) {
		token->kind = *cursor->at == '"' ? C_STRING : C_CHAR;
		return skip_quoted(cursor);
	}
	at = slot(words, from, length, value);
	token->kind = C_WORD;
	token->word = *at ? *at : c_word(words, from, length);
	return true;
}

bool c_lex(struct c_words *words, struct c_cursor *cursor, bool one_line, struct c_token *token)
{
	bool good, space = false;

	*token = (struct c_token){0};
	good = c_skip_blanks(cursor, one_line, &space);
	token->space = space;
	token->line = cursor->line;
	token->text = cursor->at;
	if (!good || cursor->at >= cursor->end || (one_line && *cursor->at == '\n'))
		return good;
	cursor->line = false;
	if (is_digit(*cursor->at) ||
	    (*cursor->at == '.' && cursor->end - cursor->at > 1 && is_digit(cursor->at[1]))) {
		token->kind = C_NUMBER;
		lex_number(cursor);
	} else if (is_word_byte(*cursor->at)) {
		good = lex_word(words, cursor, token);
	} else if (*cursor->at == '"' || *cursor->at == '\'') {
		token->kind = *cursor->at == '"' ? C_STRING : C_CHAR;
		good = skip_quoted(cursor);
	} else {
		lex_punct(cursor, token);
	}
	if (!good) /* a quote that is not closed is no string */
		token->kind = C_OTHER;
	token->length = (uint32_t)(cursor->at - token->text);
	return good;
}

bool c_is(const struct c_token *token, uint32_t punct)
{
	return token->kind == C_PUNCT && token->punct == punct;
}

bool c_means(const struct c_token *token, enum c_meaning meaning)
{
	return token->kind == C_WORD && token->word->meaning == meaning;
}
