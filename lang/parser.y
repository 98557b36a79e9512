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
}

%code {
#include "lang/arena.h"
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
}

%token <string> ATTACH "attach point" NAME "name" TYPE "type" VAR "variable" MAP "map"
%token <text> STRING "string"
%token <integer> INT "integer" BOOL "boolean"
%token <number> PARAM "parameter"
%token PARAM_COUNT "$#"
%token INVALID "unexpected input" /* what no script may hold */
%token <op> UPDATE "assignment"
%token PREDICATE "/"
%token LBRACE "{" RBRACE "}" LPAREN "(" RPAREN ")" LBRACKET "[" RBRACKET "]"
%token SEMICOLON ";" COMMA "," COLON ":" QUESTION "?" ELVIS "?:" DOT "." DOTS ".." ARROW "->"
%token ASSIGN "=" INCREMENT "++" DECREMENT "--"
%token PLUS "+" MINUS "-" STAR "*" SLASH "division" PERCENT "%" AMPERSAND "&" PIPE "|" CARET "^"
%token TILDE "~" BANG "!" SHL "<<" SHR ">>" EQ "==" NE "!=" LT "<" LE "<=" GT ">" GE ">="
%token LAND "&&" LOR "||"
%token IF "if" ELSE "else" WHILE "while" UNROLL "unroll" FOR "for" BREAK "break"
%token CONTINUE "continue" RETURN "return" LET "let" STRUCT "struct"

%right "?" ":" "?:"
%left "||"
%left "&&"
%left "|"
%left "^"
%left "&"
%left "==" "!="
%left "<" "<=" ">" ">="
%left "<<" ">>"
%left "+" "-"
%left "*" "division" "%"

/* @m[k] is the map's key, not an index of @m */
%precedence MAP
%precedence "["

%type <points> points
%type <node> predicate block statement compound if else expression unary postfix primary
%type <node> target key loop_header
%type <list> statements elements
%type <string> member type

%%

script:
	%empty
|	script probe
|	script error "}"		{ yyerrok; }
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
	"{" statements "}"		{ $$ = tree_list(parse, NODE_BLOCK, @$, &$2); }
|	"{" statements statement "}"	{ tree_append(parse, &$2, $3);
					  $$ = tree_list(parse, NODE_BLOCK, @$, &$2); }
|	"{" statements error "}"	{ yyerrok; $$ = tree_list(parse, NODE_BLOCK, @$, &$2); }
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
|	NAME "=" expression		{ if ($1[0] != '_' || $1[1])
						diag_report(&parse->unit->diags, DIAG_bad_target, @1);
					  $$ = tree_one(parse, NODE_EXPR, @$, $3); }
|	"let" VAR			{ $$ = tree_let(parse, @$, tree_var(parse, @2, $2), NULL, NULL); }
|	"let" VAR "=" expression	{ $$ = tree_let(parse, @$, tree_var(parse, @2, $2), NULL, $4); }
|	"let" VAR ":" type		{ $$ = tree_let(parse, @$, tree_var(parse, @2, $2), $4, NULL); }
|	"let" VAR ":" type "=" expression
					{ $$ = tree_let(parse, @$, tree_var(parse, @2, $2), $4, $6); }
|	"break"				{ $$ = tree_leaf(parse, NODE_BREAK, @$); }
|	"continue"			{ $$ = tree_leaf(parse, NODE_CONTINUE, @$); }
|	"return"			{ $$ = tree_one(parse, NODE_RETURN, @$, NULL); }
|	"return" expression		{ $$ = tree_one(parse, NODE_RETURN, @$, $2); }
;

type:
	TYPE
|	NAME
|	"struct" NAME			{ $$ = arena_printf(parse->arena, "struct %s", $2); }
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
|	"(" TYPE ")" unary		{ $$ = tree_cast(parse, @$, $2, false, $4); }
|	"(" TYPE "*" ")" unary		{ $$ = tree_cast(parse, @$, $2, true, $5); }
|	"(" "struct" NAME "*" ")" unary	{ $$ = tree_cast(parse, @$,
						arena_printf(parse->arena, "struct %s", $3), true, $6); }
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
|	NAME "(" elements ")"		{ $$ = tree_call(parse, @$, @1, $1, &$3); }
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
		*span = (struct span){parse->unit->source.size, parse->unit->source.size};
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
	enum diag_tag tag;

	if (parse->failed)
		return 0;
	tag = token == YYSYMBOL_INVALID ? DIAG_unexpected_input : expected_tag(context);
	if (tag == DIAG_expected_expression && token == YYSYMBOL_YYEOF)
		tag = parse->brackets > parse->braces ? tag : DIAG_expected_brace;
	diag_report(&parse->unit->diags, tag, *yypcontext_location(context));
	parse->recovering = token != YYSYMBOL_SEMICOLON && token != YYSYMBOL_RBRACE;
	parse->skip_level = token == YYSYMBOL_LBRACE;
	return 0;
}

const char *parser_token_name(int token)
{
	return yysymbol_name(YYTRANSLATE(token));
}
