/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what makes records: `emit name { fields }`, `alert rule { fields }`, and rules. The words
 * are keywords only where they can stand; everywhere else they are names like others.
 */
#include <ctype.h>
#include <string.h>

#include "image/near.h"
#include "lang/arena.h"
#include "lang/parse.h"
#include "lang/unit.h"

static const char *const severity_names[SEVERITIES] = {
#define SEVERITY(name) #name,
#include "image/severities.def"
#undef SEVERITY
};

/* The last of the nodes that have a name, or NULL. */
static const char *last_name(const struct node_list *list)
{
	const char *name = NULL;

	for (uint32_t i = list->count; i-- && !name;)
		name = record_field_name(list->items[i]);
	return name;
}

const char *record_field_name(const struct node *node)
{
	const char *name = NULL;

	switch (node->kind) {
	case NODE_NAME:
		return node->name.text;
	case NODE_VAR:
		return node->var.text;
	case NODE_MAP:
		return *node->map.text ? node->map.text : NULL;
	case NODE_FIELD:
		/* The element of a tuple has no name of its own. */
		return isdigit((unsigned char)*node->field.text)
			       ? record_field_name(node->field.object)
			       : node->field.text;
	case NODE_CALL:
		name = last_name(&node->call.args);
		return name ? name : node->call.text;
	case NODE_INDEX:
		return record_field_name(node->index.object);
	case NODE_CAST:
		return record_field_name(node->cast.operand);
	case NODE_UNARY:
		return record_field_name(node->unary.operand);
	case NODE_BINARY:
		name = record_field_name(node->binary.right);
		return name ? name : record_field_name(node->binary.left);
	case NODE_COMPTIME:
		return record_field_name(node->one.value);
	case NODE_INT: case NODE_STRING: case NODE_BOOL: case NODE_PARAM: case NODE_PARAM_COUNT:
	case NODE_TERNARY: case NODE_STEP: case NODE_TUPLE: case NODE_RECORD: case NODE_TYPE:
	case NODE_SIZEOF: case NODE_OFFSETOF: case NODE_BLOCK_EXPR: case NODE_EXPR:
	case NODE_DISCARD: case NODE_ASSIGN: case NODE_LET: case NODE_IF: case NODE_WHILE:
	case NODE_UNROLL: case NODE_FOR_MAP: case NODE_FOR_RANGE: case NODE_BREAK:
	case NODE_CONTINUE: case NODE_RETURN: case NODE_EMIT: case NODE_BLOCK: case NODE_KINDS:
		break;
	}
	return NULL;
}

void tree_append_field(struct parse *parse, struct parse_record *record, struct parse_field field)
{
	const char *name = field.name ? field.name : record_field_name(field.value);

	if (!name) {
		diag_report(&parse->unit->diags, DIAG_field_needs_name, field.value->span);
		name = "";
	}
	tree_append_named(parse, record, name, field.value);
}

struct node *tree_emit(struct parse *parse, struct span span, struct span word_span,
		       const char *word, struct span name_span, const char *name,
		       const struct parse_record *fields)
{
	struct node *node = tree_leaf(parse, NODE_EMIT, span);
	bool alert = !strcmp(word, "alert");

	(void)word_span;
	if (!alert && strcmp(word, "emit") != 0)
		diag_report(&parse->unit->diags, DIAG_expected_semicolon, name_span);
	node->emit.text = name;
	node->emit.name_span = name_span;
	node->emit.alert = alert;
	node->emit.fields = tree_record(parse, span, fields);
	return node;
}

static struct rule *open_rule(struct parse *parse)
{
	if (!parse->rule) {
		parse->rule = arena_alloc(parse->arena, sizeof(*parse->rule));
		*parse->rule = (struct rule){
			.about = "", .tags = "", .severity = SEVERITY_medium};
	}
	return parse->rule;
}

static void set_severity(struct parse *parse, struct rule *rule, const struct node *value)
{
	const char *text = value->kind == NODE_NAME ? value->name.text : "";
	struct near near;
	struct diag *diag;

	for (uint32_t i = 0; i < SEVERITIES; i++) {
		if (!strcmp(severity_names[i], text)) {
			rule->severity = i;
			return;
		}
	}
	diag = diag_report(&parse->unit->diags, DIAG_bad_severity, value->span);
	near_start(&near, text);
	for (uint32_t i = 0; i < SEVERITIES; i++)
		near_try(&near, severity_names[i], strlen(severity_names[i]));
	if (near.best)
		diag_hint(&parse->unit->diags, diag, DIAG_did_you_mean, near.best);
}

void parse_add_rule_setting(struct parse *parse, struct span span, struct span name_span,
			    const char *name, struct node *value)
{
	struct rule *rule = open_rule(parse);
	const char **text = !strcmp(name, "about") ? &rule->about
			    : !strcmp(name, "tags") ? &rule->tags
						    : NULL;

	if (!strcmp(name, "severity"))
		set_severity(parse, rule, value);
	else if (!text)
		diag_report(&parse->unit->diags, DIAG_unknown_rule_setting, name_span, name);
	else if (value->kind != NODE_STRING)
		diag_report(&parse->unit->diags, DIAG_rule_text, span, name);
	else
		*text = value->string.bytes;
}

void parse_end_rule(struct parse *parse, struct span span, const char *name)
{
	struct rule *rule = open_rule(parse), **end = &parse->unit->program.rules;
	struct diag *diag;

	parse->rule = NULL;
	rule->name = name;
	rule->span = span;
	rule->next = NULL;
	if (parse_is_full(parse, span))
		return;
	for (; *end; end = &(*end)->next) {
		if (strcmp((*end)->name, name) != 0)
			continue;
		diag = diag_report(&parse->unit->diags, DIAG_rule_again, span, name);
		diag_note(&parse->unit->diags, diag, DIAG_rule_first, (*end)->span);
		return;
	}
	rule->index = parse->unit->program.n_rules++;
	*end = rule;
}
