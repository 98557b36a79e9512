/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Macros: their definitions, and the stream of tokens in which they are replaced. What a macro stands
 * for is read from a context; while that is open the macro is busy, and its name, should it come up,
 * is painted and never expanded again.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/c_reader.h"
#include "lang/layout_build.h"
#include "lang/unit.h"

void c_tokens_add(struct c_reader *reader, struct c_tokens *tokens, const struct c_token *token)
{
	struct c_token *items;

	if (tokens->count == tokens->capacity) {
		tokens->capacity = tokens->capacity ? tokens->capacity * 2 : 8;
		items = arena_array(reader->arena, tokens->capacity, sizeof(*items));
		if (tokens->count)
			memcpy(items, tokens->items, tokens->count * sizeof(*items));
		tokens->items = items;
	}
	tokens->items[tokens->count++] = *token;
	if (++reader->tokens > C_MAX_TOKENS)
		c_give_up(reader, DIAG_c_too_much);
}

void c_push(struct c_reader *reader, struct c_token *tokens, uint32_t count,
	    struct c_macro *macro, bool barrier)
{
	struct c_context *context = arena_alloc(reader->arena, sizeof(*context));

	*context = (struct c_context){tokens, count, 0, macro, barrier, reader->context};
	reader->context = context;
	reader->tokens += count + 1;
	if (macro)
		macro->busy = true;
	if (reader->tokens > C_MAX_TOKENS)
		c_give_up(reader, DIAG_c_too_much);
}

void c_pop(struct c_reader *reader)
{
	if (reader->context->macro)
		reader->context->macro->busy = false;
	reader->context = reader->context->outer;
}

struct c_macro *c_macro(struct c_reader *reader, const struct c_word *word)
{
	/* the BTF is only asked for when a script wants to know */
	if (word->meaning == CW_HAVE_BTF && !word->macro && layout_btf(reader->unit))
		c_define_text(reader, "BPFTRACE_HAVE_BTF 1\n");
	return word->macro;
}

/* From the innermost file; at its end on with the one that includes it. */
static void next_of_file(struct c_reader *reader, struct c_token *token)
{
	struct c_file *file;

	for (;;) {
		file = reader->file;
		if (!c_lex(reader->words, &file->cursor, reader->one_line, token) &&
		    token->kind == C_END)
			c_report(reader, DIAG_unterminated_comment, "");
		if (token->kind != C_END)
			reader->place.begin = file->base + (uint32_t)(token->text - file->text);
		reader->place.end = reader->place.begin + token->length;
		if (token->kind == C_END && !reader->one_line && !file->floor) {
			c_close_file(reader);
			if (reader->at_top)
				return;
		} else if (c_is(token, '#') && token->line && !reader->one_line) {
			c_directive(reader);
		} else {
			return;
		}
		if (reader->failed)
			return;
	}
}

void c_next_raw(struct c_reader *reader, struct c_token *token)
{
	*token = (struct c_token){0};
	while (!reader->failed && reader->context) {
		struct c_context *context = reader->context;

		if (context->at < context->count) {
			*token = context->tokens[context->at++];
			return;
		}
		if (context->barrier)
			return;
		c_pop(reader);
	}
	if (!reader->failed)
		next_of_file(reader, token);
	if (reader->failed)
		token->kind = C_END;
}

/* True if the next token that counts is a '(': it is read then. */
static bool parenthesis_follows(struct c_reader *reader)
{
	struct c_token token, *copy;

	c_next_raw(reader, &token);
	if (c_is(&token, '('))
		return true;
	if (token.kind != C_END) {
		copy = arena_copy(reader->arena, &token, sizeof(token));
		c_push(reader, copy, 1, NULL, false);
	}
	return false;
}

/* One argument: to the ',' or ')' that ends it, which is returned; 0: there is none. */
static uint32_t read_argument(struct c_reader *reader, bool variadic, struct c_tokens *to)
{
	struct c_token token;
	uint32_t depth = 0;

	for (;;) {
		c_next_raw(reader, &token);
		if (token.kind == C_END)
			return 0;
		if (!depth && (c_is(&token, ')') || (c_is(&token, ',') && !variadic)))
			return token.punct;
		if (c_is(&token, '('))
			depth++;
		else if (c_is(&token, ')'))
			depth--;
		c_tokens_add(reader, to, &token);
	}
}

/* At the macro's name; what is wrong then stands for 0, or nothing more is read. */
static bool bad_call(struct c_reader *reader, struct c_macro *macro, struct span place, bool open)
{
	static const struct c_token zero = {.kind = C_NUMBER, .length = 1, .text = "0"};

	reader->place = place;
	c_report(reader, open ? DIAG_macro_call_open : DIAG_macro_call_arguments,
		 macro->name->text);
	if (open && !reader->context && !reader->muted)
		reader->failed = true;
	else
		c_push(reader, arena_copy(reader->arena, &zero, sizeof(zero)), 1, NULL, false);
	return false;
}

static bool read_arguments(struct c_reader *reader, struct c_macro *macro, struct c_tokens *args,
			   struct span place)
{
	uint32_t given = 0, end;

	for (;;) {
		bool last = given + 1 >= macro->n_params;
		struct c_tokens extra = {0};

		end = read_argument(reader, macro->variadic && last,
				    given < macro->n_params ? &args[given] : &extra);
		if (given < macro->n_params || extra.count)
			given++;
		if (end != ',')
			break;
		if (given > macro->n_params)
			given = macro->n_params + 1;
	}
	if (!end)
		return bad_call(reader, macro, place, true);
	if (given > macro->n_params || given + macro->variadic < macro->n_params)
		return bad_call(reader, macro, place, false);
	return true;
}

/* An argument with its own macros replaced. */
static struct c_tokens expand_argument(struct c_reader *reader, const struct c_tokens *arg)
{
	struct c_tokens expanded = {0};
	struct c_token token;
	uint32_t n_ahead = reader->n_ahead;

	reader->n_ahead = 0;
	if (++reader->depth > C_MAX_NESTING)
		c_give_up(reader, DIAG_too_deep);
	c_push(reader, arg->items, arg->count, NULL, true);
	for (c_next(reader, &token); token.kind != C_END; c_next(reader, &token))
		c_tokens_add(reader, &expanded, &token);
	if (!reader->failed)
		c_pop(reader);
	reader->depth--;
	reader->n_ahead = n_ahead;
	return expanded;
}

/* #x: its tokens as a string. */
static struct c_token stringify(struct c_reader *reader, const struct c_tokens *arg)
{
	struct arena_buffer out = {.arena = reader->arena};
	struct c_token token = {.kind = C_STRING, .space = true};

	arena_buffer_puts(&out, "\"");
	for (uint32_t i = 0; i < arg->count; i++) {
		const struct c_token *from = &arg->items[i];
		bool quoted = from->kind == C_STRING || from->kind == C_CHAR;

		if (i && from->space)
			arena_buffer_puts(&out, " ");
		for (uint32_t k = 0; k < from->length; k++) {
			if (quoted && (from->text[k] == '"' || from->text[k] == '\\'))
				arena_buffer_puts(&out, "\\");
			arena_buffer_add(&out, &from->text[k], 1);
		}
	}
	arena_buffer_puts(&out, "\"");
	token.text = out.text;
	token.length = (uint32_t)out.length;
	return token;
}

/* a ## b; tokens that make none stay two. */
static bool paste(struct c_reader *reader, struct c_token *left, const struct c_token *right)
{
	char *text = arena_printf(reader->arena, "%.*s%.*s", (int)left->length, left->text,
				  (int)right->length, right->text);
	struct c_cursor cursor = {text, text + left->length + right->length, false};
	struct c_token token;

	if (!c_lex(reader->words, &cursor, false, &token) || cursor.at != cursor.end)
		return false;
	token.space = left->space;
	*left = token;
	return true;
}

struct substitution {
	struct c_reader *reader;
	struct c_macro *macro;
	struct c_tokens *args, *expanded, out;
	bool pasting; /* the next token goes to the last */
	bool empty;   /* what is left of a ## was nothing */
};

static void put(struct substitution *to, const struct c_token *token, bool first)
{
	if (to->pasting && !to->empty && to->out.count &&
	    paste(to->reader, &to->out.items[to->out.count - 1], token)) {
		to->pasting = false;
		return;
	}
	to->pasting = false;
	c_tokens_add(to->reader, &to->out, token);
	if (first)
		to->out.items[to->out.count - 1].space = true;
}

static void put_all(struct substitution *to, const struct c_tokens *from)
{
	for (uint32_t i = 0; i < from->count; i++)
		put(to, &from->items[i], !i);
}

/* A parameter of the body: as it was given beside a ##, else expanded. */
static void put_param(struct substitution *to, const struct c_token *token)
{
	uint32_t index = token->param - 1u;
	bool is_variadic = to->macro->variadic && token->param == to->macro->n_params;
	struct c_token text;

	if (token->stringify) {
		text = stringify(to->reader, &to->args[index]);
		put(to, &text, false);
	} else if (to->pasting && is_variadic && to->out.count &&
		   c_is(&to->out.items[to->out.count - 1], ',')) {
		/* GNU: , ## __VA_ARGS__ loses its comma where there are none */
		to->pasting = false;
		if (!to->args[index].count)
			to->out.count--;
		put_all(to, &to->expanded[index]);
	} else if (to->pasting || token->paste) {
		to->empty = !to->args[index].count && (to->empty || !to->pasting);
		put_all(to, &to->args[index]);
	} else {
		put_all(to, &to->expanded[index]);
	}
}

static struct c_tokens substitute(struct c_reader *reader, struct c_macro *macro,
				  struct c_tokens *args)
{
	struct substitution to = {.reader = reader, .macro = macro, .args = args};

	to.expanded = arena_array(reader->arena, macro->n_params + 1u, sizeof(*to.expanded));
	for (uint32_t i = 0; i < macro->n_params; i++)
		to.expanded[i] = expand_argument(reader, &args[i]);
	for (uint32_t i = 0; i < macro->n_body && !reader->failed; i++) {
		const struct c_token *token = &macro->body[i];
		bool paste_next = token->paste;

		if (token->param) {
			put_param(&to, token);
		} else {
			put(&to, token, false);
			to.empty = false;
		}
		if (to.out.count)
			to.out.items[to.out.count - 1].paste = false;
		to.pasting = paste_next;
		if (!paste_next)
			to.empty = false;
	}
	return to.out;
}

static bool expand(struct c_reader *reader, struct c_macro *macro)
{
	struct span place = reader->place;
	struct c_tokens *args, out;

	if (!macro->function) {
		c_push(reader, macro->body, macro->n_body, macro, false);
		return true;
	}
	if (!parenthesis_follows(reader))
		return false;
	args = arena_array(reader->arena, macro->n_params + 1u, sizeof(*args));
	if (!read_arguments(reader, macro, args, place))
		return true;
	out = substitute(reader, macro, args);
	if (!reader->failed)
		c_push(reader, out.items, out.count, macro, false);
	return true;
}

static void make_number(struct c_reader *reader, struct c_token *token, uint64_t value)
{
	token->kind = C_NUMBER;
	token->text = arena_printf(reader->arena, "%llu", (unsigned long long)value);
	token->length = (uint32_t)strlen(token->text);
}

/* defined X, defined(X) */
static void read_defined(struct c_reader *reader, struct c_token *token)
{
	struct c_token word;
	bool parens, is_defined;

	c_next_raw(reader, &word);
	parens = c_is(&word, '(');
	if (parens)
		c_next_raw(reader, &word);
	is_defined = word.kind == C_WORD &&
		     (c_macro(reader, word.word) || word.word->meaning == CW_HAS_INCLUDE ||
		      word.word->meaning == CW_HAS_INCLUDE_NEXT);
	if (word.kind != C_WORD)
		c_report(reader, DIAG_c_condition, "");
	if (parens)
		c_next_raw(reader, &word);
	make_number(reader, token, is_defined);
}

/* __has_include(<x.h>) */
static void read_has_include(struct c_reader *reader, struct c_token *token)
{
	bool next = token->word->meaning == CW_HAS_INCLUDE_NEXT;
	struct arena_buffer name = {.arena = reader->arena};
	struct c_token part;
	char kind = '"';
	int error = 1;

	c_next_raw(reader, &part);
	if (c_is(&part, '('))
		c_next_raw(reader, &part);
	arena_buffer_add(&name, "", 0);
	if (part.kind == C_STRING && part.length >= 2) {
		arena_buffer_add(&name, part.text + 1, part.length - 2);
	} else if (c_is(&part, '<')) {
		kind = '<';
		for (c_next_raw(reader, &part); part.kind != C_END && !c_is(&part, '>');
		     c_next_raw(reader, &part))
			arena_buffer_add(&name, part.text, part.length);
	}
	c_next_raw(reader, &part);
	if (name.length)
		c_find_header(reader, next ? '+' : kind, name.text, &error);
	make_number(reader, token, !error);
}

/* Words that are a token of their own kind wherever they stand; true: `token` is one now. */
static bool is_special(struct c_reader *reader, struct c_token *token)
{
	switch ((int)token->word->meaning) {
	case CW_DEFINED:
		if (!reader->in_condition)
			return false;
		read_defined(reader, token);
		return true;
	case CW_HAS_INCLUDE:
	case CW_HAS_INCLUDE_NEXT:
		if (!reader->in_condition)
			return false;
		read_has_include(reader, token);
		return true;
	case CW_LINE:
		make_number(reader, token, 1);
		return true;
	case CW_COUNTER:
		make_number(reader, token, reader->counter++);
		return true;
	case CW_FILE:
		token->kind = C_STRING;
		token->text = "\"\"";
		token->length = 2;
		return true;
	default:
		return false;
	}
}

void c_next(struct c_reader *reader, struct c_token *token)
{
	struct c_macro *macro;

	if (reader->n_ahead) {
		*token = reader->ahead[--reader->n_ahead];
		return;
	}
	for (;;) {
		c_next_raw(reader, token);
		if (token->kind != C_WORD || token->painted || is_special(reader, token))
			return;
		macro = c_macro(reader, token->word);
		if (!macro)
			return;
		if (macro->busy) {
			token->painted = true;
			return;
		}
		if (!expand(reader, macro))
			return;
	}
}

void c_back(struct c_reader *reader, const struct c_token *token)
{
	if (reader->n_ahead < C_MAX_AHEAD)
		reader->ahead[reader->n_ahead++] = *token;
}

struct c_token c_peek(struct c_reader *reader)
{
	struct c_token token;

	c_next(reader, &token);
	c_back(reader, &token);
	return token;
}

bool c_take(struct c_reader *reader, uint32_t punct)
{
	struct c_token token;

	c_next(reader, &token);
	if (c_is(&token, punct))
		return true;
	c_back(reader, &token);
	return false;
}
