/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads prototypes: "result (parameter, [optional], ...)". The words are explained in builtins.def.
 */
#include "lang/proto.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lang/ast.h"
#include "lang/arena.h"
#include "lang/registers.h"

static const struct {
	const char *word;
	struct proto_type type;
} words[] = {
	{"void", {.kind = PROTO_VOID}},
	{"bool", {.kind = PROTO_BOOL}},
	{"u8", {.kind = PROTO_INT, .size = 1}},
	{"u16", {.kind = PROTO_INT, .size = 2}},
	{"u32", {.kind = PROTO_INT, .size = 4}},
	{"u64", {.kind = PROTO_INT, .size = 8}},
	{"i8", {.kind = PROTO_INT, .size = 1, .is_signed = true}},
	{"i16", {.kind = PROTO_INT, .size = 2, .is_signed = true}},
	{"i32", {.kind = PROTO_INT, .size = 4, .is_signed = true}},
	{"i64", {.kind = PROTO_INT, .size = 8, .is_signed = true}},
	{"int", {.kind = PROTO_ANY_INT}},
	{"str", {.kind = PROTO_STR}},
	{"ptr", {.kind = PROTO_PTR}},
	{"fmt", {.kind = PROTO_FMT}},
	{"literal", {.kind = PROTO_LITERAL}},
	{"word", {.kind = PROTO_WORD}},
	{"word/int", {.kind = PROTO_WORD_OR_INT}},
	{"map", {.kind = PROTO_MAP}},
	{"any", {.kind = PROTO_ANY}},
	{"custom", {.kind = PROTO_CUSTOM}},
#define TYPE(id, name) {name, {.kind = PROTO_KIND, .type = TYPE_##id}},
#include "image/types.def"
#undef TYPE
};

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " ");
}

/* One type at *at, moved behind it. */
static bool read_type(struct arena *arena, const char **at, struct proto_type *type)
{
	size_t length = strcspn(*at, " [](),");
	const char *end = *at + length;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) == length && !memcmp(words[i].word, *at, length))
			break;
	}
	if (i == sizeof(words) / sizeof(words[0]))
		return false;
	*type = words[i].type;
	if (type->kind == PROTO_STR && *end == '[') {
		type->size = (uint32_t)strtoul(end + 1, (char **)&end, 10);
		if (!type->size || *end++ != ']')
			return false;
	}
	end = skip_blanks(end);
	length = strcspn(end, " [](),");
	if (type->kind == PROTO_PTR && length) {
		type->name = arena_text(arena, end, length);
		end = skip_blanks(end + length);
	}
	*at = end;
	return true;
}

static bool read_param(struct arena *arena, const char **at, struct proto *proto)
{
	bool optional = **at == '[';

	if (!strncmp(*at, "...", 3)) {
		proto->variadic = true;
		*at = skip_blanks(*at + 3);
		return true;
	}
	if (proto->n_params == PROTO_MAX_PARAMS ||
	    (!optional && proto->n_required < proto->n_params))
		return false;
	if (optional)
		*at = skip_blanks(*at + 1);
	if (!read_type(arena, at, &proto->params[proto->n_params++]))
		return false;
	if (!optional)
		proto->n_required++;
	else if (*(*at)++ != ']')
		return false;
	*at = skip_blanks(*at);
	return true;
}

bool proto_parse(struct arena *arena, const char *text, struct proto *proto)
{
	*proto = (struct proto){0};
	text = skip_blanks(text);
	if (!read_type(arena, &text, &proto->result) || *text != '(')
		return false;
	text = skip_blanks(text + 1);
	while (*text != ')') {
		if (proto->variadic || !read_param(arena, &text, proto))
			return false;
		if (*text == ',')
			text = skip_blanks(text + 1);
		else if (*text != ')')
			return false;
	}
	return !*skip_blanks(text + 1);
}

static bool is_aggregation(const struct proto_type *result)
{
	return result->kind == PROTO_KIND && result->type >= TYPE_COUNT &&
	       result->type <= TYPE_TSERIES;
}

const struct builtin *builtins_new(struct arena *arena)
{
	static const struct {
		const char *name, *prototype;
		bool event;
		const char *example;
	} rows[] = {
#define HELPER(id, down, wide) false
#define BPFFN(name)            false
#define AGG(name)              false
#define EVENT(kind)            true
#define CUSTOM(name)           false
#define BUILTIN(name, prototype, lowering, check, doc, example)                                    \
	[BUILTIN_##name] = {#name, prototype, lowering, example},
#include "lang/builtins.def"
#undef BUILTIN
	};
	struct builtin *builtins = arena_array(arena, BUILTINS, sizeof(*builtins));

	for (uint32_t i = 0; i < BUILTINS; i++) {
		bool valid = proto_parse(arena, rows[i].prototype, &builtins[i].proto);

		assert(valid);
		(void)valid;
		builtins[i].name = rows[i].name;
		builtins[i].example = rows[i].example;
		builtins[i].id = (enum builtin_id)i;
		builtins[i].aggregation = is_aggregation(&builtins[i].proto.result);
		builtins[i].event = rows[i].event;
	}
	return builtins;
}

const struct builtin *builtin_find(const struct builtin *builtins, const char *name)
{
	uint32_t number;

	if (register_argument_name(name, &number))
		return &builtins[BUILTIN_argN];
	for (uint32_t i = 0; i < BUILTINS; i++) {
		if (!strcmp(builtins[i].name, name) && i != BUILTIN_argN)
			return &builtins[i];
	}
	return NULL;
}

const char *builtin_text(const struct node *node)
{
	return node->kind == NODE_CALL ? node->call.text : node->name.text;
}

bool builtin_is_added(const struct builtin *builtin)
{
	return builtin->id >= BUILTIN_intree;
}
