/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that begin with a '#'. Of C's preprocessor, a script can use what makes constants and what
 * leaves parts out: #define of names without parameters, #ifdef and the like, #if with defined(),
 * names and numbers. A name stands for an expression, not for text. An #include of a header beside
 * the script is read, others are only noted: the kernel's types come from its BTF.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/import.h"
#include "lang/layout_build.h"
#include "lang/lexer.h"
#include "lang/parse.h"
#include "lang/unit.h"

#include "lang/parser.tab.h"

/* More than any script needs; keeps a chain of doubling definitions from filling the memory. */
#define MAX_EXPANSIONS 10000

struct cursor {
	const char *at, *end;
};

static void skip_blanks(struct cursor *cursor)
{
	while (cursor->at < cursor->end &&
	       (isspace((unsigned char)*cursor->at) || *cursor->at == '\\'))
		cursor->at++;
}

static const char *take_word(struct parse *parse, struct cursor *cursor)
{
	const char *from;

	skip_blanks(cursor);
	from = cursor->at;
	while (cursor->at < cursor->end &&
	       (isalnum((unsigned char)*cursor->at) || *cursor->at == '_'))
		cursor->at++;
	return arena_text(parse->arena, from, (size_t)(cursor->at - from));
}

static struct cursor line_at(struct parse *parse, struct span span)
{
	const char *text = parse->unit->source.text;

	return (struct cursor){text + span.begin + 1, text + span.end};
}

static struct define *find_define(struct parse *parse, const char *name)
{
	struct define *define = parse->unit->program.defines;

	while (define && strcmp(define->name, name) != 0)
		define = define->next;
	return define;
}

static bool is_defined(struct parse *parse, const char *name)
{
	if (!strcmp(name, "BPFTRACE_HAVE_BTF"))
		return layout_btf(parse->unit);
	return find_define(parse, name);
}

static bool take(struct cursor *cursor, const char *text)
{
	skip_blanks(cursor);
	if ((size_t)(cursor->end - cursor->at) < strlen(text) ||
	    strncmp(cursor->at, text, strlen(text)) != 0)
		return false;
	cursor->at += strlen(text);
	return true;
}

/* The value of a name or number of an #if. */
static int64_t condition_value(struct parse *parse, const char *word)
{
	const struct define *define;

	if (isdigit((unsigned char)*word))
		return strtoll(word, NULL, 0);
	define = find_define(parse, word);
	return define ? strtoll(parse->unit->source.text + define->body.begin, NULL, 0) : 0;
}

/* defined(X), !defined(X), a name or a number. */
static bool condition_part(struct parse *parse, struct cursor *cursor)
{
	bool negated = take(cursor, "!"), parens, result;
	const char *word = take_word(parse, cursor);

	if (!strcmp(word, "defined")) {
		parens = take(cursor, "(");
		result = is_defined(parse, take_word(parse, cursor));
		if (parens)
			take(cursor, ")");
	} else {
		result = condition_value(parse, word) != 0;
	}
	return result != negated;
}

/* Parts joined by && and ||, from left to right. */
static bool condition(struct parse *parse, struct cursor *cursor)
{
	bool result = condition_part(parse, cursor), part;

	for (;;) {
		if (take(cursor, "&&")) {
			part = condition_part(parse, cursor);
			result = result && part;
		} else if (take(cursor, "||")) {
			part = condition_part(parse, cursor);
			result = result || part;
		} else {
			return result;
		}
	}
}

static void add_define(struct parse *parse, struct cursor *line)
{
	const char *name = take_word(parse, line), *end = line->end, *comment;
	const char *text = parse->unit->source.text;
	struct define *define;

	if (!*name || (line->at < line->end && *line->at == '('))
		return; /* a macro with parameters is nothing that a script could use */
	skip_blanks(line);
	comment = memmem(line->at, (size_t)(end - line->at), "//", 2);
	if (comment && !memchr(line->at, '"', (size_t)(comment - line->at)))
		end = comment;
	define = arena_alloc(parse->arena, sizeof(*define));
	define->name = name;
	define->body = (struct span){(uint32_t)(line->at - text), (uint32_t)(end - text)};
	define->next = parse->unit->program.defines;
	parse->unit->program.defines = define;
}

static void remove_define(struct parse *parse, const char *name)
{
	struct define **at = &parse->unit->program.defines;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	if (*at)
		*at = (*at)->next;
}

/* What they define is in the kernel's BTF; they are more C than a script may hold. */
static bool is_system_header(const char *path)
{
	static const char *const folders[] = {"linux/", "uapi/", "asm/", "asm-generic/",
					      "net/",	"sys/",	 "bits/"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (!strncmp(path, folders[i], strlen(folders[i])))
			return true;
	}
	return false;
}

static void add_include(struct parse *parse, struct span span, struct cursor *line)
{
	struct include **last = &parse->unit->program.includes, *include;
	const char *end;

	skip_blanks(line);
	if (line->at == line->end || (*line->at != '<' && *line->at != '"'))
		return;
	end = memchr(line->at + 1, *line->at == '<' ? '>' : '"',
		     (size_t)(line->end - line->at) - 1);
	if (!end)
		return;
	include = arena_alloc(parse->arena, sizeof(*include));
	include->span = span;
	include->angled = *line->at == '<';
	include->path = arena_text(parse->arena, line->at + 1, (size_t)(end - line->at - 1));
	while (*last)
		last = &(*last)->next;
	*last = include;
	if (!include->angled && !is_system_header(include->path))
		import_path(parse, span, include->path);
}

bool preprocess_line(struct parse *parse, struct span span)
{
	struct cursor line = line_at(parse, span);
	const char *word = take_word(parse, &line);
	bool negated = !strcmp(word, "ifndef"), wanted;

	if (!strcmp(word, "define") || !strcmp(word, "include"))
		parse_check_order(parse, span);
	if (!strcmp(word, "define")) {
		add_define(parse, &line);
	} else if (!strcmp(word, "undef")) {
		remove_define(parse, take_word(parse, &line));
	} else if (!strcmp(word, "include")) {
		add_include(parse, span, &line);
	} else if (negated || !strcmp(word, "ifdef") || !strcmp(word, "if")) {
		wanted = !strcmp(word, "if")
				 ? condition(parse, &line)
				 : is_defined(parse, take_word(parse, &line)) != negated;
		parse->ifs++;
		parse->skipped = 0;
		parse->taken = wanted;
		return !wanted;
	} else if (!strcmp(word, "else") || !strcmp(word, "elif")) {
		parse->skipped = 0;
		parse->taken = true;
		return parse->ifs > 0; /* the part before was read */
	} else if (!strcmp(word, "endif")) {
		parse->ifs -= parse->ifs > 0;
	}
	return false;
}

bool preprocess_skipped(struct parse *parse, struct span span)
{
	struct cursor line = line_at(parse, span);
	const char *word = take_word(parse, &line);

	if (!strncmp(word, "if", 2)) {
		parse->skipped++;
	} else if (!strcmp(word, "endif") && parse->skipped) {
		parse->skipped--;
	} else if (!strcmp(word, "endif")) {
		parse->ifs--;
		return false;
	} else if (!parse->skipped && !parse->taken &&
		   (!strcmp(word, "else") || (!strcmp(word, "elif") && condition(parse, &line)))) {
		parse->taken = true;
		return false;
	}
	return true;
}

struct node *preprocess_expand(struct parse *parse, struct span span, const char *name)
{
	struct unit *unit = parse->unit;
	struct define *define = find_define(parse, name);
	struct parse inner = {
		.unit = unit,
		.arena = parse->arena,
		.start = TOKEN_START_EXPRESSION,
		.brackets = parse->brackets,
		.expansions = parse->expansions + 1,
	};
	bool muted = unit->diags.muted;

	if (!define || define->busy || define->body.begin == define->body.end ||
	    inner.expansions > MAX_EXPANSIONS)
		return NULL;
	define->busy = true;
	unit->diags.muted = true;
	parse_open_scanner_at(&inner, define->body);
	lexer_start_body(&inner);
	if (parser_parse(&inner) || inner.recovered)
		inner.result = NULL;
	lexer_lex_destroy(inner.scanner);
	unit->diags.muted = muted;
	define->busy = false;
	parse->expansions = inner.expansions;
	if (inner.result)
		inner.result->span = span;
	return inner.result;
}
