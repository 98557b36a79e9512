/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generated parser at work, on the runtime that tree-sitter's package for node carries.
 *
 *	parse check FILE...		a line for each ERROR or MISSING node; status 1 if there is one
 *	parse tree FILE			the tree
 *	parse captures QUERIES FILE	a line for each capture: LINE NAME TEXT
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree_sitter/api.h"

const TSLanguage *tree_sitter_duetrace(void);

static char *read_file(const char *path, uint32_t *size)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t n = 0;
	FILE *memory = open_memstream(&text, &n);
	int c;

	if (!file || !memory) {
		perror(path);
		exit(2);
	}
	while ((c = getc(file)) != EOF)
		putc(c, memory);
	fclose(file);
	fclose(memory);
	*size = (uint32_t)n;
	return text;
}

static TSTree *parse(TSParser *parser, const char *path, char **text)
{
	uint32_t size;

	*text = read_file(path, &size);
	return ts_parser_parse_string(parser, NULL, *text, size);
}

/* Says where the first node that is an error stands. */
static bool find_error(const char *path, TSNode node)
{
	TSPoint at = ts_node_start_point(node);

	if (ts_node_is_missing(node) || !strcmp(ts_node_type(node), "ERROR")) {
		printf("%s:%u:%u: %s %s\n", path, at.row + 1, at.column + 1,
		       ts_node_is_missing(node) ? "MISSING" : "", ts_node_type(node));
		return true;
	}
	for (uint32_t i = 0; i < ts_node_child_count(node); i++) {
		TSNode child = ts_node_child(node, i);

		if ((ts_node_has_error(child) || ts_node_is_missing(child)) && find_error(path, child))
			return true;
	}
	return false;
}

static int check(TSParser *parser, char **paths)
{
	int status = 0;

	for (; *paths; paths++) {
		char *text;
		TSTree *tree = parse(parser, *paths, &text);

		if (ts_node_has_error(ts_tree_root_node(tree))) {
			find_error(*paths, ts_tree_root_node(tree));
			status = 1;
		}
		ts_tree_delete(tree);
		free(text);
	}
	return status;
}

static int show(TSParser *parser, const char *path)
{
	char *text;
	TSTree *tree = parse(parser, path, &text);
	char *said = ts_node_string(ts_tree_root_node(tree));

	puts(said);
	free(said);
	ts_tree_delete(tree);
	free(text);
	return 0;
}

static int captures(TSParser *parser, const char *queries, const char *path)
{
	uint32_t size, where, index, length;
	char *text, *source = read_file(queries, &size);
	TSTree *tree = parse(parser, path, &text);
	TSQueryError error;
	TSQuery *query = ts_query_new(tree_sitter_duetrace(), source, size, &where, &error);
	TSQueryCursor *cursor = ts_query_cursor_new();
	TSQueryMatch match;

	if (!query) {
		fprintf(stderr, "%s: error %d at byte %u: %.40s\n", queries, error, where, source + where);
		return 1;
	}
	ts_query_cursor_exec(cursor, query, ts_tree_root_node(tree));
	while (ts_query_cursor_next_capture(cursor, &match, &index)) {
		TSNode node = match.captures[index].node;
		uint32_t begin = ts_node_start_byte(node);

		/* the row of the pattern, so that the caller can look at its predicates */
		printf("%u %u %s %.*s\n", ts_node_start_point(node).row + 1, match.pattern_index,
		       ts_query_capture_name_for_id(query, match.captures[index].index, &length),
		       (int)strcspn(text + begin, "\n") < (int)(ts_node_end_byte(node) - begin)
			       ? (int)strcspn(text + begin, "\n")
			       : (int)(ts_node_end_byte(node) - begin),
		       text + begin);
	}
	ts_query_cursor_delete(cursor);
	ts_query_delete(query);
	ts_tree_delete(tree);
	free(text);
	free(source);
	return 0;
}

int main(int argc, char **argv)
{
	TSParser *parser = ts_parser_new();
	int status = 2;

	ts_parser_set_language(parser, tree_sitter_duetrace());
	if (argc > 2 && !strcmp(argv[1], "check"))
		status = check(parser, argv + 2);
	else if (argc == 3 && !strcmp(argv[1], "tree"))
		status = show(parser, argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "captures"))
		status = captures(parser, argv[2], argv[3]);
	ts_parser_delete(parser);
	return status;
}
