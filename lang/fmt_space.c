// SPDX-License-Identifier: Apache-2.0
/* Blanks between the tokens of a line. Where two without one would be read as another, there is one. */
#include "lang/fmt.h"

#include <stddef.h>

#include "lang/parse.h"
#include "lang/parser.tab.h"

static bool is_one_of(int token, const int *tokens)
{
	while (*tokens && *tokens != token)
		tokens++;
	return token && *tokens == token;
}

/* Behind it an operator has two sides. */
bool fmt_is_operand_end(int token)
{
	static const int tokens[] = {TOKEN_NAME,   TOKEN_TYPE,	   TOKEN_VAR,	    TOKEN_MAP,
				     TOKEN_STRING, TOKEN_INT,	   TOKEN_BOOL,	    TOKEN_PARAM,
				     TOKEN_RPAREN, TOKEN_RBRACKET, TOKEN_INCREMENT, TOKEN_DECREMENT,
				     TOKEN_RBRACE, TOKEN_PARAM_COUNT, 0};

	return is_one_of(token, tokens);
}

/* struct foo *, uint8 **: of a type. */
bool fmt_is_type_star(const struct fmt_neighbours *near)
{
	static const int tags[] = {TOKEN_STRUCT, TOKEN_UNION, TOKEN_ENUM, 0};

	return near->next == TOKEN_STAR &&
	       (near->last == TOKEN_TYPE ||
		(near->last == TOKEN_NAME && is_one_of(near->before_last, tags)));
}

/* "- -1" is not "--1". */
static bool would_join(int last, int next)
{
	static const int minus[] = {TOKEN_MINUS, TOKEN_DECREMENT, 0};
	static const int plus[] = {TOKEN_PLUS, TOKEN_INCREMENT, 0};

	return (is_one_of(last, minus) && is_one_of(next, minus)) ||
	       (is_one_of(last, plus) && is_one_of(next, plus)) ||
	       (last == TOKEN_AMPERSAND && next == TOKEN_AMPERSAND);
}

static bool is_called(int last)
{
	static const int tokens[] = {TOKEN_NAME,     TOKEN_TYPE,   TOKEN_SIZEOF, TOKEN_OFFSETOF,
				     TOKEN_TYPEOF, TOKEN_LPAREN, TOKEN_LBRACKET, 0};

	return is_one_of(last, tokens);
}

bool fmt_blank(const struct fmt_neighbours *near)
{
	static const int tight_before[] = {TOKEN_COMMA, TOKEN_SEMICOLON, TOKEN_RPAREN, TOKEN_RBRACKET,
					   TOKEN_LBRACKET, TOKEN_DOT, TOKEN_ARROW, TOKEN_DOTS, 0};
	static const int tight_behind[] = {TOKEN_LPAREN, TOKEN_LBRACKET, TOKEN_DOT, TOKEN_ARROW,
					   TOKEN_DOTS, TOKEN_BANG, TOKEN_TILDE, 0};
	static const int operands[] = {TOKEN_INT,    TOKEN_BOOL,    TOKEN_STRING, TOKEN_VAR,
				       TOKEN_MAP,    TOKEN_NAME,    TOKEN_PARAM,  TOKEN_PARAM_COUNT,
				       TOKEN_LPAREN, TOKEN_MINUS,   TOKEN_STAR,	  TOKEN_AMPERSAND,
				       TOKEN_TILDE,  TOKEN_BANG,    TOKEN_SIZEOF, TOKEN_OFFSETOF,
				       TOKEN_INCREMENT, TOKEN_DECREMENT, 0};
	static const int steps[] = {TOKEN_INCREMENT, TOKEN_DECREMENT, 0};

	if (would_join(near->last, near->next))
		return true;
	if (is_one_of(near->next, tight_before) || is_one_of(near->last, tight_behind))
		return false;
	if (near->star && near->next == TOKEN_STAR)
		return false;
	if (near->unary || (near->cast && is_one_of(near->next, operands)))
		return false;
	if (near->next == TOKEN_LPAREN)
		return !is_called(near->last);
	if (is_one_of(near->next, steps))
		return !fmt_is_operand_end(near->last);
	return true;
}
