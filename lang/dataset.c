/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data sets. A pattern is tried when it is read, so that what is wrong with it is said where it
 * stands, whether the set is used or not.
 */
#include "lang/dataset.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "image/near.h"
#include "lang/arena.h"
#include "lang/automaton.h"
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/glob.h"
#include "lang/import.h"
#include "lang/unit.h"
#include "lang/world.h"

#define CHECK(name)                                                                                \
	const struct type *check_builtin_##name(struct check *check, struct node *node,            \
						const struct type *result)

static void add_pattern(struct arena *arena, struct dataset *set, const char *text, size_t length)
{
	struct glob_pattern *old = set->patterns;

	if (set->n_patterns == set->room) {
		set->room = set->room ? set->room * 2 : 4;
		set->patterns = arena_array(arena, set->room, sizeof(*old));
		if (old)
			memcpy(set->patterns, old, set->n_patterns * sizeof(*old));
	}
	set->patterns[set->n_patterns++] = (struct glob_pattern){
		.text = text,
		.length = length > UINT32_MAX ? UINT32_MAX : (uint32_t)length,
	};
}

/* The place in the source of byte `at` of a literal; all of it where that is not to be found. */
static struct span place_in(const struct unit *unit, struct span span, size_t at)
{
	const char *text = unit->source.text;
	uint32_t i = span.begin + 1, most;

	if (span.end > unit->source.size || span.end <= span.begin || text[span.begin] != '"')
		return span;
	for (;; at--) {
		uint32_t begin = i++;

		if (begin >= span.end)
			return span;
		if (text[begin] == '\\' && i < span.end) {
			most = text[i] == 'x' ? i + 3 : text[i] >= '0' && text[i] <= '7' ? i + 3 : i + 1;
			for (i++; i < most && i < span.end &&
				  (text[begin + 1] == 'x' ? isxdigit((unsigned char)text[i])
							  : text[i] >= '0' && text[i] <= '7');)
				i++;
		}
		if (!at)
			return (struct span){begin, i};
	}
}

static void try_pattern(struct unit *unit, const struct glob_pattern *pattern, struct span span,
			size_t skipped)
{
	struct program *program = &unit->program;
	enum diag_tag why;
	size_t at;

	if (!program->glob)
		program->glob = glob_new(unit->arena);
	if (!glob_add(program->glob, pattern, &why, &at))
		diag_report(&unit->diags, why,
			    pattern->length ? place_in(unit, span, at + skipped) : span);
}

static struct dataset *open_dataset(struct parse *parse)
{
	if (!parse->dataset)
		parse->dataset = arena_alloc(parse->arena, sizeof(*parse->dataset));
	return parse->dataset;
}

/* A line or a literal of a set. */
static struct glob_pattern *add_line(struct parse *parse, const char *text, size_t length)
{
	struct dataset *set = open_dataset(parse);
	bool exclude = length && *text == '!';
	struct glob_pattern *pattern;

	add_pattern(parse->arena, set, text + exclude, length - exclude);
	pattern = &set->patterns[set->n_patterns - 1];
	pattern->exclude = exclude;
	return pattern;
}

void dataset_add(struct parse *parse, struct span span, struct text text)
{
	const struct glob_pattern *pattern = add_line(parse, text.bytes, text.length);

	try_pattern(parse->unit, pattern, span, pattern->exclude);
}

static void read_lines(struct parse *parse, uint32_t begin)
{
	struct unit *unit = parse->unit;
	const char *text = arena_text(parse->arena, unit->source.text + begin, unit->source.size - begin);
	size_t size = unit->source.size - begin, next;
	enum diag_tag why;

	for (size_t at = 0; at < size; at = next) {
		const char *newline = memchr(text + at, '\n', size - at);
		size_t end = newline ? (size_t)(newline - text) : size, bad;
		const struct glob_pattern *pattern;

		next = end + 1;
		while (end > at && strchr(" \t\r", text[end - 1]) && text[end - 1])
			end--;
		while (at < end && (text[at] == ' ' || text[at] == '\t'))
			at++;
		if (at == end || text[at] == '#')
			continue;
		pattern = add_line(parse, text + at, end - at);
		if (!unit->program.glob)
			unit->program.glob = glob_new(unit->arena);
		if (glob_add(unit->program.glob, pattern, &why, &bad))
			continue;
		bad += at + pattern->exclude;
		/* Of nothing behind a '!', that. */
		bad = begin + (bad < end ? bad : end - 1);
		diag_report(&unit->diags, why, (struct span){(uint32_t)bad, (uint32_t)bad + 1});
	}
}

void dataset_read(struct parse *parse, struct span word_span, const char *word, struct span span,
		  struct text text)
{
	const struct world_ops *world = parse->unit->options->world;
	struct diags *diags = &parse->unit->diags;
	const char *path = import_beside(parse, span, text.bytes);
	struct world_answer answer;
	int error;

	open_dataset(parse);
	if (strcmp(word, "file") != 0) {
		diag_report(diags, DIAG_dataset_source, word_span);
		return;
	}
	error = world->ask(world->self, WORLD_PATTERNS, path, &answer);
	if (!error && answer.size + parse->unit->source.size > PARSE_MAX_SIZE)
		error = -EFBIG;
	if (!error)
		read_lines(parse, source_append(&parse->unit->source, path, answer.data,
						(uint32_t)answer.size));
	else
		diag_report(diags, DIAG_dataset_file, span, path,
			    error == -EPERM    ? "everybody can write there"
			    : error == -EINVAL ? "the name of such a file ends in .list"
					       : strerror(-error));
}

void dataset_end(struct parse *parse, struct span span, const char *name)
{
	struct dataset *set = open_dataset(parse), **end = &parse->unit->program.datasets;
	struct diags *diags = &parse->unit->diags;
	bool adds = false;

	parse->dataset = NULL;
	set->name = name;
	set->span = span;
	for (uint32_t i = 0; i < set->n_patterns; i++)
		adds |= !set->patterns[i].exclude;
	if (parse_is_full(parse, span))
		return;
	if (!adds && !diags->n_errors)
		diag_report(diags, DIAG_dataset_empty, span, name);
	for (; *end; end = &(*end)->next) {
		struct diag *diag;

		if (strcmp((*end)->name, name) != 0)
			continue;
		diag = diag_report(diags, DIAG_dataset_again, span, name);
		diag_note(diags, diag, DIAG_dataset_first, (*end)->span);
		return;
	}
	*end = set;
}

struct node *dataset_in(struct parse *parse, struct span span, struct node *value,
			struct span name_span, const char *name)
{
	struct list args = {0};

	tree_append(parse, &args, value);
	tree_append(parse, &args, tree_name(parse, name_span, name));
	return tree_call(parse, (struct span){value->span.begin, name_span.end}, span, "in", &args);
}

/* Give it a bit. */
static uint64_t use(struct check *check, struct dataset *set, struct span span)
{
	struct program *program = &check->unit->program;

	if (set->used)
		return set->index;
	if (program->n_datasets == GLOB_MAX_SETS) {
		diag_report(check->diags, DIAG_too_many_datasets, span, GLOB_MAX_SETS);
		return 0;
	}
	set->used = true;
	set->index = program->n_datasets++;
	return set->index;
}

/* The call's constant is the set's bit. */
CHECK(glob)
{
	struct node *literal = node->call.args.items[1];
	struct dataset **end = &check->unit->program.datasets;

	for (; *end; end = &(*end)->next)
		if (!*(*end)->name && (*end)->patterns->length == literal->string.length &&
		    !memcmp((*end)->patterns->text, literal->string.bytes, literal->string.length))
			break;
	if (!*end) {
		*end = arena_alloc(check->arena, sizeof(**end));
		(*end)->name = "";
		(*end)->span = literal->span;
		add_pattern(check->arena, *end, literal->string.bytes, literal->string.length);
	}
	if (check->final)
		try_pattern(check->unit, (*end)->patterns, literal->span, 0);
	node->call.constant = use(check, *end, literal->span);
	return result;
}

CHECK(in)
{
	const struct node *name = node->call.args.items[1];
	struct dataset *set = check->unit->program.datasets;
	struct near near;
	struct diag *diag;

	near_start(&near, name->name.text);
	for (; set; set = set->next) {
		if (*set->name && !strcmp(set->name, name->name.text)) {
			node->call.constant = use(check, set, name->span);
			return result;
		}
		near_try(&near, set->name, strlen(set->name));
	}
	diag = diag_report(check->diags, DIAG_unknown_dataset, name->span, name->name.text);
	if (near.best)
		diag_hint(check->diags, diag, DIAG_did_you_mean, near.best);
	return result;
}

void dataset_build(struct unit *unit)
{
	struct program *program = &unit->program;
	const struct dataset *largest = NULL;
	struct dataset all = {0};

	if (!program->n_datasets || unit->diags.n_errors)
		return;
	for (struct dataset *set = program->datasets; set; set = set->next) {
		if (!set->used)
			continue;
		if (!largest || set->n_patterns > largest->n_patterns)
			largest = set;
		for (uint32_t i = 0; i < set->n_patterns; i++) {
			add_pattern(unit->arena, &all, set->patterns[i].text, set->patterns[i].length);
			all.patterns[all.n_patterns - 1].exclude = set->patterns[i].exclude;
			all.patterns[all.n_patterns - 1].set = set->index;
		}
	}
	program->automaton = arena_alloc(unit->arena, sizeof(*program->automaton));
	if (!automaton_build(program->automaton, unit->arena, all.patterns, all.n_patterns) && largest)
		diag_report(&unit->diags, DIAG_datasets_too_large, largest->span,
			    AUTOMATON_MAX_BYTES >> 20, largest->n_patterns);
}
