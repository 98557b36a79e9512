/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that begin with a '#', and the files that are being read. What an #if leaves out is looked
 * over line by line; what it takes is read on as if it stood alone.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/c_reader.h"
#include "lang/unit.h"

struct c_file *c_open_file(struct c_reader *reader, struct c_header *header, struct span text)
{
	struct c_file *file = arena_alloc(reader->arena, sizeof(*file));
	const char *all = reader->unit->source.text;

	file->cursor = (struct c_cursor){all + text.begin, all + text.end, true};
	file->text = all + text.begin;
	file->base = text.begin;
	file->header = header;
	file->outer = reader->file;
	reader->file = file;
	return file;
}

void c_close_file(struct c_reader *reader)
{
	const struct c_condition *condition = reader->file->conditions;
	struct span place = reader->place;

	for (; condition; condition = condition->outer) {
		reader->place = condition->span;
		c_report(reader, DIAG_unterminated_if, "");
	}
	reader->place = place;
	reader->file = reader->file->outer;
	reader->n_files--;
}

/* The word behind a #, where there is one. */
static enum c_meaning directive_word(struct c_reader *reader, struct c_token *token)
{
	c_lex(reader->words, &reader->file->cursor, true, token);
	return token->kind == C_WORD ? token->word->meaning : CW_PLAIN;
}

static bool evaluate(struct c_reader *reader)
{
	struct c_value value = {0};
	struct c_token token;
	bool good;

	reader->in_condition = true;
	good = c_value(reader, &value);
	c_next(reader, &token);
	reader->in_condition = false;
	if (!good || token.kind != C_END)
		c_report(reader, DIAG_c_condition, "");
	return good && value.value != 0;
}

/* To the part that is read, or behind the #endif. */
static void skip_parts(struct c_reader *reader)
{
	struct c_file *file = reader->file;
	struct c_condition *condition = file->conditions;
	struct c_cursor *cursor = &file->cursor;
	struct c_token token;
	uint32_t depth = 0;
	bool space;

	for (;; c_skip_line(cursor)) {
		if (!c_skip_blanks(cursor, false, &space) || cursor->at >= cursor->end)
			return; /* c_close_file() complains */
		if (*cursor->at != '#')
			continue;
		reader->place.begin = file->base + (uint32_t)(cursor->at - file->text);
		reader->place.end = reader->place.begin + 1;
		cursor->at++;
		switch ((int)directive_word(reader, &token)) {
		case CW_IF:
		case CW_IFDEF:
		case CW_IFNDEF:
			depth++;
			break;
		case CW_ENDIF:
			if (depth--)
				break;
			file->conditions = condition->outer;
			return;
		case CW_ELSE:
			if (!depth && condition->otherwise)
				c_report(reader, DIAG_stray_else, token.word->text);
			condition->otherwise |= !depth;
			if (depth || condition->taken)
				break;
			condition->taken = true;
			return;
		case CW_ELIF:
			if (!depth && condition->otherwise)
				c_report(reader, DIAG_stray_else, token.word->text);
			if (depth || condition->taken || !evaluate(reader))
				break;
			condition->taken = true;
			return;
		default:
			break;
		}
	}
}

static void begin_if(struct c_reader *reader, enum c_meaning meaning, struct span span)
{
	struct c_condition *condition = arena_alloc(reader->arena, sizeof(*condition));
	struct c_token token;

	condition->outer = reader->file->conditions;
	condition->span = span;
	reader->file->conditions = condition;
	if (meaning == CW_IF) {
		condition->taken = evaluate(reader);
	} else {
		c_next_raw(reader, &token);
		if (token.kind != C_WORD)
			c_report(reader, DIAG_c_condition, "");
		else
			condition->taken =
				(c_macro(reader, token.word) != NULL) == (meaning == CW_IFDEF);
	}
	if (!condition->taken) {
		c_skip_line(&reader->file->cursor);
		skip_parts(reader);
	}
}

/* An #else or #elif: the part before was read, so the rest is not. */
static void end_part(struct c_reader *reader, const struct c_token *word)
{
	struct c_condition *condition = reader->file->conditions;

	if (!condition || condition->otherwise) {
		c_report(reader, DIAG_stray_else, word->word->text);
		return;
	}
	condition->otherwise = word->word->meaning == CW_ELSE;
	c_skip_line(&reader->file->cursor);
	skip_parts(reader);
}

/* The words of an #error, as they stand. */
static void say(struct c_reader *reader, enum diag_tag tag)
{
	struct c_cursor *cursor = &reader->file->cursor;
	const char *from;
	size_t length;
	bool space;

	c_skip_blanks(cursor, true, &space);
	from = cursor->at;
	c_skip_line(cursor);
	length = (size_t)(cursor->at - from);
	while (length && (from[length - 1] == '\n' || from[length - 1] == '\r'))
		length--;
	cursor->at = from;
	c_report(reader, tag, arena_text(reader->arena, from, length > 200 ? 200 : length));
}

/* pack(4), pack(), pack(push), pack(push, 1), pack(pop) */
static void pragma_pack(struct c_reader *reader)
{
	struct c_file *file = reader->file;
	struct c_token token;
	struct c_value value;
	uint32_t pack = 0;

	c_next_raw(reader, &token);
	for (c_next_raw(reader, &token); token.kind != C_END; c_next_raw(reader, &token)) {
		if (token.kind == C_NUMBER && c_number(&token, &value)) {
			pack = (uint32_t)value.value;
		} else if (token.kind == C_WORD && !strcmp(token.word->text, "push")) {
			if (file->n_packs < 16)
				file->packs[file->n_packs++] = file->pack;
			pack = file->pack;
		} else if (token.kind == C_WORD && !strcmp(token.word->text, "pop")) {
			pack = file->n_packs ? file->packs[--file->n_packs] : 0;
		}
	}
	file->pack = pack == 1 || pack == 2 || pack == 4 || pack == 8 ? pack : 0;
}

static void pragma(struct c_reader *reader)
{
	struct c_token token;

	c_next_raw(reader, &token);
	if (token.kind != C_WORD)
		return;
	if (!strcmp(token.word->text, "once") && reader->file->header)
		reader->file->header->once = true;
	else if (!strcmp(token.word->text, "pack"))
		pragma_pack(reader);
}

/* The name between the quotes or brackets, with its kind; NULL: there is none. */
static const char *include_name(struct c_reader *reader, char *kind)
{
	struct c_cursor *cursor = &reader->file->cursor;
	struct arena_buffer name = {.arena = reader->arena};
	struct c_token token;
	const char *end;
	bool space;

	c_skip_blanks(cursor, true, &space);
	if (cursor->at < cursor->end && *cursor->at == '<') {
		end = memchr(cursor->at, '>', (size_t)(cursor->end - cursor->at));
		if (!end || memchr(cursor->at, '\n', (size_t)(end - cursor->at)))
			return NULL;
		*kind = '<';
		reader->place.begin =
			reader->file->base + (uint32_t)(cursor->at - reader->file->text);
		reader->place.end = reader->place.begin + (uint32_t)(end + 1 - cursor->at);
		return arena_text(reader->arena, cursor->at + 1, (size_t)(end - cursor->at - 1));
	}
	c_next(reader, &token);
	*kind = '"';
	if (token.kind == C_STRING)
		return token.length > 2 ? arena_text(reader->arena, token.text + 1, token.length - 2)
					: NULL;
	if (!c_is(&token, '<'))
		return NULL;
	*kind = '<';
	arena_buffer_add(&name, "", 0);
	for (c_next(reader, &token); !c_is(&token, '>'); c_next(reader, &token)) {
		if (token.kind == C_END)
			return NULL;
		arena_buffer_add(&name, token.text, token.length);
	}
	return name.text;
}

static void include(struct c_reader *reader, bool next)
{
	struct c_header *header;
	const char *name;
	char kind;
	int error = 0;

	name = include_name(reader, &kind);
	c_skip_line(&reader->file->cursor);
	if (!name || !*name) {
		c_report(reader, DIAG_bad_include, "");
		return;
	}
	header = c_find_header(reader, next ? '+' : kind, name, &error);
	if (!header) {
		c_report_header(reader, kind, name, error);
	} else if (header->once) {
		return;
	} else if (reader->n_files >= C_MAX_INCLUDES) {
		c_give_up(reader, DIAG_include_depth);
	} else if ((reader->bytes += header->end - header->begin + 64) > C_MAX_BYTES) {
		c_give_up(reader, DIAG_c_too_much);
	} else {
		reader->n_files++;
		c_open_file(reader, header, (struct span){header->begin, header->end});
	}
}

static void undefine(struct c_reader *reader)
{
	struct c_token token;

	c_next_raw(reader, &token);
	if (token.kind == C_WORD)
		token.word->macro = NULL;
}

static void follow(struct c_reader *reader, const struct c_token *word, struct span span)
{
	enum c_meaning meaning = word->kind == C_WORD ? word->word->meaning : CW_PLAIN;

	switch ((int)meaning) {
	case CW_DEFINE:
		c_define(reader, false);
		break;
	case CW_UNDEF:
		undefine(reader);
		break;
	case CW_IF:
	case CW_IFDEF:
	case CW_IFNDEF:
		begin_if(reader, meaning, span);
		break;
	case CW_ELIF:
	case CW_ELSE:
		end_part(reader, word);
		break;
	case CW_ENDIF:
		if (reader->file->conditions)
			reader->file->conditions = reader->file->conditions->outer;
		else
			c_report(reader, DIAG_stray_else, "endif");
		break;
	case CW_ERROR:
		say(reader, DIAG_c_error);
		break;
	case CW_WARNING:
		say(reader, DIAG_c_warning);
		break;
	case CW_PRAGMA:
		pragma(reader);
		break;
	default:
		if (word->kind == C_WORD && strcmp(word->word->text, "line") != 0 &&
		    strcmp(word->word->text, "ident") != 0)
			diag_hint(&reader->unit->diags,
				  c_report(reader, DIAG_unknown_directive, word->word->text), DIAG_hint_comment);
		break;
	}
}

void c_directive(struct c_reader *reader)
{
	struct c_context *context = reader->context;
	struct c_file *file = reader->file;
	uint32_t n_ahead = reader->n_ahead;
	bool one_line = reader->one_line;
	struct span span = reader->place;
	struct c_token word;

	reader->context = NULL;
	reader->n_ahead = 0;
	reader->one_line = true;
	directive_word(reader, &word);
	span.end = reader->place.end = file->base + (uint32_t)(file->cursor.at - file->text);
	if (c_means(&word, CW_INCLUDE) || c_means(&word, CW_INCLUDE_NEXT)) {
		include(reader, word.word->meaning == CW_INCLUDE_NEXT);
	} else {
		follow(reader, &word, span);
		c_skip_line(&file->cursor);
	}
	reader->one_line = one_line;
	reader->n_ahead = n_ahead;
	reader->context = context;
}
