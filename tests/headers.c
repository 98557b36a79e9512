/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says what the C reader makes of headers of this machine: `headers [-I DIR]... NAME...` includes
 * them and prints a line for each struct, union and enum (`S struct foo SIZE ALIGN`), each member
 * (`F struct foo NAME OFFSET BIT BITS SIZE`), each enumerator and each macro that is an integer
 * (`E NAME VALUE`, `M NAME VALUE`). tests/run/test_headers.py compares that with a C compiler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/include_file.h"
#include "lang/arena.h"
#include "lang/c_reader.h"
#include "lang/layout.h"
#include "lang/type.h"
#include "lang/unit.h"
#include "lang/world.h"

#define MAX_ANSWERS 4096

static struct include_paths paths;
static char *answers[MAX_ANSWERS]; /* kept to the end */
static size_t n_answers;

static int ask(void *self, enum world_question question, const char *name,
	       struct world_answer *answer)
{
	char *data;
	int error;

	(void)self;
	if (question != WORLD_INCLUDE || n_answers == MAX_ANSWERS)
		return -2;
	error = include_file_read(&paths, name, &data, &answer->size);
	if (!error)
		answer->data = answers[n_answers++] = data;
	return error;
}

static void print_members(const struct type *type, const char *kind, const char *name)
{
	for (uint32_t i = 0; i < type->count; i++) {
		const struct type_field *field = &type->fields[i];

		printf("F %s %s %s %u %u %u %u\n", kind, name, field->name, field->offset,
		       field->bit, field->bits, field->type->size);
	}
}

static void print_tags(struct unit *unit, const struct c_word *word)
{
	static const char *const kinds[] = {"struct", "union", "enum"};
	const struct type *type;

	for (int i = 0; i < 3; i++) {
		if (!word->tag[i])
			continue;
		type = layout_named(unit, FORM_STRUCT + (enum type_form)i, word->text);
		if (!type) {
			printf("X %s %s\n", kinds[i], word->text);
			continue;
		}
		printf("S %s %s %u %u\n", kinds[i], word->text, type->size, type->align);
		if (i < 2)
			print_members(type, kinds[i], word->text);
	}
	if (word->type_name) {
		type = layout_named(unit, FORM_NAME, word->text);
		if (!type)
			printf("X type %s\n", word->text);
		else if (type->kind != TYPE_VOID || type->size)
			printf("T %s %u %u\n", word->text, type->size, type->align);
	}
}

static void print_macro(struct unit *unit, const struct c_word *word)
{
	struct parse parse = {.unit = unit, .arena = unit->arena};
	struct node *node;
	bool negative;

	if (!word->macro || word->macro->own || word->macro->function)
		return;
	node = tree_name(&parse, SPAN_NONE, word->text);
	negative = node && node->kind == NODE_UNARY && node->unary.op == UNARY_NEGATE;
	if (negative)
		node = node->unary.operand;
	if (node && node->kind == NODE_NAME) {
		const struct c_word *other =
			c_word_find(unit->c->words, node->name.text, strlen(node->name.text));

		if (other && other->enumerator)
			printf("M %s %lld\n", word->text, (long long)other->value);
	}
	if (node && node->kind == NODE_INT)
		printf("M %s %lld\n", word->text,
		       (long long)(negative ? 0 - node->integer.value : node->integer.value));
}

int main(int argc, char **argv)
{
	const struct world_ops world = {.ask = ask};
	struct unit_options options = {.name = "stdin", .world = &world, .warnings = true};
	const char *folders[16];
	uint32_t n_folders = 0;
	char *text = calloc(1, 1 << 16);
	struct unit *unit;
	int at = 1;

	for (; at + 1 < argc && !strcmp(argv[at], "-I") && n_folders < 16; at += 2)
		folders[n_folders++] = argv[at + 1];
	if (!text || at >= argc || include_paths_open(&paths, folders, n_folders))
		return 2;
	for (; at < argc; at++)
		sprintf(text + strlen(text), "#include <%.200s>\n", argv[at]);
	strcat(text, "begin { }\n");
	options.text = text;
	options.size = strlen(text);
	unit = unit_new(&options);
	unit_parse(unit);
	for (uint32_t i = 0; unit->c && i < unit->c->words->n_slots; i++) {
		const struct c_word *word = unit->c->words->slots[i];

		if (!word)
			continue;
		print_tags(unit, word);
		if (word->enumerator)
			printf("E %s %lld\n", word->text, (long long)word->value);
		print_macro(unit, word);
	}
	fputs(unit_diagnostics(unit), stderr);
	unit_free(unit);
	include_paths_close(&paths);
	while (n_answers)
		free(answers[--n_answers]);
	free(text);
	return 0;
}
