/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stages as text: tokens, the tree, and the tree with its types. One node a line, indented by
 * its depth, with its place as line:column-line:column. For people and for the golden tests.
 */
#include <string.h>

#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/attach_point.h"
#include "lang/ops.h"
#include "lang/parse.h"
#include "lang/type.h"
#include "lang/unit.h"

#include "lang/lexer.h"
#include "lang/parser.tab.h"

struct emit {
	struct unit *unit;
	struct arena_buffer out;
	uint32_t depth;
	bool types;
	const struct node *parent;
};

static void put_span(struct emit *emit, struct span span)
{
	uint32_t line, column, last_line, last_column;

	source_locate(&emit->unit->source, span.begin, &line, &column);
	source_locate(&emit->unit->source, span.end, &last_line, &last_column);
	arena_buffer_printf(&emit->out, " %u:%u-%u:%u", line, column, last_line, last_column);
}

static void put_indent(struct emit *emit)
{
	for (uint32_t i = 0; i < emit->depth; i++)
		arena_buffer_puts(&emit->out, "  ");
}

static void put_bytes(struct arena_buffer *out, const char *bytes, size_t length)
{
	arena_buffer_puts(out, " \"");
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte == '"' || byte == '\\')
			arena_buffer_printf(out, "\\%c", byte);
		else if (byte < ' ' || byte >= 0x7f)
			arena_buffer_printf(out, "\\x%02x", byte);
		else
			arena_buffer_add(out, bytes + i, 1);
	}
	arena_buffer_puts(out, "\"");
}

/* The operator, or the type that is written like one. */
static void put_operator(struct emit *emit, const struct node *node)
{
	struct arena_buffer *out = &emit->out;

	if (node->kind == NODE_UNARY)
		arena_buffer_printf(out, " %s", unary_text(node->unary.op));
	else if (node->kind == NODE_BINARY)
		arena_buffer_printf(out, " %s", binary_text(node->binary.op));
	else if (node->kind == NODE_STEP)
		arena_buffer_printf(out, " %s%s", node->step.prefix ? "prefix " : "",
				    node->step.decrement ? "--" : "++");
	else if (node->kind == NODE_CAST)
		arena_buffer_printf(out, " %s",
				    ast_type_text(emit->unit->arena, node->cast.type_name));
	else if (node->kind == NODE_ASSIGN)
		arena_buffer_printf(
			out,
			" %s=", node->assign.op == BINARY_OPS ? "" : binary_text(node->assign.op));
	else if (node->kind == NODE_LET && node->let.type_name)
		arena_buffer_printf(out, " %s",
				    ast_type_text(emit->unit->arena, node->let.type_name));
	else if (node->kind == NODE_TYPE)
		arena_buffer_printf(out, " %s", ast_type_text(emit->unit->arena, node));
}

static void put_names(struct arena_buffer *out, const char *const *names, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		arena_buffer_printf(out, "%s%s", i ? "." : " ", names[i]);
}

static void put_detail(struct emit *emit, const struct node *node)
{
	struct arena_buffer *out = &emit->out;

	switch (node->kind) {
	case NODE_INT:
	case NODE_BOOL:
		arena_buffer_printf(out, " %llu", (unsigned long long)node->integer.value);
		return;
	case NODE_STRING:
		put_bytes(out, node->string.bytes, node->string.length);
		return;
	case NODE_NAME:
		arena_buffer_printf(out, " %s", node->name.text);
		return;
	case NODE_PARAM:
		arena_buffer_printf(out, " $%u", node->param.number);
		return;
	case NODE_VAR:
		arena_buffer_printf(out, " $%s", node->var.text);
		return;
	case NODE_MAP:
		arena_buffer_printf(out, " @%s", node->map.text);
		return;
	case NODE_CALL:
		arena_buffer_printf(out, " %s", node->call.text);
		return;
	case NODE_FIELD:
		arena_buffer_printf(out, " %s", node->field.text);
		return;
	case NODE_UNARY:
	case NODE_BINARY:
	case NODE_STEP:
	case NODE_CAST:
	case NODE_ASSIGN:
	case NODE_LET:
	case NODE_TYPE:
		put_operator(emit, node);
		return;
	case NODE_EMIT:
		arena_buffer_printf(out, " %s%s", node->emit.alert ? "alert " : "", node->emit.text);
		return;
	case NODE_OFFSETOF:
		put_names(out, node->offset.path, node->offset.n_path);
		return;
	case NODE_RECORD:
		put_names(out, node->record.names, node->record.list.count);
		return;
	case NODE_SIZEOF:
	case NODE_BLOCK_EXPR:
	case NODE_COMPTIME:
	case NODE_DISCARD:
	case NODE_PARAM_COUNT:
	case NODE_TERNARY:
	case NODE_INDEX:
	case NODE_TUPLE:
	case NODE_EXPR:
	case NODE_IF:
	case NODE_WHILE:
	case NODE_UNROLL:
	case NODE_FOR_MAP:
	case NODE_FOR_RANGE:
	case NODE_BREAK:
	case NODE_CONTINUE:
	case NODE_RETURN:
	case NODE_BLOCK:
	case NODE_KINDS:
		return;
	}
}

static void put_child(void *self, struct node **child)
{
	static const char *const names[] = {
#define NODE(id, name, member) [NODE_##id] = name,
#include "lang/nodes.def"
#undef NODE
	};
	struct emit *emit = self;
	const struct node *parent = emit->parent;
	struct node *node = *child;

	/* the type of a cast or a let is on the line of its parent */
	if (node->kind == NODE_TYPE && parent &&
	    (parent->kind == NODE_CAST || parent->kind == NODE_LET))
		return;
	put_indent(emit);
	arena_buffer_puts(&emit->out, names[node->kind]);
	put_detail(emit, node);
	put_span(emit, node->span);
	if (emit->types && node->type)
		arena_buffer_printf(&emit->out, " : %s", type_text(emit->unit->arena, node->type));
	arena_buffer_puts(&emit->out, "\n");
	emit->depth++;
	emit->parent = node;
	ast_each_child(node, put_child, emit);
	emit->parent = parent;
	emit->depth--;
}

static void put_body(struct emit *emit, struct probe *probe)
{
	emit->depth++;
	if (probe->predicate) {
		put_indent(emit);
		arena_buffer_puts(&emit->out, "predicate\n");
		emit->depth++;
		put_child(emit, &probe->predicate);
		emit->depth--;
	}
	put_child(emit, &probe->body);
	emit->depth--;
}

const char *unit_emit_ast(struct unit *unit)
{
	struct emit emit = {.unit = unit, .out = {.arena = unit->arena}};

	arena_buffer_add(&emit.out, "", 0);
	for (struct probe *probe = unit->program.probes; probe; probe = probe->next) {
		arena_buffer_puts(&emit.out, "probe");
		put_span(&emit, probe->span);
		arena_buffer_puts(&emit.out, "\n");
		for (uint32_t i = 0; i < probe->n_points; i++) {
			arena_buffer_printf(&emit.out, "  attach %s", probe->points[i].text);
			put_span(&emit, probe->points[i].span);
			arena_buffer_puts(&emit.out, "\n");
		}
		put_body(&emit, probe);
	}
	return emit.out.text;
}

static void put_maps(struct emit *emit)
{
	const struct program *program = &emit->unit->program;
	struct arena *arena = emit->unit->arena;

	for (uint32_t i = 0; i < program->n_maps; i++) {
		const struct map *map = program->maps[i];

		arena_buffer_printf(&emit->out, "map @%s", map->name);
		if (map->key)
			arena_buffer_printf(&emit->out, "[%s]", type_text(arena, map->key));
		arena_buffer_printf(&emit->out, " : %s",
				    map->value ? type_text(arena, map->value) : "unknown");
		if (map->value && map->value->kind == TYPE_HIST)
			arena_buffer_printf(&emit->out, " %lld", (long long)map->numbers[0]);
		else if (map->value && (map->value->kind == TYPE_LHIST || map->value->kind == TYPE_TSERIES))
			arena_buffer_printf(&emit->out, " %lld %lld %lld",
					    (long long)map->numbers[0], (long long)map->numbers[1],
					    (long long)map->numbers[2]);
		arena_buffer_puts(&emit->out, map->printable ? "\n" : " (never assigned)\n");
	}
}

static void put_parameters(struct emit *emit)
{
	const struct program *program = &emit->unit->program;

	for (uint32_t i = 0; i < program->n_parameters; i++) {
		const struct parameter *parameter = &program->parameters[i];

		arena_buffer_printf(&emit->out, "parameter $%u%s%s%s\n", parameter->number,
				    parameter->as_number ? " number" : "",
				    parameter->as_string ? " string" : "",
				    parameter->baked ? " baked" : "");
	}
}

const char *unit_emit_types(struct unit *unit)
{
	struct emit emit = {.unit = unit, .out = {.arena = unit->arena}, .types = true};

	arena_buffer_add(&emit.out, "", 0);
	put_maps(&emit);
	put_parameters(&emit);
	for (struct probe *probe = unit->program.probes; probe; probe = probe->next) {
		arena_buffer_puts(&emit.out, "probe\n");
		for (uint32_t i = 0; i < probe->n_targets; i++)
			arena_buffer_printf(&emit.out, "  target %u %s\n", probe->targets[i].order,
					    probe->targets[i].name);
		for (uint32_t i = 0; i < probe->n_variables; i++)
			arena_buffer_printf(&emit.out, "  variable $%s : %s\n",
					    probe->variables[i]->name,
					    type_text(unit->arena, probe->variables[i]->type));
		put_body(&emit, probe);
	}
	return emit.out.text;
}

const char *unit_emit_tokens(struct unit *unit)
{
	struct emit emit = {.unit = unit, .out = {.arena = unit->arena}};
	struct parse parse = {.unit = unit, .arena = unit->arena};
	union PARSER_STYPE value;
	struct span span;
	int token;

	arena_buffer_add(&emit.out, "", 0);
	parse_open_scanner(&parse);
	while (!parse.failed && (token = lexer_lex(&value, &span, parse.scanner)) > 0) {
		arena_buffer_puts(&emit.out, parser_token_name(token));
		put_bytes(&emit.out, unit->source.text + span.begin, span.end - span.begin);
		put_span(&emit, span);
		arena_buffer_puts(&emit.out, "\n");
	}
	lexer_lex_destroy(parse.scanner);
	return emit.out.text;
}
