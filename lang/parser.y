/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar. Pure, and without any knowledge of builtins or types beyond the names of the integer
 * types, which a cast needs. Errors say what was expected; after one, tokens are skipped up to the
 * next ';' or the end of the block, so that a run reports more than one.
 */
%require "3.8"
%define api.pure full
%define api.prefix {parser_}
%define api.token.prefix {TOKEN_}
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {struct parse *parse}

%code requires {
#include "lang/parse.h"
}

%code provides {
/* What messages and --emit tokens call a token. */
const char *parser_token_name(int token);
}

%union {
	uint64_t integer;
	uint32_t number;
	const char *string;
	struct text text;
	enum binary_op op;
	struct node *node;
	struct list list;
	struct parse_points points;
	struct parse_record record;
	struct parse_field field;
	enum type_form form;
}

%code {
#include "lang/arena.h"
#include "lang/dataset.h"
#include "lang/function.h"
#include "lang/lexer.h"
#include "lang/unit.h"

#define YYLLOC_DEFAULT(current, rhs, n)                                      \
	do {                                                                 \
		if (n) {                                                     \
			(current).begin = YYRHSLOC(rhs, 1).begin;            \
			(current).end = YYRHSLOC(rhs, n).end;                \
		} else {                                                     \
			(current).begin = (current).end = YYRHSLOC(rhs, 0).end; \
		}                                                            \
	} while (0)

static int parser_lex(YYSTYPE *value, struct span *span, struct parse *parse);
static void parser_error(const struct span *span, struct parse *parse, const char *message);

static struct span join(struct span from, struct span to)
{
	return (struct span){from.begin, to.end};
}

/* $t.0 = 1 */
static struct node *refuse_member(struct parse *parse, struct span span, struct node *object,
				  struct span name_span, const char *name, struct node *value)
{
	struct diags *diags = &parse->unit->diags;

	diag_hint(diags, diag_report(diags, DIAG_member_target, join(span, name_span)),
		  DIAG_assign_whole);
	tree_field(parse, span, object, name_span, name, false);
	return tree_one(parse, NODE_DISCARD, span, value);
}
}

%token <string> ATTACH "attach point" NAME "name" TYPE "type" VAR "variable" MAP "map"
%token <text> STRING "string"
%token <integer> INT "integer" BOOL "boolean"
%token <number> PARAM "parameter"
%token PARAM_COUNT "$#"
%token INVALID "unexpected input" /* what no script may hold */
%token <op> UPDATE "assignment"
%token PREDICATE "/"
%token VALUE_LBRACE "value block" VALUE_IF "value if" /* '{' and `if` where a value must stand */
%token START_EXPRESSION "start" /* of a text that is one expression */
%token LBRACE "{" RBRACE "}" LPAREN "(" RPAREN ")" LBRACKET "[" RBRACKET "]"
%token SEMICOLON ";" COMMA "," COLON ":" QUESTION "?" ELVIS "?:" DOT "." DOTS ".." ARROW "->"
%token ASSIGN "=" INCREMENT "++" DECREMENT "--"
%token PLUS "+" MINUS "-" STAR "*" SLASH "division" PERCENT "%" AMPERSAND "&" PIPE "|" CARET "^"
%token TILDE "~" BANG "!" SHL "<<" SHR ">>" EQ "==" NE "!=" LT "<" LE "<=" GT ">" GE ">="
%token LAND "&&" LOR "||"
%token IF "if" ELSE "else" WHILE "while" UNROLL "unroll" FOR "for" BREAK "break"
%token CONTINUE "continue" RETURN "return" LET "let" STRUCT "struct" UNION "union" ENUM "enum"
%token SIZEOF "sizeof" OFFSETOF "offsetof" TYPEOF "typeof" COMPTIME "comptime"
%token RULE "rule" DATASET "dataset" IN "in" CONFIG "config" IMPORT "import" MACRO "macro" FN "fn"

%right "?" ":" "?:"
%left "||"
%left "&&"
%left "|"
%left "^"
%left "&"
%left "==" "!="
%left "<" "<=" ">" ">=" "in"
%left "<<" ">>"
%left "+" "-"
%left "*" "division" "%"

/* @m[k] is the map's key, not an index of @m */
%precedence MAP
%precedence "["

%type <points> points
%type <node> predicate block statement compound if else expression unary postfix primary
%type <node> target key loop_header value_block type_base type_name any_type argument
%type <node> setting_value macro_param
%type <list> statements elements arguments types macro_params macro_param_list
%type <string> member
%type <form> c_tag
%type <record> record path fields field_list fn_params fn_param_list
%type <field> field

%start start

%%

start:
	script
|	"start" expression		{ parse->result = $2; }
;

script:
	%empty
|	script probe
|	script "config" "=" "{" settings "}" semicolon
					{ parse_check_config(parse, @2); }
|	script "config" "=" "{" settings setting "}" semicolon
					{ parse_check_config(parse, @2); }
|	script "rule" NAME "=" "{" rule_settings "}" semicolon
					{ parse_end_rule(parse, @3, $3); }
|	script "dataset" NAME "=" "{" patterns "}" semicolon
					{ dataset_end(parse, @3, $3); }
|	script "dataset" NAME "=" NAME "(" STRING ")" ";"
					{ dataset_read(parse, @5, $5, @7, $7);
					  dataset_end(parse, @3, $3); }
|	script "import" STRING ";"	{ parse_add_import(parse, @3, $3); }
|	script "let" MAP "=" NAME "(" ")" ";"
					{ parse_add_declaration(parse, @3, $3, tree_call(parse,
						join(@5, @7), @5, $5, NULL)); }
|	script "let" MAP "=" NAME "(" elements ")" ";"
					{ parse_add_declaration(parse, @3, $3, tree_call(parse,
						join(@5, @8), @5, $5, &$7)); }
|	script "macro" NAME "(" macro_params ")" block
					{ parse_add_macro(parse, join(@2, @7), @3, $3, &$5, $7, false); }
|	script "fn" NAME "(" fn_params ")" ":" any_type block
					{ function_add(parse, join(@2, @9), @3, $3, &$5, $8, $9); }
|	script error "}"		{ yyerrok; }
;

/* They gather in parse->dataset. */
patterns:
	%empty
|	pattern
|	patterns ","
|	patterns "," pattern
;

pattern:
	STRING				{ dataset_add(parse, @1, $1); }
;

semicolon:
	%empty
|	";"
;

settings:
	%empty
|	settings ";"
|	settings setting ";"
;

/* A rule's are read before its name can be acted on: they gather in parse->rule. */
rule_settings:
	%empty
|	rule_setting
|	rule_settings ";"
|	rule_settings ";" rule_setting
;

rule_setting:
	NAME "=" setting_value		{ parse_add_rule_setting(parse, @$, @1, $1, $3); }
;

setting:
	NAME "=" setting_value		{ parse_add_setting(parse, @$, @1, $1, $3); }
;

setting_value:
	INT				{ $$ = tree_integer(parse, NODE_INT, @1, $1); }
|	BOOL				{ $$ = tree_integer(parse, NODE_BOOL, @1, $1); }
|	STRING				{ $$ = tree_string(parse, @1, $1); }
|	NAME				{ $$ = tree_name(parse, @1, $1); }
;

macro_params:
	%empty				{ $$ = (struct list){0}; }
|	macro_param_list
;

macro_param_list:
	macro_param			{ $$ = (struct list){0}; tree_append(parse, &$$, $1); }
|	macro_param_list "," macro_param
					{ $$ = $1; tree_append(parse, &$$, $3); }
;

macro_param:
	VAR				{ $$ = tree_var(parse, @1, $1); }
|	MAP				{ $$ = tree_map(parse, @1, $1, NULL); }
|	NAME				{ $$ = tree_name(parse, @1, $1); }
|	TYPE				{ $$ = tree_name(parse, @1, $1); }
;

fn_params:
	%empty				{ $$ = (struct parse_record){0}; }
|	fn_param_list
;

fn_param_list:
	VAR ":" any_type		{ $$ = (struct parse_record){0};
					  function_add_param(parse, &$$, @1, $1, $3); }
|	fn_param_list "," VAR ":" any_type
					{ $$ = $1; function_add_param(parse, &$$, @3, $3, $5); }
;

c_tag:
	"struct"			{ $$ = FORM_STRUCT; }
|	"union"				{ $$ = FORM_UNION; }
;

probe:
	points predicate block		{ parse_add_probe(parse, join(@1, @3), &$1, $2, $3); }
|	points "," predicate block	{ parse_add_probe(parse, join(@1, @4), &$1, $3, $4); }
;

points:
	ATTACH				{ $$ = (struct parse_points){0};
					  parse_add_point(parse, &$$, @1, $1); }
|	points "," ATTACH		{ $$ = $1; parse_add_point(parse, &$$, @3, $3); }
;

predicate:
	%empty				{ $$ = NULL; }
|	"/" expression "/"		{ $$ = $2; }
;

block:
	"{" statements "}"		{ $$ = tree_block(parse, @$, &$2, false); }
|	"{" statements statement "}"	{ tree_append(parse, &$2, $3);
					  $$ = tree_block(parse, @$, &$2, true); }
|	"{" statements error "}"	{ yyerrok; $$ = tree_block(parse, @$, &$2, false); }
;

value_block:
	"value block" statements "}"	{ $$ = tree_value_block(parse,
						tree_block(parse, @$, &$2, false)); }
|	"value block" statements statement "}"
					{ tree_append(parse, &$2, $3); $$ = tree_value_block(parse,
						tree_block(parse, @$, &$2, true)); }
;

statements:
	%empty				{ $$ = (struct list){0}; }
|	statements statement ";"	{ $$ = $1; tree_append(parse, &$$, $2); }
|	statements compound		{ $$ = $1; tree_append(parse, &$$, $2); }
|	statements ";"			{ $$ = $1; }
|	statements error ";"		{ yyerrok; $$ = $1; }
;

compound:
	if
|	block
|	"while" expression block	{ $$ = tree_loop(parse, NODE_WHILE, join(@1, @2), $2, $3); }
|	"unroll" expression block	{ $$ = tree_loop(parse, NODE_UNROLL, join(@1, @2), $2, $3); }
|	"for" loop_header block		{ $$ = tree_for(parse, join(@1, @2), $2, $3); }
|	NAME NAME "{" fields "}"	{ $$ = tree_emit(parse, @$, @1, $1, @2, $2, &$4); }
;

fields:
	%empty				{ $$ = (struct parse_record){0}; }
|	field_list
|	field_list ","
;

field_list:
	field				{ $$ = (struct parse_record){0};
					  tree_append_field(parse, &$$, $1); }
|	field_list "," field		{ $$ = $1; tree_append_field(parse, &$$, $3); }
;

/* The name of a field of a record, or NULL: it is found in the value. */
field:
	expression			{ $$ = (struct parse_field){NULL, $1}; }
|	NAME "=" expression		{ $$ = (struct parse_field){$1, $3}; }
;

loop_header:
	VAR ":" target			{ $$ = tree_each(parse, @$, tree_var(parse, @1, $1), $3); }
|	"(" VAR ":" target ")"		{ $$ = tree_each(parse, @$, tree_var(parse, @2, $2), $4); }
|	VAR ":" postfix ".." postfix	{ $$ = tree_range(parse, @$, tree_var(parse, @1, $1), $3, $5); }
|	"(" VAR ":" postfix ".." postfix ")"
					{ $$ = tree_range(parse, @$, tree_var(parse, @2, $2), $4, $6); }
;

if:
	"if" expression block else	{ $$ = tree_branch(parse, join(@1, @2), $2, $3, $4); }
;

else:
	%empty				{ $$ = NULL; }
|	"else" block			{ $$ = $2; }
|	"else" if			{ $$ = $2; }
;

statement:
	expression			{ $$ = tree_one(parse, NODE_EXPR, @$, $1); }
|	target "=" expression		{ $$ = tree_assign(parse, @$, $1, BINARY_OPS, $3); }
|	target UPDATE expression	{ $$ = tree_assign(parse, @$, $1, $2, $3); }
|	postfix "." member "=" expression
					{ $$ = refuse_member(parse, @$, $1, @3, $3, $5); }
|	postfix "." member UPDATE expression
					{ $$ = refuse_member(parse, @$, $1, @3, $3, $5); }
|	postfix "->" member "=" expression
					{ $$ = refuse_member(parse, @$, $1, @3, $3, $5); }
|	postfix "->" member UPDATE expression
					{ $$ = refuse_member(parse, @$, $1, @3, $3, $5); }
|	NAME "=" expression		{ if ($1[0] != '_' || $1[1])
						diag_hint(&parse->unit->diags,
							  diag_report(&parse->unit->diags, DIAG_bad_target, @1),
							  DIAG_hint_variable);
					  $$ = tree_one(parse, NODE_DISCARD, @$, $3); }
|	"let" VAR			{ $$ = tree_let(parse, @$, tree_var(parse, @2, $2), NULL, NULL); }
|	"let" VAR "=" expression	{ $$ = tree_let(parse, @$, tree_var(parse, @2, $2), NULL, $4); }
|	"let" VAR ":" any_type		{ $$ = tree_let(parse, @$, tree_var(parse, @2, $2), $4, NULL); }
|	"let" VAR ":" any_type "=" expression
					{ $$ = tree_let(parse, @$, tree_var(parse, @2, $2), $4, $6); }
|	"break"				{ $$ = tree_leaf(parse, NODE_BREAK, @$); }
|	"continue"			{ $$ = tree_leaf(parse, NODE_CONTINUE, @$); }
|	"return"			{ $$ = tree_one(parse, NODE_RETURN, @$, NULL); }
|	"return" expression		{ $$ = tree_one(parse, NODE_RETURN, @$, $2); }
;

type_base:
	TYPE				{ $$ = tree_type(parse, @$, FORM_NAME, $1, NULL, NULL); }
|	c_tag NAME			{ $$ = tree_type(parse, @$, $1, $2, NULL, NULL); }
|	"enum" NAME			{ $$ = tree_type(parse, @$, FORM_ENUM, $2, NULL, NULL); }
|	"typeof" "(" argument ")"	{ $$ = tree_type(parse, @$, FORM_TYPEOF, "", NULL, $3); }
;

type_name:
	type_base
|	type_name "*"			{ $$ = tree_type(parse, @$, FORM_POINTER, "", $1, NULL); }
|	type_name "[" "]"		{ $$ = tree_type(parse, @$, FORM_ARRAY, "", $1, NULL); }
|	type_name "[" expression "]"	{ $$ = tree_type(parse, @$, FORM_ARRAY, "", $1, $3); }
;

/* A type where nothing else can stand, so that it may begin with any name. */
any_type:
	NAME				{ $$ = tree_type(parse, @$, FORM_NAME, $1, NULL, NULL); }
|	"(" types ")"			{ $$ = tree_type(parse, @$, FORM_TUPLE, "", NULL,
						tree_list(parse, NODE_TUPLE, @$, &$2)); }
|	"(" types "," ")"		{ $$ = tree_type(parse, @$, FORM_TUPLE, "", NULL,
						tree_list(parse, NODE_TUPLE, @$, &$2)); }
|	type_base
|	any_type "*"			{ $$ = tree_type(parse, @$, FORM_POINTER, "", $1, NULL); }
|	any_type "[" "]"		{ $$ = tree_type(parse, @$, FORM_ARRAY, "", $1, NULL); }
|	any_type "[" expression "]"	{ $$ = tree_type(parse, @$, FORM_ARRAY, "", $1, $3); }
;

types:
	any_type			{ $$ = (struct list){0}; tree_append(parse, &$$, $1); }
|	types "," any_type		{ $$ = $1; tree_append(parse, &$$, $3); }
;

target:
	VAR				{ $$ = tree_var(parse, @1, $1); }
|	MAP				{ $$ = tree_map(parse, @1, $1, NULL); }
|	MAP "[" key "]"			{ $$ = tree_map(parse, @$, $1, $3); }
;

key:
	elements			{ $$ = $1.count == 1 ? $1.items[0]
						: tree_list(parse, NODE_TUPLE, @$, &$1); }
;

elements:
	expression			{ $$ = (struct list){0}; tree_append(parse, &$$, $1); }
|	elements "," expression		{ $$ = $1; tree_append(parse, &$$, $3); }
;

arguments:
	argument			{ $$ = (struct list){0}; tree_append(parse, &$$, $1); }
|	arguments "," argument		{ $$ = $1; tree_append(parse, &$$, $3); }
;

argument:
	expression
|	type_name
;

record:
	NAME "=" expression		{ $$ = (struct parse_record){0};
					  tree_append_named(parse, &$$, $1, $3); }
|	record "," NAME "=" expression	{ $$ = $1; tree_append_named(parse, &$$, $3, $5); }
;

/* The nodes are the object's, only the names count. */
path:
	member				{ $$ = (struct parse_record){0};
					  tree_append_named(parse, &$$, $1, NULL); }
|	path "." member			{ $$ = $1; tree_append_named(parse, &$$, $3, NULL); }
;

expression:
	unary
|	expression "?" expression ":" expression
					{ $$ = tree_ternary(parse, $1, $3, $5); }
|	expression "?:" expression	{ $$ = tree_ternary(parse, $1, NULL, $3); }
|	expression "||" expression	{ $$ = tree_binary(parse, @2, BINARY_LOR, $1, $3); }
|	expression "&&" expression	{ $$ = tree_binary(parse, @2, BINARY_LAND, $1, $3); }
|	expression "|" expression	{ $$ = tree_binary(parse, @2, BINARY_OR, $1, $3); }
|	expression "^" expression	{ $$ = tree_binary(parse, @2, BINARY_XOR, $1, $3); }
|	expression "&" expression	{ $$ = tree_binary(parse, @2, BINARY_AND, $1, $3); }
|	expression "==" expression	{ $$ = tree_binary(parse, @2, BINARY_EQ, $1, $3); }
|	expression "!=" expression	{ $$ = tree_binary(parse, @2, BINARY_NE, $1, $3); }
|	expression "<" expression	{ $$ = tree_binary(parse, @2, BINARY_LT, $1, $3); }
|	expression "<=" expression	{ $$ = tree_binary(parse, @2, BINARY_LE, $1, $3); }
|	expression ">" expression	{ $$ = tree_binary(parse, @2, BINARY_GT, $1, $3); }
|	expression ">=" expression	{ $$ = tree_binary(parse, @2, BINARY_GE, $1, $3); }
|	expression "in" NAME		{ $$ = dataset_in(parse, @2, $1, @3, $3); }
|	expression "<<" expression	{ $$ = tree_binary(parse, @2, BINARY_SHL, $1, $3); }
|	expression ">>" expression	{ $$ = tree_binary(parse, @2, BINARY_SHR, $1, $3); }
|	expression "+" expression	{ $$ = tree_binary(parse, @2, BINARY_ADD, $1, $3); }
|	expression "-" expression	{ $$ = tree_binary(parse, @2, BINARY_SUB, $1, $3); }
|	expression "*" expression	{ $$ = tree_binary(parse, @2, BINARY_MUL, $1, $3); }
|	expression "division" expression
					{ $$ = tree_binary(parse, @2, BINARY_DIV, $1, $3); }
|	expression "%" expression	{ $$ = tree_binary(parse, @2, BINARY_MOD, $1, $3); }
;

unary:
	postfix
|	"-" unary			{ $$ = tree_unary(parse, @$, UNARY_NEGATE, $2); }
|	"!" unary			{ $$ = tree_unary(parse, @$, UNARY_NOT, $2); }
|	"~" unary			{ $$ = tree_unary(parse, @$, UNARY_COMPLEMENT, $2); }
|	"*" unary			{ $$ = tree_unary(parse, @$, UNARY_DEREF, $2); }
|	"&" unary			{ $$ = tree_unary(parse, @$, UNARY_ADDRESS, $2); }
|	"++" unary			{ $$ = tree_step(parse, @$, $2, false, true); }
|	"--" unary			{ $$ = tree_step(parse, @$, $2, true, true); }
|	"comptime" unary		{ $$ = tree_one(parse, NODE_COMPTIME, @$, $2); }
|	"(" type_name ")" unary		{ $$ = tree_cast(parse, @$, $2, $4); }
;

postfix:
	primary
|	postfix "." member		{ $$ = tree_field(parse, @$, $1, @3, $3, false); }
|	postfix "->" member		{ $$ = tree_field(parse, @$, $1, @3, $3, true); }
|	postfix "[" expression "]"	{ $$ = tree_index(parse, @$, $1, $3); }
|	postfix "++"			{ $$ = tree_step(parse, @$, $1, false, false); }
|	postfix "--"			{ $$ = tree_step(parse, @$, $1, true, false); }
;

primary:
	target
|	INT				{ $$ = tree_integer(parse, NODE_INT, @1, $1); }
|	BOOL				{ $$ = tree_integer(parse, NODE_BOOL, @1, $1); }
|	STRING				{ $$ = tree_string(parse, @1, $1); }
|	PARAM				{ $$ = tree_param(parse, @1, $1); }
|	"$#"				{ $$ = tree_leaf(parse, NODE_PARAM_COUNT, @1); }
|	NAME				{ $$ = tree_name(parse, @1, $1); }
|	NAME "(" ")"			{ $$ = tree_call(parse, @$, @1, $1, NULL); }
|	NAME "(" arguments ")"		{ $$ = tree_call(parse, @$, @1, $1, &$3); }
|	"sizeof" "(" argument ")"	{ $$ = tree_one(parse, NODE_SIZEOF, @$, $3); }
|	"offsetof" "(" argument "," path ")"
					{ $$ = tree_offsetof(parse, @$, $3, &$5); }
|	value_block
|	"value if" expression block else
					{ $$ = tree_value_if(parse,
						tree_branch(parse, @$, $2, $3, $4));
					  if (!$$) {
						diag_report(&parse->unit->diags, DIAG_if_value, @$);
						$$ = tree_leaf(parse, NODE_INT, @$);
					  } }
|	"(" record ")"			{ $$ = tree_record(parse, @$, &$2); }
|	"(" record "," ")"		{ $$ = tree_record(parse, @$, &$2); }
|	"(" expression ")"		{ $$ = $2; }
|	"(" ")"				{ $$ = tree_list(parse, NODE_TUPLE, @$, NULL); }
|	"(" elements "," ")"		{ $$ = tree_list(parse, NODE_TUPLE, @$, &$2); }
|	"(" elements "," expression ")"	{ tree_append(parse, &$2, $4);
					  $$ = tree_list(parse, NODE_TUPLE, @$, &$2); }
;

member:
	NAME
|	TYPE
|	INT				{ $$ = arena_printf(parse->arena, "%llu", (unsigned long long)$1); }
|	"if"				{ $$ = "if"; }
|	"else"				{ $$ = "else"; }
|	"while"				{ $$ = "while"; }
|	"unroll"			{ $$ = "unroll"; }
|	"for"				{ $$ = "for"; }
|	"break"				{ $$ = "break"; }
|	"continue"			{ $$ = "continue"; }
|	"return"			{ $$ = "return"; }
|	"let"				{ $$ = "let"; }
|	"struct"			{ $$ = "struct"; }
|	"union"				{ $$ = "union"; }
|	"enum"				{ $$ = "enum"; }
|	"sizeof"			{ $$ = "sizeof"; }
|	"offsetof"			{ $$ = "offsetof"; }
|	"typeof"			{ $$ = "typeof"; }
|	"comptime"			{ $$ = "comptime"; }
;

%%

/*
 * The next token. After a syntax error, what is skipped ends at a ';' or '}' of the block the error
 * was in, never inside a block that the skipped text opens.
 */
static int parser_lex(YYSTYPE *value, struct span *span, struct parse *parse)
{
	uint32_t level = parse->skip_level;
	int token = 0;

	if (parse->start) {
		token = parse->start;
		parse->start = 0;
		*span = (struct span){parse->at, parse->at};
		return token;
	}
	while (!parse->failed) {
		token = lexer_lex(value, span, parse->scanner);
		if (!parse->recovering || token <= 0)
			break;
		if (token == TOKEN_LBRACE) {
			level++;
		} else if (token == TOKEN_RBRACE && level > 1) {
			level--;
		} else if (token == TOKEN_RBRACE && level == 1) {
			token = parse->braces ? TOKEN_SEMICOLON : TOKEN_RBRACE;
			break;
		} else if (!level && (token == TOKEN_SEMICOLON || token == TOKEN_RBRACE)) {
			break;
		}
	}
	parse->recovering = false;
	parse->skip_level = 0;
	if (parse->failed)
		token = 0;
	if (token == 0)
		*span = (struct span){parse->end_byte, parse->end_byte};
	return token;
}

/* Only reached when the parser's stack is full. */
static void parser_error(const struct span *span, struct parse *parse, const char *message)
{
	(void)message;
	diag_report(&parse->unit->diags, DIAG_too_deep, *span);
	parse->failed = true;
}

/* The most telling of the tokens that could stand here. */
static enum diag_tag expected_tag(const yypcontext_t *context)
{
	static const struct {
		yysymbol_kind_t symbol;
		enum diag_tag tag;
	} order[] = {
		{YYSYMBOL_STRING, DIAG_expected_expression},
		{YYSYMBOL_SEMICOLON, DIAG_expected_semicolon},
		{YYSYMBOL_RPAREN, DIAG_expected_paren},
		{YYSYMBOL_RBRACKET, DIAG_expected_bracket},
		{YYSYMBOL_PREDICATE, DIAG_expected_block},
		{YYSYMBOL_LBRACE, DIAG_expected_block},
		{YYSYMBOL_NAME, DIAG_expected_name},
		{YYSYMBOL_VAR, DIAG_expected_variable},
		{YYSYMBOL_ATTACH, DIAG_expected_attach_point},
		{YYSYMBOL_RBRACE, DIAG_expected_brace},
	};
	yysymbol_kind_t expected[YYNTOKENS];
	int n = yypcontext_expected_tokens(context, expected, YYNTOKENS);

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		for (int j = 0; j < n; j++) {
			if (expected[j] == order[i].symbol)
				return order[i].tag;
		}
	}
	return DIAG_unexpected_input;
}

static int yyreport_syntax_error(const yypcontext_t *context, struct parse *parse)
{
	yysymbol_kind_t token = yypcontext_token(context);
	struct diag *diag;
	enum diag_tag tag;

	parse->recovered = true;
	if (parse->failed)
		return 0;
	tag = token == YYSYMBOL_INVALID ? DIAG_unexpected_input : expected_tag(context);
	if (tag == DIAG_expected_expression && token == YYSYMBOL_YYEOF)
		tag = parse->brackets > parse->braces ? tag : DIAG_expected_brace;
	diag = diag_report(&parse->unit->diags, tag, *yypcontext_location(context));
	parse_hint(parse, diag, tag, parse->last, *yypcontext_location(context));
	parse->recovering = token != YYSYMBOL_SEMICOLON && token != YYSYMBOL_RBRACE;
	parse->skip_level = token == YYSYMBOL_LBRACE;
	return 0;
}

const char *parser_token_name(int token)
{
	return yysymbol_name(YYTRANSLATE(token));
}
