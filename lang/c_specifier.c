/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the types of declarations: words such as `unsigned long`, tags with what is in them. */
#include "lang/c_specifier.h"

#include <string.h>

#include "lang/arena.h"
#include "lang/layout.h"
#include "lang/layout_build.h"
#include "lang/unit.h"

/* "__packed__" is "packed". */
static bool attribute_is(const struct c_word *word, const char *name)
{
	const char *text = word->text;
	size_t length = word->length;

	if (length > 4 && !strncmp(text, "__", 2) && !strcmp(text + length - 2, "__")) {
		text += 2;
		length -= 4;
	}
	return strlen(name) == length && !strncmp(text, name, length);
}

static void attribute(struct c_reader *reader, struct c_attributes *to, const struct c_word *word)
{
	struct c_value value = {16, false, 4, NULL};
	struct c_token token;

	if (attribute_is(word, "packed"))
		to->packed = true;
	if (!c_take(reader, '(')) {
		if (attribute_is(word, "aligned"))
			to->aligned = 16;
		return;
	}
	if (attribute_is(word, "aligned")) {
		if (c_value(reader, &value) && value.value > 0 && value.value <= 1 << 20 &&
		    !(value.value & (value.value - 1)) && value.value > to->aligned)
			to->aligned = (uint32_t)value.value;
	} else if (attribute_is(word, "mode")) {
		c_next(reader, &token);
		if (token.kind == C_WORD && token.length < sizeof(to->mode) + 4) {
			bool framed = !strncmp(token.word->text, "__", 2) && token.length > 4;
			size_t length = token.length - (framed ? 4 : 0);

			if (length < sizeof(to->mode)) {
				memcpy(to->mode, token.word->text + (framed ? 2 : 0), length);
				to->mode[length] = '\0';
			}
		}
	}
	c_skip_balanced(reader, ')');
}

/* ((a, b(1))) */
static void attributes(struct c_reader *reader, struct c_attributes *to)
{
	struct c_token token;

	/* NOLINTNEXTLINE(misc-redundant-expression): each takes one */
	if (!c_take(reader, '(') || !c_take(reader, '('))
		return;
	for (c_next(reader, &token); token.kind != C_END; c_next(reader, &token)) {
		if (c_is(&token, ')'))
			break;
		if (token.kind == C_WORD)
			attribute(reader, to, token.word);
	}
	c_take(reader, ')');
}

/* _Alignas(8), _Alignas(T) */
static void align_as(struct c_reader *reader, struct c_attributes *to)
{
	struct c_value value = {0};
	const struct type *type;
	struct c_token token;

	if (!c_take(reader, '('))
		return;
	token = c_peek(reader);
	if (c_starts_type(reader, &token)) {
		type = layout_type(reader->unit, c_type_name(reader), 0);
		value.value = type ? type->align : 0;
	} else if (!c_value(reader, &value)) {
		c_report(reader, DIAG_c_constant, "");
	}
	if (value.value > 0 && value.value <= 1 << 20)
		to->aligned = (uint32_t)value.value;
	c_skip_balanced(reader, ')');
}

/* A word that says nothing about the type, with what belongs to it. */
static bool qualifier(struct c_reader *reader, const struct c_token *token,
		      struct c_attributes *to)
{
	if (token->kind != C_WORD)
		return false;
	switch ((int)token->word->meaning) {
	case CW_CONST:
	case CW_VOLATILE:
	case CW_RESTRICT:
	case CW_EXTENSION:
	case CW_EXTERN:
	case CW_STATIC:
	case CW_INLINE:
	case CW_REGISTER:
	case CW_NORETURN:
	case CW_ATOMIC:
	case CW_USER:
	case CW_KERNEL:
	case CW_BITWISE:
		return true;
	case CW_PRAGMA_OPERATOR:
		if (c_take(reader, '('))
			c_skip_balanced(reader, ')');
		return true;
	case CW_ATTRIBUTE:
		attributes(reader, to);
		return true;
	case CW_ALIGNAS:
		align_as(reader, to);
		return true;
	default:
		return false;
	}
}

void c_qualifiers(struct c_reader *reader, struct c_attributes *to)
{
	struct c_token token;

	do
		c_next(reader, &token);
	while (qualifier(reader, &token, to));
	c_back(reader, &token);
}

/* Words of basic types, as they are counted. */
struct basic {
	uint32_t n, longs, shorts, chars, ints, signs, unsigneds;
	const char *other; /* void, float, _Bool ...; NULL */
};

static bool add_basic(struct basic *basic, const struct c_token *token)
{
	static const char *const others[CW_MEANINGS] = {
		[CW_VOID] = "void",	    [CW_FLOAT] = "float",
		[CW_DOUBLE] = "double",	    [CW_FLOAT128] = "long double",
		[CW_BOOL] = "_Bool",	    [CW_INT128] = "__int128",
		[CW_UINT128] = "__int128",  [CW_VA_LIST] = "__builtin_va_list",
		[CW_COMPLEX] = "_Complex",
	};

	if (token->kind != C_WORD)
		return false;
	switch ((int)token->word->meaning) {
	case CW_UNSIGNED:
		basic->unsigneds++;
		break;
	case CW_SIGNED:
		basic->signs++;
		break;
	case CW_LONG:
		basic->longs++;
		break;
	case CW_SHORT:
		basic->shorts++;
		break;
	case CW_CHAR:
		basic->chars++;
		break;
	case CW_INT:
		basic->ints++;
		break;
	default:
		if (!others[token->word->meaning] || (basic->n && basic->other))
			return false;
		basic->other = others[token->word->meaning];
		break;
	}
	basic->n++;
	return true;
}

/* As layout_basic() knows it. */
static const char *basic_name(const struct basic *basic)
{
	static const char *const names[][2] = {
		{"int", "unsigned int"},
		{"short", "unsigned short"},
		{"long", "unsigned long"},
	};
	int row = basic->shorts ? 1 : basic->longs ? 2 : 0;

	if (basic->other)
		return basic->longs && !strcmp(basic->other, "double") ? "long double"
								       : basic->other;
	if (basic->chars)
		return basic->unsigneds ? "unsigned char" : basic->signs ? "signed char" : "char";
	return names[row][basic->unsigneds != 0];
}

const char *c_mode_name(const struct c_attributes *attributes, bool is_unsigned)
{
	static const struct {
		const char *mode, *names[2];
	} rows[] = {
		{"QI", {"signed char", "unsigned char"}}, {"HI", {"short", "unsigned short"}},
		{"SI", {"int", "unsigned int"}},	  {"DI", {"long", "unsigned long"}},
		{"TI", {"__int128", "__int128"}},	  {"word", {"long", "unsigned long"}},
		{"pointer", {"long", "unsigned long"}},	  {"byte", {"signed char", "unsigned char"}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!strcmp(rows[i].mode, attributes->mode))
			return rows[i].names[is_unsigned];
	}
	return NULL;
}

static bool enumerators(struct c_reader *reader, struct definition *definition,
			struct parse_members *members)
{
	struct c_value value = {-1, false, 4, NULL};
	struct c_token token;

	while (!c_take(reader, '}')) {
		struct c_attributes ignored = {0};

		c_next(reader, &token);
		if (token.kind != C_WORD) {
			c_back(reader, &token);
			c_report(reader, DIAG_expected_name, "");
			return false;
		}
		parse_add_member(&reader->parse, members,
				 &(struct member){.span = reader->place, .name = token.word->text});
		c_qualifiers(reader, &ignored);
		value.value++;
		if (c_take(reader, '=') && !c_value(reader, &value))
			c_report(reader, DIAG_c_constant, "");
		members->items[members->count - 1].value = tree_integer(
			&reader->parse, NODE_INT, reader->place, (uint64_t)value.value);
		members->items[members->count - 1].is_large =
			value.is_unsigned && value.size == 8 && value.value < 0;
		token.word->enumerator = definition;
		token.word->value = value.value;
		if (!c_take(reader, ',') && !c_is((token = c_peek(reader), &token), '}')) {
			c_report(reader, DIAG_expected_brace, "");
			return false;
		}
	}
	return true;
}

/* In a script, a look behind a struct must not go further than its attributes do. */
static void script_attributes(struct c_reader *reader, struct c_attributes *to)
{
	struct c_cursor cursor;
	struct c_token token;

	for (;;) {
		cursor = reader->file->cursor;
		c_lex(reader->words, &cursor, false, &token);
		if (token.kind != C_WORD || (token.word->meaning != CW_ATTRIBUTE && !token.word->macro))
			return;
		c_next(reader, &token);
		if (!qualifier(reader, &token, to)) {
			c_back(reader, &token);
			return;
		}
		if (!c_in_script(reader))
			return;
	}
}

/* What could not be read was reported; the rest of it goes. */
static bool close_body(struct c_reader *reader)
{
	struct c_token token = c_peek(reader);

	if (token.kind == C_END && !reader->failed)
		c_report(reader, DIAG_expected_brace, "");
	if (token.kind == C_END)
		return false;
	c_skip_balanced(reader, '}');
	return true;
}

static bool body(struct c_reader *reader, struct definition *definition,
		 struct c_attributes *attributes)
{
	struct parse_members members = {0};
	bool good;

	if (++reader->depth > C_MAX_NESTING)
		c_give_up(reader, DIAG_too_deep);
	good = definition->form == FORM_ENUM ? enumerators(reader, definition, &members)
					     : c_members(reader, &members);
	reader->depth--;
	if (!good)
		good = close_body(reader);
	definition->members = members.items;
	definition->n_members = members.count;
	definition->span.end = reader->place.end;
	definition->pack = reader->file ? reader->file->pack : 0;
	if (c_in_script(reader))
		script_attributes(reader, attributes);
	else
		c_qualifiers(reader, attributes);
	definition->packed = attributes->packed;
	definition->aligned = attributes->aligned;
	return good;
}

static void report_redefined(struct c_reader *reader, const struct c_word *name, struct span span,
			     struct span first)
{
	struct diags *diags = &reader->unit->diags;
	struct diag *diag = diag_report(diags, DIAG_c_redefined, span, name->text);

	diag_note(diags, diag, DIAG_initial_declaration, first);
}

/* Behind struct, union or enum. */
static bool tagged(struct c_reader *reader, enum type_form form, struct c_specifiers *spec)
{
	struct c_attributes own = {0};
	struct definition *definition;
	const struct definition **tag;
	struct span span = reader->place;
	struct span name_span = span;
	struct c_word *name = NULL;
	struct c_token token;
	bool good;

	c_qualifiers(reader, &own);
	c_next(reader, &token);
	if (token.kind == C_WORD) {
		name = token.word;
		name_span = reader->place;
		c_next(reader, &token);
	}
	if (form == FORM_ENUM && c_is(&token, ':')) { /* enum e : type */
		c_type_name(reader);
		c_next(reader, &token);
	}
	spec->type = tree_type(&reader->parse, span, form, name ? name->text : "", NULL, NULL);
	if (!c_is(&token, '{')) {
		c_back(reader, &token);
		if (!name)
			c_report(reader, DIAG_expected_name, "");
		return name;
	}
	definition = arena_alloc(reader->arena, sizeof(*definition));
	definition->span = span;
	definition->form = form;
	definition->name = name ? name->text : "";
	good = body(reader, definition, &own);
	spec->type->type_name.definition = definition;
	spec->has_body = true;
	tag = name ? &name->tag[form - FORM_STRUCT] : NULL;
	if (tag && !*tag)
		*tag = definition;
	else if (tag && !c_in_system_header(reader))
		report_redefined(reader, name, name_span, (*tag)->span);
	return good;
}

bool c_in_script(struct c_reader *reader)
{
	while (reader->context && !reader->context->barrier &&
	       reader->context->at == reader->context->count)
		c_pop(reader);
	return reader->depth == 0 && reader->n_ahead == 0 && !reader->context && reader->file &&
	       !reader->file->outer && reader->file->floor;
}

bool c_starts_type(struct c_reader *reader, const struct c_token *token)
{
	struct basic basic = {0};

	if (token->kind != C_WORD)
		return false;
	switch ((int)token->word->meaning) {
	case CW_STRUCT:
	case CW_UNION:
	case CW_ENUM:
	case CW_TYPEOF:
	case CW_CONST:
	case CW_VOLATILE:
	case CW_ATTRIBUTE:
		return true;
	case CW_PLAIN:
		return token->word->type_name ||
		       (!token->word->enumerator && !token->word->macro &&
			layout_basic(reader->unit, token->word->text));
	default:
		return add_basic(&basic, token);
	}
}

/* typeof(T), and of what is an integer. */
static bool type_of(struct c_reader *reader, struct c_specifiers *spec)
{
	static const char *const names[2][2] = {{"int", "unsigned int"}, {"long", "unsigned long"}};
	struct c_value value = {0};
	const char *name = "typeof";
	struct c_token token;

	if (!c_take(reader, '('))
		return false;
	token = c_peek(reader);
	if (c_starts_type(reader, &token))
		spec->type = c_type_name(reader);
	else if (c_value(reader, &value) && !value.type)
		name = names[value.size == 8][value.is_unsigned];
	if (!spec->type)
		spec->type = tree_type(&reader->parse, reader->place, FORM_NAME, name, NULL, NULL);
	c_skip_balanced(reader, ')');
	return spec->type;
}

/* One word of the type; false: it is none. */
static bool specifier(struct c_reader *reader, struct c_token *token, struct c_specifiers *spec,
		      struct basic *basic, bool *good)
{
	if (qualifier(reader, token, &spec->attributes))
		return true;
	if (token->kind != C_WORD)
		return false;
	if (token->word->meaning == CW_TYPEDEF)
		return spec->is_typedef = true;
	if (spec->type)
		return false;
	if (add_basic(basic, token))
		return true;
	if (basic->n)
		return false;
	switch ((int)token->word->meaning) {
	case CW_STRUCT:
		*good = tagged(reader, FORM_STRUCT, spec);
		return *good;
	case CW_UNION:
		*good = tagged(reader, FORM_UNION, spec);
		return *good;
	case CW_ENUM:
		*good = tagged(reader, FORM_ENUM, spec);
		return *good;
	case CW_TYPEOF:
		*good = type_of(reader, spec);
		return *good;
	default:
		spec->type = tree_type(&reader->parse, reader->place, FORM_NAME, token->word->text,
				       NULL, NULL);
		return true;
	}
}

/* In a script, a struct ends with its attributes: what follows is not C's. */
static bool ends_here(struct c_reader *reader, const struct c_specifiers *spec)
{
	return spec->has_body && !spec->is_typedef && c_in_script(reader);
}

bool c_specifiers(struct c_reader *reader, struct c_specifiers *spec)
{
	struct basic basic = {0};
	struct c_token token;
	const char *name = NULL;
	bool good = true;

	do {
		if (ends_here(reader, spec))
			return good;
		c_next(reader, &token);
	} while (specifier(reader, &token, spec, &basic, &good));
	if (!good)
		return false;
	c_back(reader, &token);
	if (*spec->attributes.mode)
		name = c_mode_name(&spec->attributes, basic.unsigneds != 0);
	if (!name && basic.n)
		name = basic_name(&basic);
	if (name)
		spec->type = tree_type(&reader->parse, reader->place, FORM_NAME, name, NULL, NULL);
	if (spec->type && spec->type->type_name.form == FORM_NAME && !basic.n) {
		const struct definition *definition =
			c_find(reader->unit, FORM_NAME, spec->type->type_name.text);

		if (definition && definition->aligned > spec->attributes.aligned)
			spec->attributes.aligned = definition->aligned;
	}
	if (!spec->type)
		c_report(reader, DIAG_c_type, "");
	return spec->type;
}
