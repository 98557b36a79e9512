/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a #define says: a name, its parameters, and what it stands for. */
#include <string.h>

#include "lang/arena.h"
#include "lang/c_reader.h"
#include "lang/unit.h"

static uint16_t find_param(const struct c_macro *macro, const struct c_word *word)
{
	for (uint16_t i = 0; i < macro->n_params; i++) {
		if (macro->params[i] == word)
			return (uint16_t)(i + 1);
	}
	return 0;
}

/* The parameters, behind the '('. */
static bool read_params(struct c_reader *reader, struct c_macro *macro)
{
	static const char va_args[] = "__VA_ARGS__";
	struct c_word *params[256];
	struct c_token token;

	macro->function = true;
	for (c_next_raw(reader, &token); !c_is(&token, ')'); c_next_raw(reader, &token)) {
		bool dots = c_is(&token, C_PUNCT3('.', '.', '.'));

		if (macro->variadic || macro->n_params == 255 || (!dots && token.kind != C_WORD))
			return false;
		params[macro->n_params++] =
			dots ? c_word(reader->words, va_args, strlen(va_args)) : token.word;
		macro->variadic = dots;
		c_next_raw(reader, &token);
		if (c_is(&token, C_PUNCT3('.', '.', '.')) && !dots) {
			macro->variadic = true;
			c_next_raw(reader, &token);
		}
		if (c_is(&token, ')'))
			break;
		if (!c_is(&token, ','))
			return false;
	}
	macro->params = arena_copy(reader->arena, params,
				   (macro->n_params + 1u) * sizeof(struct c_word *));
	return true;
}

/* # and ## are noted on the tokens beside them. */
static bool read_body(struct c_reader *reader, struct c_macro *macro, struct c_token *token)
{
	struct c_tokens body = {0};
	bool stringify = false;

	for (; token->kind != C_END; c_next_raw(reader, token)) {
		if (c_is(token, C_PUNCT2('#', '#'))) {
			if (!body.count)
				return false;
			body.items[body.count - 1].paste = true;
			continue;
		}
		if (macro->function && c_is(token, '#') && !stringify) {
			stringify = true;
			continue;
		}
		token->line = false;
		token->param = token->kind == C_WORD ? find_param(macro, token->word) : 0;
		token->stringify = stringify;
		if (stringify && !token->param)
			return false;
		stringify = false;
		c_tokens_add(reader, &body, token);
	}
	macro->body = body.items;
	macro->n_body = body.count;
	return !stringify && (!body.count || !body.items[body.count - 1].paste);
}

void c_define(struct c_reader *reader, bool own)
{
	struct c_macro *macro = arena_alloc(reader->arena, sizeof(*macro));
	struct c_token name, token;
	bool good = true;

	c_next_raw(reader, &name);
	if (name.kind != C_WORD || name.word->meaning == CW_DEFINED) {
		c_report(reader, DIAG_bad_define, "");
		return;
	}
	macro->name = name.word;
	macro->own = own;
	c_next_raw(reader, &token);
	if (c_is(&token, '(') && !token.space) {
		good = read_params(reader, macro);
		if (good)
			c_next_raw(reader, &token);
	}
	macro->span.begin = reader->place.begin;
	good = good && read_body(reader, macro, &token);
	if (macro->n_body && !macro->function) {
		const struct c_token *last = &macro->body[macro->n_body - 1];

		macro->span.end = macro->span.begin +
				  (uint32_t)(last->text + last->length - macro->body[0].text);
	}
	if (!good)
		c_report(reader, DIAG_bad_define, name.word->text);
	else
		name.word->macro = macro;
}

void c_define_text(struct c_reader *reader, const char *text)
{
	struct c_file file = {
		.cursor = {text, text + strlen(text), true}, .text = text, .floor = true};
	struct c_file *outer = reader->file;
	bool one_line = reader->one_line;

	reader->file = &file;
	reader->one_line = true;
	while (file.cursor.at < file.cursor.end) {
		c_define(reader, true);
		c_skip_line(&file.cursor);
	}
	reader->file = outer;
	reader->one_line = one_line;
}
