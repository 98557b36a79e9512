/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants, as C computes them on a 64-bit machine: of an #if, where all integers have 64 bits, and
 * of declarations and macros. One thing is kinder than C: int << n that leaves an int behind becomes
 * a long, so that 1 << 31 is what everybody means.
 */
#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/c_reader.h"
#include "lang/layout.h"
#include "lang/type.h"
#include "lang/unit.h"

struct reading {
	struct c_reader *reader;
	uint32_t dead; /* in what && || ?: leave out: nothing there can be wrong */
	bool bad;
};

static struct c_value unary(struct reading *in);
static struct c_value ternary(struct reading *in);

static struct c_value integer(int64_t value, uint8_t size, bool is_unsigned)
{
	if (size == 4)
		value = is_unsigned ? (int64_t)(uint32_t)value : (int64_t)(int32_t)value;
	return (struct c_value){value, is_unsigned, size, NULL};
}

static struct c_value wrong(struct reading *in)
{
	in->bad = true;
	return integer(0, 4, false);
}

static bool fits(uint64_t value, uint8_t size, bool is_unsigned)
{
	if (size == 8)
		return is_unsigned || value <= INT64_MAX;
	return value <= (is_unsigned ? UINT32_MAX : (uint64_t)INT32_MAX);
}

bool c_number(const struct c_token *token, struct c_value *value)
{
	bool is_unsigned = false, decimal = token->text[0] != '0';
	uint32_t length = token->length, longs = 0;
	uint64_t number;
	char text[72], *end;

	for (; length > 1 && strchr("uUlL", token->text[length - 1]); length--) {
		if (token->text[length - 1] == 'u' || token->text[length - 1] == 'U')
			is_unsigned = true;
		else
			longs++;
	}
	if (longs > 2 || length >= sizeof(text))
		return false;
	memcpy(text, token->text, length);
	text[length] = '\0';
	if (length > 2 && text[0] == '0' && (text[1] == 'b' || text[1] == 'B'))
		number = strtoull(text + 2, &end, 2);
	else
		number = strtoull(text, &end, 0);
	if (*end)
		return false;
	for (uint8_t size = longs ? 8 : 4; size <= 8; size = (uint8_t)(size + 4)) {
		if (!is_unsigned && fits(number, size, false)) {
			*value = integer((int64_t)number, size, false);
			return true;
		}
		if ((is_unsigned || !decimal || size == 8) && fits(number, size, true)) {
			*value = integer((int64_t)number, size, true);
			return true;
		}
	}
	return false;
}

/* 'a', '\n', '\x1b', '\033' */
static struct c_value character(struct reading *in, const struct c_token *token)
{
	static const char codes[] = "n\nt\tr\ra\ab\bf\fv\ve\033";
	const char *at = memchr(token->text, '\'', token->length);
	const char *end = token->text + token->length - 1, *code;
	long value;

	if (!at || ++at >= end)
		return wrong(in);
	if (*at != '\\')
		return at + 1 == end ? integer((signed char)*at, 4, false) : wrong(in);
	at++;
	if (*at == 'x')
		return integer((signed char)strtol(at + 1, NULL, 16), 4, false);
	if (*at >= '0' && *at <= '7') {
		value = strtol(at, NULL, 8);
		return integer((signed char)value, 4, false);
	}
	for (code = codes; *code; code += 2) {
		if (*code == *at)
			return integer(code[1], 4, false);
	}
	return integer(*at, 4, false);
}

static struct c_value of_type(const struct type *type, int64_t address)
{
	struct c_value value = integer(address, 8, true);

	value.type = type;
	return value;
}

static struct c_value convert(struct reading *in, const struct type *type, struct c_value value)
{
	int64_t number = value.value;

	if (!type)
		return wrong(in);
	if (type->kind == TYPE_POINTER)
		return of_type(type, number);
	if (type->kind == TYPE_BOOL)
		return integer(number != 0, 4, false);
	if (!type_is_integer(type))
		return wrong(in);
	if (type->size == 1)
		number = type->is_signed ? (int8_t)number : (uint8_t)number;
	else if (type->size == 2)
		number = type->is_signed ? (int16_t)number : (uint16_t)number;
	return integer(number, type->size == 8 ? 8 : 4, !type->is_signed && type->size >= 4);
}

/* Past a closing parenthesis. */
static void close_paren(struct reading *in)
{
	if (!c_take(in->reader, ')'))
		in->bad = true;
}

static const struct type *read_type(struct reading *in)
{
	struct node *node = c_type_name(in->reader);

	close_paren(in);
	return node && !in->bad ? layout_type(in->reader->unit, node, 0) : NULL;
}

/* sizeof x, sizeof(T), and the same of alignments. */
static struct c_value size_of(struct reading *in, bool alignment)
{
	const struct type *type = NULL;
	struct c_value value = {0};
	struct c_token token;

	if (c_take(in->reader, '(')) {
		token = c_peek(in->reader);
		if (c_starts_type(in->reader, &token)) {
			type = read_type(in);
			if (!type)
				return wrong(in);
		} else if (token.kind == C_STRING) {
			c_next(in->reader, &token);
			close_paren(in);
			return integer(token.length - 1, 8, true);
		} else {
			value = ternary(in);
			close_paren(in);
		}
	} else {
		value = unary(in);
	}
	if (!type)
		type = value.type;
	if (!type)
		return integer(value.size, 8, true);
	type = layout_complete(in->reader->unit, type);
	return type ? integer(alignment ? type->align : type->size, 8, true) : wrong(in);
}

/* The member of what `object` is, as a place. */
static struct c_value member(struct reading *in, struct c_value object)
{
	const struct type *type = layout_complete(in->reader->unit, object.type);
	const struct type_field *field = NULL;
	struct c_token name;

	c_next(in->reader, &name);
	if (type && type->kind == TYPE_STRUCT && name.kind == C_WORD)
		field = type_field(type, name.word->text);
	return field ? of_type(field->type, object.value + field->offset) : wrong(in);
}

static struct c_value element(struct reading *in, struct c_value array)
{
	struct c_value index = ternary(in);

	if (!c_take(in->reader, ']') || !array.type ||
	    (array.type->kind != TYPE_ARRAY && array.type->kind != TYPE_STRING))
		return wrong(in);
	if (array.type->kind == TYPE_STRING)
		return of_type(type_int(in->reader->unit->types, 1, true),
			       array.value + index.value);
	return of_type(array.type->elem, array.value + index.value * array.type->elem->size);
}

static struct c_value postfix(struct reading *in, struct c_value value)
{
	for (;;) {
		if (c_take(in->reader, C_PUNCT2('-', '>'))) {
			if (!value.type || value.type->kind != TYPE_POINTER)
				return wrong(in);
			value.type = value.type->elem;
			value = member(in, value);
		} else if (value.type && c_take(in->reader, '.')) {
			value = member(in, value);
		} else if (value.type && c_take(in->reader, '[')) {
			value = element(in, value);
		} else {
			return value;
		}
		if (in->bad)
			return value;
	}
}

/* __builtin_offsetof(T, a.b[2]) */
static struct c_value offset_of(struct reading *in)
{
	struct c_value value;
	struct node *node;

	if (!c_take(in->reader, '('))
		return wrong(in);
	node = c_type_name(in->reader);
	if (!node || !c_take(in->reader, ','))
		return wrong(in);
	value = member(in, of_type(layout_type(in->reader->unit, node, 0), 0));
	if (!in->bad)
		value = postfix(in, value);
	close_paren(in);
	return integer(value.value, 8, true);
}

static struct c_value word(struct reading *in, const struct c_token *token)
{
	int64_t value = token->word->value;

	if (in->reader->in_condition)
		return integer(!strcmp(token->word->text, "true"), 8, false);
	if (token->word->meaning == CW_SIZEOF || token->word->meaning == CW_ALIGNOF)
		return size_of(in, token->word->meaning == CW_ALIGNOF);
	if (token->word->meaning == CW_OFFSETOF)
		return offset_of(in);
	if (token->word->meaning == CW_EXTENSION)
		return unary(in);
	if (!token->word->enumerator)
		return wrong(in);
	return value == (int32_t)value ? integer(value, 4, false)
	       : value == (uint32_t)value ? integer(value, 4, true)
					  : integer(value, 8, false);
}

static struct c_value parenthesized(struct reading *in)
{
	struct c_token token = c_peek(in->reader);
	const struct type *type;
	struct c_value value;

	if (!in->reader->in_condition && c_starts_type(in->reader, &token)) {
		type = read_type(in);
		value = unary(in);
		return convert(in, type, value);
	}
	value = ternary(in);
	close_paren(in);
	return postfix(in, value);
}

static struct c_value primary(struct reading *in)
{
	struct c_value value;
	struct c_token token;

	c_next(in->reader, &token);
	switch (token.kind) {
	case C_NUMBER:
		if (!c_number(&token, &value))
			return wrong(in);
		if (in->reader->in_condition)
			value.size = 8;
		return value;
	case C_CHAR:
		return character(in, &token);
	case C_WORD:
		return word(in, &token);
	case C_PUNCT:
		if (token.punct == '(')
			return parenthesized(in);
		break;
	case C_END:
	case C_STRING:
	case C_OTHER:
		break;
	}
	c_back(in->reader, &token);
	return wrong(in);
}

static struct c_value address_of(struct reading *in)
{
	struct c_value value = unary(in);

	if (!value.type)
		return wrong(in);
	return of_type(type_pointer(in->reader->unit->types, value.type, 0), value.value);
}

static struct c_value unary(struct reading *in)
{
	struct c_reader *reader = in->reader;
	struct c_value value;

	if (in->bad)
		return integer(0, 4, false);
	if (++reader->depth > C_MAX_NESTING) {
		c_give_up(reader, DIAG_too_deep);
		value = wrong(in);
	} else if (c_take(reader, '-')) {
		value = unary(in);
		value = integer((int64_t)(0 - (uint64_t)value.value), value.size,
				value.is_unsigned);
	} else if (c_take(reader, '+')) {
		value = unary(in);
	} else if (c_take(reader, '~')) {
		value = unary(in);
		value = integer(~value.value, value.size, value.is_unsigned);
	} else if (c_take(reader, '!')) {
		value = integer(!unary(in).value, 4, false);
	} else if (c_take(reader, '&')) {
		value = address_of(in);
	} else {
		value = primary(in);
	}
	reader->depth--;
	return value;
}

/* The operators of two operands; 0: none. */
static int precedence(const struct c_token *token)
{
	static const struct {
		uint32_t punct;
		int level;
	} rows[] = {
		{'*', 10},
		{'/', 10},
		{'%', 10},
		{'+', 9},
		{'-', 9},
		{C_PUNCT2('<', '<'), 8},
		{C_PUNCT2('>', '>'), 8},
		{'<', 7},
		{'>', 7},
		{C_PUNCT2('<', '='), 7},
		{C_PUNCT2('>', '='), 7},
		{C_PUNCT2('=', '='), 6},
		{C_PUNCT2('!', '='), 6},
		{'&', 5},
		{'^', 4},
		{'|', 3},
		{C_PUNCT2('&', '&'), 2},
		{C_PUNCT2('|', '|'), 1},
	};

	for (size_t i = 0; token->kind == C_PUNCT && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].punct == token->punct)
			return rows[i].level;
	}
	return 0;
}

static struct c_value shift_left(struct c_value a, struct c_value b)
{
	int64_t value = (int64_t)((uint64_t)a.value << (b.value & 63));

	if (!a.is_unsigned && a.size == 4 && value != (int32_t)value)
		return integer(value, 8, false);
	return integer(value, a.size, a.is_unsigned);
}

static struct c_value divide(struct reading *in, struct c_value a, struct c_value b,
			     bool is_unsigned, bool rest)
{
	uint8_t size = a.size > b.size ? a.size : b.size;
	uint64_t x = (uint64_t)a.value, y = (uint64_t)b.value;

	if (!y) {
		in->bad |= !in->dead;
		return integer(0, size, is_unsigned);
	}
	if (is_unsigned)
		return integer((int64_t)(rest ? x % y : x / y), size, true);
	if (b.value == -1)
		return integer(rest ? 0 : (int64_t)(0 - x), size, false);
	return integer(rest ? a.value % b.value : a.value / b.value, size, false);
}

static bool compare(uint32_t punct, int64_t a, int64_t b, bool is_unsigned)
{
	bool less = is_unsigned ? (uint64_t)a < (uint64_t)b : a < b;

	switch (punct) {
	case '<':
		return less;
	case '>':
		return !less && a != b;
	case C_PUNCT2('<', '='):
		return less || a == b;
	case C_PUNCT2('>', '='):
		return !less;
	case C_PUNCT2('=', '='):
		return a == b;
	default:
		return a != b;
	}
}

static struct c_value combine(struct reading *in, uint32_t punct, struct c_value a,
			      struct c_value b)
{
	uint8_t size = a.size > b.size ? a.size : b.size;
	bool is_unsigned = (a.is_unsigned && a.size == size) || (b.is_unsigned && b.size == size);
	uint64_t x = (uint64_t)integer(a.value, size, is_unsigned).value;
	uint64_t y = (uint64_t)integer(b.value, size, is_unsigned).value;

	switch (punct) {
	case '*':
		return integer((int64_t)(x * y), size, is_unsigned);
	case '/':
	case '%':
		a.value = (int64_t)x;
		b.value = (int64_t)y;
		return divide(in, a, b, is_unsigned, punct == '%');
	case '+':
		return integer((int64_t)(x + y), size, is_unsigned);
	case '-':
		return integer((int64_t)(x - y), size, is_unsigned);
	case C_PUNCT2('<', '<'):
		return shift_left(a, b);
	case C_PUNCT2('>', '>'):
		return integer(a.is_unsigned ? (int64_t)((uint64_t)a.value >> (b.value & 63))
					     : a.value >> (b.value & 63),
			       a.size, a.is_unsigned);
	case '&':
		return integer((int64_t)(x & y), size, is_unsigned);
	case '^':
		return integer((int64_t)(x ^ y), size, is_unsigned);
	case '|':
		return integer((int64_t)(x | y), size, is_unsigned);
	case C_PUNCT2('&', '&'):
		return integer(a.value && b.value, 4, false);
	case C_PUNCT2('|', '|'):
		return integer(a.value || b.value, 4, false);
	default:
		return integer(compare(punct, (int64_t)x, (int64_t)y, is_unsigned), 4, false);
	}
}

static struct c_value binary(struct reading *in, int lowest)
{
	struct c_value left = unary(in), right;
	struct c_token op;
	bool dead;
	int level;

	while (!in->bad) {
		op = c_peek(in->reader);
		level = precedence(&op);
		if (!level || level < lowest)
			break;
		c_next(in->reader, &op);
		dead = (level == 2 && !left.value) || (level == 1 && left.value);
		in->dead += dead;
		right = binary(in, level + 1);
		in->dead -= dead;
		left = combine(in, op.punct, left, right);
	}
	return left;
}

static struct c_value ternary(struct reading *in)
{
	struct c_value condition, yes, no;
	bool is_unsigned;
	uint8_t size;

	if (++in->reader->depth > C_MAX_NESTING)
		c_give_up(in->reader, DIAG_too_deep);
	condition = binary(in, 1);
	if (!in->bad && c_take(in->reader, '?')) {
		in->dead += !condition.value;
		yes = c_peek(in->reader).punct == ':' ? condition : ternary(in);
		in->dead -= !condition.value;
		if (!c_take(in->reader, ':'))
			in->bad = true;
		in->dead += condition.value != 0;
		no = ternary(in);
		in->dead -= condition.value != 0;
		size = yes.size > no.size ? yes.size : no.size;
		is_unsigned = (yes.is_unsigned && yes.size == size) ||
			      (no.is_unsigned && no.size == size);
		condition = integer(condition.value ? yes.value : no.value, size, is_unsigned);
	}
	in->reader->depth--;
	return condition;
}

bool c_value(struct c_reader *reader, struct c_value *value)
{
	struct reading in = {.reader = reader};

	*value = ternary(&in);
	return !in.bad && !reader->failed;
}
