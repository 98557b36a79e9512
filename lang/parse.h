/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the lexer and the grammar share while a script is read, and the makers of tree nodes that
 * the grammar's actions call. The grammar knows no builtin: names are resolved by check/.
 */
#ifndef DUETRACE_PARSE_H
#define DUETRACE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/ast.h"
#include "lang/diag.h"

struct c_file;
struct unit;
struct words;

/* A string literal's bytes after its escapes; may hold NULs. */
struct text {
	const char *bytes;
	size_t length;
};

/* A growing list of nodes. */
struct list {
	struct node **items;
	uint32_t count, capacity;
};

struct parse {
	struct unit *unit;
	struct arena *arena;
	void *scanner;
	uint32_t at;	     /* byte that the lexer reads next */
	uint32_t end_byte;   /* one past the last */
	uint32_t imports;    /* files that are being read and import the next */
	uint32_t start_byte; /* byte of the first one: behind a byte order mark */
	uint32_t brackets;   /* open ( [ { */
	uint32_t braces;     /* open { */
	uint32_t skip_level; /* { opened by what is skipped */
	bool recovering;     /* skipping to a ; or } after a syntax error */
	bool recovered;	     /* there was a syntax error */
	bool failed;	     /* nothing sensible can follow: the lexer only returns the end */
	uint32_t layout_begin, layout_end; /* blanks and comments that were looked over last */
	struct c_file *c_file; /* the text as the C reader sees it; NULL: no C so far */
	int last, before; /* tokens */
	int start;	  /* a token to give first, or 0 */
	struct node *result; /* of a text that is one expression */
	uint32_t expansions; /* of #defines */
	struct words *words; /* for the formatter; NULL: not asked for */
	struct probe **last_probe;
	bool begun;	   /* there was a probe, a macro or a function */
	struct rule *rule; /* that is being read; NULL: none yet */
	struct dataset *dataset; /* likewise */
};

/* Deeper trees are refused: every later stage walks them recursively. */
#define PARSE_MAX_DEPTH 400

/* A script larger than this is a mistake, and spans are 32 bits wide. */
#define PARSE_MAX_SIZE (64u << 20)

struct parse_points {
	struct attach_point *items;
	uint32_t count, capacity;
};

struct parse_members {
	struct member *items;
	uint32_t count, capacity;
};

struct parse_record {
	struct list list;
	const char **names;
	uint32_t capacity;
};

/* A field of what `emit` makes. */
struct parse_field {
	const char *name; /* NULL: not said */
	struct node *value;
};

/* Reads the unit's text into its program. */
void parse_unit(struct unit *unit);
/* Make parse->scanner, at the start of the unit's text; lexer_lex_destroy() frees it. */
void parse_open_scanner(struct parse *parse);
/* The same for a part of the text. */
void parse_open_scanner_at(struct parse *parse, struct span span);

/* lang/parse_hint.c: for the message about a token that cannot stand where it is, what to write instead. */
void parse_hint(const struct parse *parse, struct diag *diag, enum diag_tag tag, int token, struct span span);

/* lang/literal.c: an integer as the language writes it, and the values of literals; false after an
 * error was reported. */
bool literal_integer(struct parse *parse, struct span span, const char *text, size_t length,
		     uint64_t *value);
bool literal_parse(const char *text, size_t length, uint64_t *value);
struct text literal_string(struct parse *parse, struct span span, const char *text, size_t length);

/* lang/tree.c: nodes. */
struct node *tree_leaf(struct parse *parse, enum node_kind kind, struct span span);
struct node *tree_integer(struct parse *parse, enum node_kind kind, struct span span,
			  uint64_t value);
struct node *tree_string(struct parse *parse, struct span span, struct text text);
struct node *tree_name(struct parse *parse, struct span span, const char *text);
struct node *tree_param(struct parse *parse, struct span span, uint32_t number);
struct node *tree_var(struct parse *parse, struct span span, const char *text);
struct node *tree_map(struct parse *parse, struct span span, const char *text, struct node *key);
struct node *tree_call(struct parse *parse, struct span span, struct span name_span,
		       const char *text, const struct list *args);
struct node *tree_unary(struct parse *parse, struct span span, enum unary_op op,
			struct node *operand);
struct node *tree_binary(struct parse *parse, struct span op_span, enum binary_op op,
			 struct node *left, struct node *right);
struct node *tree_ternary(struct parse *parse, struct node *condition, struct node *yes,
			  struct node *no);
struct node *tree_step(struct parse *parse, struct span span, struct node *target, bool decrement,
		       bool prefix);
struct node *tree_field(struct parse *parse, struct span span, struct node *object,
			struct span name_span, const char *text, bool arrow);
struct node *tree_index(struct parse *parse, struct span span, struct node *object,
			struct node *index);
struct node *tree_cast(struct parse *parse, struct span span, struct node *type_name,
		       struct node *operand);
struct node *tree_type(struct parse *parse, struct span span, enum type_form form,
		       const char *text, struct node *elem, struct node *operand);
struct node *tree_offsetof(struct parse *parse, struct span span, struct node *object,
			   const struct parse_record *path);
struct node *tree_record(struct parse *parse, struct span span, const struct parse_record *record);
void tree_append_named(struct parse *parse, struct parse_record *record, const char *name,
		       struct node *value);
/* A block whose last expression is its value; a block with nothing else is that expression. */
struct node *tree_value_block(struct parse *parse, struct node *block);
/* What `if` gives as a value; `branch` is the statement. */
struct node *tree_value_if(struct parse *parse, struct node *branch);
struct node *tree_block(struct parse *parse, struct span span, const struct list *list, bool open);
struct node *tree_list(struct parse *parse, enum node_kind kind, struct span span,
		       const struct list *list);
struct node *tree_one(struct parse *parse, enum node_kind kind, struct span span,
		      struct node *value);
struct node *tree_assign(struct parse *parse, struct span span, struct node *target,
			 enum binary_op op, struct node *value);
struct node *tree_let(struct parse *parse, struct span span, struct node *target,
		      struct node *type_name, struct node *value);
struct node *tree_branch(struct parse *parse, struct span span, struct node *condition,
			 struct node *yes, struct node *no);
struct node *tree_loop(struct parse *parse, enum node_kind kind, struct span span,
		       struct node *condition, struct node *body);
struct node *tree_each(struct parse *parse, struct span span, struct node *var, struct node *map);
struct node *tree_range(struct parse *parse, struct span span, struct node *var, struct node *from,
			struct node *to);
struct node *tree_for(struct parse *parse, struct span span, struct node *header,
		      struct node *body);

void tree_append(struct parse *parse, struct list *list, struct node *node);

/* lang/record.c: emit, alert and rules. */
/* The last identifier of an expression, which names it in a record; NULL: it has none. */
const char *record_field_name(const struct node *node);
void tree_append_field(struct parse *parse, struct parse_record *record, struct parse_field field);
struct node *tree_emit(struct parse *parse, struct span span, struct span word_span,
		       const char *word, struct span name_span, const char *name,
		       const struct parse_record *fields);
void parse_add_rule_setting(struct parse *parse, struct span span, struct span name_span,
			    const char *name, struct node *value);
void parse_end_rule(struct parse *parse, struct span span, const char *name);

/* lang/parse.c: probes. */
void parse_add_point(struct parse *parse, struct parse_points *points, struct span span,
		     const char *text);
void parse_add_probe(struct parse *parse, struct span span, const struct parse_points *points,
		     struct node *predicate, struct node *body);

/* lang/parse_section.c: what stands between the probes. */
/* Reports C that stands behind a probe or macro. */
void parse_check_order(struct parse *parse, struct span span);
/* A config block must be there before them, too. */
void parse_check_config(struct parse *parse, struct span span);
void parse_add_member(struct parse *parse, struct parse_members *members,
		      const struct member *member);
/* Whether the script has as much between its probes as there may be; says so once. */
bool parse_is_full(struct parse *parse, struct span span);
void parse_add_setting(struct parse *parse, struct span span, struct span name_span,
		       const char *name, struct node *value);
void parse_add_import(struct parse *parse, struct span span, struct text path);
void parse_add_declaration(struct parse *parse, struct span span, const char *name,
			   struct node *value);
void parse_add_macro(struct parse *parse, struct span span, struct span name_span,
		     const char *name, const struct list *params, struct node *block,
		     bool is_function);

#endif
