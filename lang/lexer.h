/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of the lexer that flex makes. `scanner` is flex's yyscan_t.
 */
#ifndef DUETRACE_LEXER_H
#define DUETRACE_LEXER_H

struct parse;
struct span;
struct yy_buffer_state;
union PARSER_STYPE;

int lexer_lex_init_extra(struct parse *parse, void **scanner);
struct yy_buffer_state *lexer__scan_bytes(const char *bytes, int size, void *scanner);
/* The next token, 0 at the end. */
int lexer_lex(union PARSER_STYPE *value, struct span *span, void *scanner);
/* What is read are the tokens of a block, not attach points. */
void lexer_start_body(struct parse *parse);
int lexer_lex_destroy(void *scanner);

#endif
