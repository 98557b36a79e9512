// SPDX-License-Identifier: Apache-2.0
/*
 * Formats a script: --fmt. What the lexer noted is written again with blanks, lines and tabs of one
 * style; words, their order and what they say stay as they are.
 *
 * Blocks have a statement a line. Where the author breaks a line inside a statement, it is broken; one
 * blank line stays of several. A block of at most one statement that stands on one line stays there.
 */
#include "lang/fmt.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/lang.h"
#include "lang/parse.h"
#include "lang/parser.tab.h"
#include "lang/unit.h"

/* Longer lines are no place for a block. */
#define WIDTH 100
#define TAB   8

enum bracket {
	BRACKET_ROUND, /* ( or [ */
	BRACKET_CAST,
	BRACKET_BLOCK, /* statements, one a line */
	BRACKET_LINE,  /* statements on the line where it began */
	BRACKET_LIST,  /* entries, broken as the author did */
	BRACKET_LINES, /* the same; it began with a line of its own */
};

struct open {
	enum bracket kind;
	bool value; /* what a block makes is a value: the statement goes on behind it */
	uint32_t indent;
};

struct fmt {
	const struct source *source;
	const struct word *words;
	uint32_t count;
	uint32_t *closer; /* of each word that opens a bracket, the one that closes it; else 0 */
	struct arena_buffer out;
	size_t line; /* offset in out where the line begins */
	struct open open[PARSE_MAX_DEPTH + 2];
	uint32_t depth, indent;
	int last, before_last; /* tokens; 0 at the start of a statement */
	bool unary, cast, star;
	bool predicate;	 /* inside its slashes */
	bool value_if;	 /* the next block is of an `if` that is a value */
	bool closed_value; /* the last block closed was such a one */
	bool after_block; /* the last block of the script's top had lines of its own */
	bool trial;	   /* only to see how long a block is on one line */
};

void words_add(struct words *words, int kind, struct span span)
{
	struct word *larger;

	if (words->count == words->capacity) {
		words->capacity = words->capacity ? words->capacity * 2 : 256;
		larger = arena_array(words->arena, words->capacity, sizeof(*larger));
		if (words->count)
			memcpy(larger, words->items, words->count * sizeof(*larger));
		words->items = larger;
	}
	words->items[words->count++] = (struct word){kind, span};
}

/* How many lines end between the word and the one before it. */
static uint32_t lines_before(const struct fmt *fmt, uint32_t at)
{
	uint32_t from = at ? fmt->words[at - 1].span.end : 0, lines = 0;

	/* A line of C has its end with it. */
	from -= from && fmt->source->text[from - 1] == '\n';
	for (; from < fmt->words[at].span.begin; from++)
		lines += fmt->source->text[from] == '\n';
	return lines;
}

static bool is_token(int kind)
{
	return kind > 0;
}

static bool opens(int kind)
{
	return kind == TOKEN_LPAREN || kind == TOKEN_LBRACKET || kind == TOKEN_LBRACE ||
	       kind == TOKEN_VALUE_LBRACE;
}

static void match_brackets(struct fmt *fmt, struct arena *arena)
{
	uint32_t *stack = arena_array(arena, fmt->count + 1, sizeof(*stack)), depth = 0;

	fmt->closer = arena_array(arena, fmt->count + 1, sizeof(*fmt->closer));
	for (uint32_t i = 0; i < fmt->count; i++) {
		int kind = fmt->words[i].kind;

		fmt->closer[i] = 0;
		if (opens(kind))
			stack[depth++] = i;
		else if (depth && (kind == TOKEN_RPAREN || kind == TOKEN_RBRACKET || kind == TOKEN_RBRACE))
			fmt->closer[stack[--depth]] = i;
	}
}

static void new_line(struct fmt *fmt, uint32_t indent)
{
	/* No line ends with a blank. */
	if (fmt->out.length && fmt->out.text[fmt->out.length - 1] != '\n')
		arena_buffer_puts(&fmt->out, "\n");
	fmt->line = fmt->out.length;
	fmt->indent = indent;
}

static void blank_line(struct fmt *fmt)
{
	size_t length = fmt->out.length;

	if (length && (length < 2 || fmt->out.text[length - 2] != '\n'))
		arena_buffer_puts(&fmt->out, "\n");
	fmt->line = fmt->out.length;
}

static bool at_line_start(const struct fmt *fmt)
{
	return fmt->line == fmt->out.length;
}

/* The bytes of a word; no line of it ends with blanks, of a comment also none of those behind it. */
static void put_text(struct fmt *fmt, const struct word *word)
{
	const char *at = fmt->source->text + word->span.begin, *end = fmt->source->text + word->span.end;

	if (at_line_start(fmt) && word->kind != WORD_RAW)
		for (uint32_t i = 0; i < fmt->indent; i++)
			arena_buffer_puts(&fmt->out, "\t");
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at)), *trimmed = stop ? stop : end;

		if (!is_token(word->kind))
			while (trimmed > at && (trimmed[-1] == ' ' || trimmed[-1] == '\t' || trimmed[-1] == '\r'))
				trimmed--;
		arena_buffer_add(&fmt->out, at, (size_t)(trimmed - at));
		if (!stop)
			break;
		arena_buffer_puts(&fmt->out, "\n");
		at = stop + 1;
		if (word->kind != WORD_COMMENT)
			continue;
		/* Stars below each other, below the first line's. */
		trimmed = at + strspn(at, " \t");
		if (trimmed < end && *trimmed == '*') {
			at = trimmed;
			for (uint32_t i = 0; i < fmt->indent; i++)
				arena_buffer_puts(&fmt->out, "\t");
			arena_buffer_puts(&fmt->out, " ");
		}
	}
}

static struct open *top(struct fmt *fmt)
{
	return fmt->depth ? &fmt->open[fmt->depth - 1] : NULL;
}

/* Where the statements of what is open stand. */
static uint32_t base(struct fmt *fmt)
{
	return fmt->depth ? top(fmt)->indent : 0;
}

static bool has_own_lines(enum bracket kind)
{
	return kind == BRACKET_BLOCK || kind == BRACKET_LINES;
}

/* An `emit NAME {` or `config = {` holds a list, not statements. */
static bool is_list(const struct fmt *fmt, uint32_t at)
{
	if (fmt->words[at].kind != TOKEN_LBRACE)
		return false;
	if (!fmt->depth)
		return fmt->last == TOKEN_ASSIGN;
	return fmt->last == TOKEN_NAME && fmt->before_last == TOKEN_NAME;
}

static void put_word(struct fmt *fmt, uint32_t at);

/* How long a block is when it stands on one line: how many blanks the author has in it does not count. */
static size_t width(const struct fmt *fmt, uint32_t at)
{
	struct fmt trial = *fmt;

	trial.out = (struct arena_buffer){.arena = fmt->out.arena};
	arena_buffer_puts(&trial.out, "x");
	trial.line = 0;
	trial.trial = true;
	for (uint32_t i = at; i <= fmt->closer[at]; i++)
		put_word(&trial, i);
	return trial.out.length - 1;
}

/* A block that stays on the line where it begins. */
static bool fits_line(const struct fmt *fmt, uint32_t at, bool value)
{
	uint32_t end = fmt->closer[at], statements = 0, column = (uint32_t)(fmt->out.length - fmt->line);

	if (fmt->trial)
		return true;
	if (fmt->depth && !value)
		return false;
	for (uint32_t i = at + 1; i <= end; i++) {
		int kind = fmt->words[i].kind;

		if (!is_token(kind) || (lines_before(fmt, i) && end > at + 1))
			return false;
		if (!value && (kind == TOKEN_LBRACE || kind == TOKEN_VALUE_IF))
			return false;
		/* `{ a; b; }` are two, and so are `{ a; b }`. */
		if (kind == TOKEN_SEMICOLON && i + 1 < end)
			statements++;
	}
	if (!value && statements)
		return false;
	return column + fmt->indent * (TAB - 1) + width(fmt, at) <= WIDTH;
}

/* The `(` of (uint64)$x. */
static bool opens_cast(const struct fmt *fmt, uint32_t at, int last)
{
	static const int types[] = {TOKEN_TYPE, TOKEN_STRUCT, TOKEN_UNION, TOKEN_ENUM, TOKEN_TYPEOF};

	if (last == TOKEN_NAME || last == TOKEN_SIZEOF || last == TOKEN_OFFSETOF || last == TOKEN_TYPEOF ||
	    at + 1 >= fmt->count)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == fmt->words[at + 1].kind)
			return true;
	return false;
}

static void push(struct fmt *fmt, enum bracket kind, bool value)
{
	uint32_t indent = base(fmt) + has_own_lines(kind);

	if (fmt->depth < sizeof(fmt->open) / sizeof(fmt->open[0]))
		fmt->open[fmt->depth++] = (struct open){kind, value, indent};
}

/* The line and blanks before a brace. */
static void put_brace(struct fmt *fmt, uint32_t at)
{
	bool value = fmt->words[at].kind == TOKEN_VALUE_LBRACE || fmt->value_if;
	enum bracket kind;

	if (is_list(fmt, at))
		kind = lines_before(fmt, at + 1) ? BRACKET_LINES : BRACKET_LIST;
	else
		kind = fits_line(fmt, at, value) ? BRACKET_LINE : BRACKET_BLOCK;
	if (!fmt->depth && kind == BRACKET_BLOCK)
		new_line(fmt, 0);
	else if (!at_line_start(fmt) && !(fmt->last == TOKEN_LPAREN || fmt->last == TOKEN_LBRACKET))
		arena_buffer_puts(&fmt->out, " ");
	put_text(fmt, &fmt->words[at]);
	push(fmt, kind, value);
	fmt->value_if = false;
	fmt->last = has_own_lines(kind) ? 0 : TOKEN_LBRACE;
	fmt->before_last = 0;
	fmt->unary = fmt->cast = false;
	if (has_own_lines(kind))
		new_line(fmt, base(fmt));
}

static void put_closing_brace(struct fmt *fmt, uint32_t at)
{
	struct open open = fmt->depth ? *top(fmt) : (struct open){.kind = BRACKET_BLOCK};
	bool is_empty = at && opens(fmt->words[at - 1].kind);

	if (fmt->depth)
		fmt->depth--;
	if (has_own_lines(open.kind) && !is_empty) {
		new_line(fmt, base(fmt));
	} else if (has_own_lines(open.kind)) {
		/* Nothing came behind the brace: back to its line. */
		fmt->out.length--;
		fmt->out.text[fmt->out.length] = '\0';
		fmt->line = 0;
		arena_buffer_puts(&fmt->out, " ");
	} else {
		arena_buffer_puts(&fmt->out, " ");
	}
	put_text(fmt, &fmt->words[at]);
	fmt->closed_value = open.value;
	fmt->after_block = !fmt->depth && open.kind == BRACKET_BLOCK;
	fmt->before_last = 0;
	fmt->last = TOKEN_RBRACE;
	fmt->unary = fmt->cast = false;
}

/* True if the word begins a statement, or a part of the script's top. */
static bool begins(const struct fmt *fmt, uint32_t at)
{
	int kind = fmt->words[at].kind;
	enum bracket in = fmt->depth ? fmt->open[fmt->depth - 1].kind : BRACKET_BLOCK;

	if (in == BRACKET_ROUND || in == BRACKET_CAST || in == BRACKET_LIST || in == BRACKET_LINES)
		return false;
	if (!fmt->last || fmt->last == TOKEN_SEMICOLON)
		return true;
	return fmt->last == TOKEN_RBRACE && !fmt->closed_value && kind != TOKEN_ELSE &&
	       kind != TOKEN_SEMICOLON;
}

/* The line on which a word of a statement stands: that of the last one, unless the author broke it. */
static void break_line(struct fmt *fmt, uint32_t at)
{
	int kind = fmt->words[at].kind;
	enum bracket in = fmt->depth ? top(fmt)->kind : BRACKET_BLOCK;
	uint32_t lines = lines_before(fmt, at);

	if (in == BRACKET_LINE || at_line_start(fmt) || !lines || kind == TOKEN_COMMA ||
	    kind == TOKEN_SEMICOLON || kind == TOKEN_ELSE)
		return;
	/* Attach points and predicates stand at the left, as do entries of a list. */
	if (!fmt->depth || in == BRACKET_LINES) {
		new_line(fmt, base(fmt) + fmt->predicate);
		if (in == BRACKET_LINES && lines > 1)
			blank_line(fmt);
	} else {
		new_line(fmt, base(fmt) + (kind != TOKEN_RPAREN && kind != TOKEN_RBRACKET));
	}
}

static void start_statement(struct fmt *fmt, uint32_t at)
{
	bool first = !at || (fmt->depth && opens(fmt->words[at - 1].kind));
	uint32_t lines = lines_before(fmt, at);

	if (fmt->depth && top(fmt)->kind == BRACKET_LINE) {
		fmt->last = fmt->last ? TOKEN_SEMICOLON : 0;
		return;
	}
	fmt->last = fmt->before_last = 0;
	if (!lines && at && fmt->words[at - 1].kind == WORD_COMMENT && !at_line_start(fmt)) {
		arena_buffer_puts(&fmt->out, " ");
		return;
	}
	new_line(fmt, base(fmt));
	if (!first && (lines > 1 || (!fmt->depth && fmt->after_block)))
		blank_line(fmt);
	fmt->after_block = false;
}

static void note_token(struct fmt *fmt, const struct fmt_neighbours *near, int kind)
{
	static const int signs[] = {TOKEN_MINUS, TOKEN_STAR, TOKEN_AMPERSAND,
				    TOKEN_INCREMENT, TOKEN_DECREMENT, TOKEN_PLUS};
	bool star = fmt_is_type_star(near);

	fmt->unary = false;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		fmt->unary |= signs[i] == kind && (near->cast || !fmt_is_operand_end(fmt->last));
	fmt->before_last = fmt->last;
	/* Behind a type's star there can be another. */
	fmt->last = star ? TOKEN_TYPE : kind;
	fmt->unary &= !star;
	fmt->star = star;
	fmt->cast = false;
}

static void put_token(struct fmt *fmt, uint32_t at)
{
	const struct word *word = &fmt->words[at];
	int kind = word->kind;
	struct fmt_neighbours near;

	/* A member may be called as a word of the language is. */
	if (fmt->last == TOKEN_DOT || fmt->last == TOKEN_ARROW)
		kind = TOKEN_NAME;
	near = (struct fmt_neighbours){fmt->before_last, fmt->last, kind, fmt->unary, fmt->cast, fmt->star};
	/* No blanks inside the slashes of a predicate. */
	if (near.last && !at_line_start(fmt) && fmt_blank(&near) &&
	    !(near.last == TOKEN_PREDICATE) && !(kind == TOKEN_PREDICATE && fmt->predicate))
		arena_buffer_puts(&fmt->out, " ");
	fmt->predicate ^= kind == TOKEN_PREDICATE;
	put_text(fmt, word);
	note_token(fmt, &near, kind);
	if (kind == TOKEN_LPAREN || kind == TOKEN_LBRACKET) {
		bool cast = kind == TOKEN_LPAREN && opens_cast(fmt, at, near.last);

		push(fmt, cast ? BRACKET_CAST : BRACKET_ROUND, false);
	} else if (kind == TOKEN_RPAREN || kind == TOKEN_RBRACKET) {
		if (fmt->depth)
			fmt->depth--;
		fmt->cast = fmt->open[fmt->depth].kind == BRACKET_CAST;
	} else if (kind == TOKEN_VALUE_IF || (kind == TOKEN_ELSE && fmt->closed_value)) {
		fmt->value_if = true;
	}
}

/* A comment, or a line of C: where the author had it, at the end of a line or on one of its own. */
static void put_other(struct fmt *fmt, uint32_t at)
{
	const struct word *word = &fmt->words[at];
	uint32_t lines = lines_before(fmt, at), depth = fmt->depth;
	bool own = lines || !at || word->kind == WORD_RAW, inside;

	inside = depth && (top(fmt)->kind == BRACKET_ROUND || top(fmt)->kind == BRACKET_CAST);
	if (own) {
		bool first = !at || (at && opens(fmt->words[at - 1].kind));

		inside |= fmt->last && fmt->last != TOKEN_SEMICOLON && fmt->last != TOKEN_RBRACE && depth &&
			  top(fmt)->kind != BRACKET_LINES;
		new_line(fmt, base(fmt) + inside);
		if (!first && (lines > 1 || (!depth && fmt->after_block)))
			blank_line(fmt);
		fmt->after_block = false;
	} else if (at_line_start(fmt) && fmt->line) {
		/* It stood behind the brace or the comment that has ended the line. */
		fmt->out.length--;
		fmt->out.text[fmt->out.length] = '\0';
		fmt->line = 0;
		arena_buffer_puts(&fmt->out, " ");
	} else if (!at_line_start(fmt)) {
		arena_buffer_puts(&fmt->out, " ");
	}
	put_text(fmt, word);
	if (word->kind != WORD_COMMENT || (at + 1 < fmt->count && lines_before(fmt, at + 1)))
		new_line(fmt, base(fmt) + inside);
	fmt->unary = false;
}

static void put_word(struct fmt *fmt, uint32_t at)
{
	int kind = fmt->words[at].kind;

	if (!is_token(kind)) {
		put_other(fmt, at);
		return;
	}
	if (kind == TOKEN_RBRACE) {
		put_closing_brace(fmt, at);
		return;
	}
	if (begins(fmt, at))
		start_statement(fmt, at);
	else if (kind != TOKEN_LBRACE)
		break_line(fmt, at);
	if (kind == TOKEN_LBRACE || kind == TOKEN_VALUE_LBRACE)
		put_brace(fmt, at);
	else
		put_token(fmt, at);
}

const char *unit_format(struct unit *unit, size_t *length)
{
	struct fmt *fmt = arena_alloc(unit->arena, sizeof(*fmt));

	*fmt = (struct fmt){.source = &unit->source, .out = {.arena = unit->arena}};
	fmt->words = unit->words->items;
	fmt->count = unit->words->count;
	arena_buffer_add(&fmt->out, "", 0);
	match_brackets(fmt, unit->arena);
	for (uint32_t i = 0; i < fmt->count; i++)
		put_word(fmt, i);
	new_line(fmt, 0);
	*length = fmt->out.length;
	return fmt->out.text;
}
