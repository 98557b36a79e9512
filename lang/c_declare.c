/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declarations: of structs, unions, enums and typedefs the types are kept; variables, prototypes and
 * functions with their bodies are read over. Types become the trees that layout_c.c lays out; sizes
 * and the values of enumerators are computed here, while the macros they use are what they are.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/c_reader.h"
#include "lang/c_specifier.h"
#include "lang/layout_build.h"
#include "lang/unit.h"

/* What a function is a type of: nothing that could be read. */
static const char function_text[] = "void";

void c_skip_balanced(struct c_reader *reader, uint32_t close)
{
	uint32_t depth = 0, open = close == ')' ? '(' : close == '}' ? '{' : '[';
	struct c_token token;

	while (reader->n_ahead) {
		c_next(reader, &token);
		depth += c_is(&token, open);
		if (c_is(&token, close) && !depth--)
			return;
	}
	for (c_next_raw(reader, &token); token.kind != C_END; c_next_raw(reader, &token)) {
		depth += c_is(&token, open);
		if (c_is(&token, close) && !depth--)
			return;
	}
	c_back(reader, &token);
}

/* To the end of what could not be read. */
static void recover(struct c_reader *reader)
{
	struct c_token token;
	uint32_t depth = 0;

	while (!reader->failed) {
		c_next(reader, &token);
		if (token.kind == C_END || (!depth && c_is(&token, ';')))
			return;
		depth += c_is(&token, '{');
		if (c_is(&token, '}') && (depth < 2 || !--depth))
			return;
	}
}

static struct node *type_node(struct c_reader *reader, enum type_form form, const char *text,
			      struct node *elem, struct node *count)
{
	return tree_type(&reader->parse, reader->place, form, text, elem, count);
}

/* The number of elements behind a '[': 0 where none is said. */
static struct node *dimension(struct c_reader *reader)
{
	struct c_value value = {0};
	struct c_token token = c_peek(reader);

	while (c_means(&token, CW_STATIC) || c_means(&token, CW_CONST) ||
	       c_means(&token, CW_RESTRICT)) {
		c_next(reader, &token);
		token = c_peek(reader);
	}
	if (c_is(&token, '*'))
		c_next(reader, &token);
	else if (!c_is(&token, ']') && (!c_value(reader, &value) || value.value < 0))
		c_report(reader, DIAG_c_constant, "");
	if (!c_take(reader, ']')) {
		c_report(reader, DIAG_expected_bracket, "");
		c_skip_balanced(reader, ']');
	}
	return tree_integer(&reader->parse, NODE_INT, reader->place, (uint64_t)value.value);
}

/* Arrays and functions: what stands behind the name. */
static struct node *suffixes(struct c_reader *reader, struct node *base)
{
	struct node *dimensions[16];
	uint32_t n = 0;

	if (c_take(reader, '(')) {
		c_skip_balanced(reader, ')');
		return type_node(reader, FORM_NAME, function_text, NULL, NULL);
	}
	while (c_take(reader, '[')) {
		struct node *count = dimension(reader);

		if (n == 16)
			return base;
		dimensions[n++] = count;
	}
	while (n)
		base = type_node(reader, FORM_ARRAY, "", base, dimensions[--n]);
	return base;
}

/* True if the '(' that was read holds a declarator, not a function's parameters. */
static bool holds_declarator(struct c_reader *reader)
{
	struct c_token token = c_peek(reader);

	return c_is(&token, '*') || c_is(&token, '(') || c_is(&token, '^') ||
	       c_means(&token, CW_ATTRIBUTE) ||
	       (token.kind == C_WORD && !c_starts_type(reader, &token));
}

struct node *c_declarator(struct c_reader *reader, struct node *base, struct c_declarator *to)
{
	struct node *place, *inner, *real;
	struct c_token token;

	for (;;) {
		c_qualifiers(reader, &to->attributes);
		if (!c_take(reader, '*'))
			break;
		base = type_node(reader, FORM_POINTER, "", base, NULL);
	}
	if (++reader->depth > C_MAX_NESTING)
		c_give_up(reader, DIAG_too_deep);
	c_next(reader, &token);
	if (token.kind == C_WORD && !to->abstract) {
		to->name = token.word;
		to->span = reader->place;
		base = suffixes(reader, base);
	} else if (c_is(&token, '(') && !reader->failed && holds_declarator(reader)) {
		place = type_node(reader, FORM_NAME, "void", NULL, NULL);
		inner = c_declarator(reader, place, to);
		if (!c_take(reader, ')'))
			c_report(reader, DIAG_expected_paren, "");
		real = suffixes(reader, base);
		*place = *real;
		base = inner;
	} else {
		c_back(reader, &token);
		if (to->abstract)
			base = suffixes(reader, base);
	}
	reader->depth--;
	return base;
}

struct node *c_type_name(struct c_reader *reader)
{
	struct c_specifiers spec = {0};
	struct c_declarator declarator = {.abstract = true};

	if (!c_specifiers(reader, &spec))
		return NULL;
	return c_declarator(reader, spec.type, &declarator);
}

/* asm("name"), attributes: behind a declarator. */
static void after_declarator(struct c_reader *reader, struct c_declarator *declarator)
{
	struct c_token token = c_peek(reader);

	if (c_means(&token, CW_ASM)) {
		c_next(reader, &token);
		if (c_take(reader, '('))
			c_skip_balanced(reader, ')');
	}
	c_qualifiers(reader, &declarator->attributes);
}

static void add_member(struct c_reader *reader, struct parse_members *members,
		       const struct c_declarator *declarator, struct node *type,
		       struct node *bits)
{
	struct member member = {
		.span = declarator->span,
		.name = declarator->name ? declarator->name->text : "",
		.type = type,
		.value = bits,
		.aligned = declarator->attributes.aligned,
		.packed = declarator->attributes.packed,
	};

	if (!declarator->name)
		member.span = reader->place;
	parse_add_member(&reader->parse, members, &member);
}

/* : width */
static struct node *bitfield(struct c_reader *reader)
{
	struct c_value value = {0};

	if (!c_take(reader, ':'))
		return NULL;
	if (!c_value(reader, &value) || value.value < 0)
		c_report(reader, DIAG_c_constant, "");
	return tree_integer(&reader->parse, NODE_INT, reader->place, (uint64_t)value.value);
}

/* The names that share one type, up to the ';'. */
static bool member_names(struct c_reader *reader, const struct c_specifiers *spec,
			 struct parse_members *members)
{
	do {
		struct c_declarator declarator = {.attributes = spec->attributes};
		struct c_token token = c_peek(reader);
		struct node *type = spec->type, *bits;

		if (!c_is(&token, ':'))
			type = c_declarator(reader, spec->type, &declarator);
		bits = bitfield(reader);
		after_declarator(reader, &declarator);
		if (!declarator.name && !bits)
			return false;
		add_member(reader, members, &declarator, type, bits);
	} while (c_take(reader, ','));
	return true;
}

bool c_members(struct c_reader *reader, struct parse_members *members)
{
	struct c_declarator none = {0};
	struct c_specifiers spec;
	struct c_token token;

	while (!c_take(reader, '}')) {
		token = c_peek(reader);
		if (token.kind == C_END)
			return false;
		if (c_take(reader, ';'))
			continue;
		spec = (struct c_specifiers){0};
		if (c_means(&token, CW_STATIC_ASSERT)) {
			recover(reader);
			continue;
		}
		if (!c_specifiers(reader, &spec))
			return false;
		if (c_take(reader, ';')) {
			/* only a struct without a tag is a member without a name */
			none.attributes = spec.attributes;
			if (spec.type->type_name.definition &&
			    !*spec.type->type_name.definition->name)
				add_member(reader, members, &none, spec.type, NULL);
			continue;
		}
		if (!member_names(reader, &spec, members))
			return false;
		if (!c_take(reader, ';')) {
			c_report(reader, DIAG_expected_semicolon, "");
			return false;
		}
	}
	return true;
}

static void add_typedef(struct c_reader *reader, const struct c_declarator *declarator,
			struct node *type)
{
	struct definition *definition;
	struct member *member;

	if (declarator->name->type_name ||
	    (type->type_name.form == FORM_NAME &&
	     !strcmp(type->type_name.text, declarator->name->text)))
		return;
	definition = arena_alloc(reader->arena, sizeof(*definition));
	member = arena_alloc(reader->arena, sizeof(*member));
	*member = (struct member){.span = declarator->span,
				  .name = declarator->name->text,
				  .type = type};
	*definition = (struct definition){.span = declarator->span,
					  .form = FORM_NAME,
					  .name = declarator->name->text,
					  .members = member,
					  .n_members = 1,
					  .aligned = declarator->attributes.aligned};
	declarator->name->type_name = definition;
}

/* = value, up to the ',' or ';' behind it. */
static void skip_initializer(struct c_reader *reader)
{
	struct c_token token = c_peek(reader);

	while (token.kind != C_END && !c_is(&token, ',') && !c_is(&token, ';')) {
		c_next(reader, &token);
		if (c_is(&token, '('))
			c_skip_balanced(reader, ')');
		else if (c_is(&token, '{'))
			c_skip_balanced(reader, '}');
		token = c_peek(reader);
	}
}

/* What is declared, up to the ';' or the end of a function's body; false: it cannot be read. */
static bool declared_names(struct c_reader *reader, const struct c_specifiers *spec)
{
	do {
		struct c_declarator declarator = {.attributes = spec->attributes};
		struct node *type = c_declarator(reader, spec->type, &declarator);
		const char *mode;

		after_declarator(reader, &declarator);
		mode = type->type_name.form == FORM_NAME && *declarator.attributes.mode
			       ? c_mode_name(&declarator.attributes, *type->type_name.text == 'u')
			       : NULL;
		if (mode)
			type = type_node(reader, FORM_NAME, mode, NULL, NULL);
		if (!declarator.name) {
			c_report(reader, DIAG_expected_name, "");
			return false;
		}
		if (spec->is_typedef)
			add_typedef(reader, &declarator, type);
		if (type->type_name.text == function_text && c_take(reader, '{')) {
			c_skip_balanced(reader, '}');
			return true;
		}
		if (c_take(reader, '='))
			skip_initializer(reader);
	} while (c_take(reader, ','));
	if (c_take(reader, ';'))
		return true;
	c_report(reader, DIAG_expected_semicolon, "");
	return false;
}

void c_declaration(struct c_reader *reader)
{
	struct c_specifiers spec = {0};
	struct c_token token;

	reader->at_top = true;
	c_next(reader, &token);
	reader->at_top = false;
	if (token.kind == C_END || c_is(&token, ';'))
		return;
	if (c_means(&token, CW_STATIC_ASSERT) || c_means(&token, CW_ASM)) {
		recover(reader);
		return;
	}
	c_back(reader, &token);
	if (!c_specifiers(reader, &spec)) {
		recover(reader);
		return;
	}
	/* In a script the ';' behind a struct may be left out: what follows is no declarator. */
	if (spec.has_body && !spec.is_typedef && c_in_script(reader))
		return;
	if (!c_take(reader, ';') && !declared_names(reader, &spec))
		recover(reader);
}
