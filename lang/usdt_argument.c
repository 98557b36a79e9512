/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/usdt_argument.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

static const char *next(const char *text, size_t *length)
{
	text += strspn(text, BLANKS);
	*length = strcspn(text, BLANKS);
	return *length ? text : NULL;
}

uint32_t usdt_argument_count(const char *text)
{
	uint32_t count = 0;
	size_t length;

	for (; (text = next(text, &length)); text += length)
		count++;
	return count;
}

const char *usdt_argument_find(const char *text, uint32_t number, size_t *length)
{
	for (; (text = next(text, length)) && number; text += *length)
		number--;
	return text;
}

/* Offsets in struct pt_regs by the names that the assembler has for the registers and parts of
 * them. */
static const struct {
	const char *names[4];
	uint32_t offset;
} registers[] = {
#ifdef __x86_64__
	{{"rip", "eip"}, 128},
	{{"rax", "eax", "ax", "al"}, 80},
	{{"rbx", "ebx", "bx", "bl"}, 40},
	{{"rcx", "ecx", "cx", "cl"}, 88},
	{{"rdx", "edx", "dx", "dl"}, 96},
	{{"rsi", "esi", "si", "sil"}, 104},
	{{"rdi", "edi", "di", "dil"}, 112},
	{{"rbp", "ebp", "bp", "bpl"}, 32},
	{{"rsp", "esp", "sp", "spl"}, 152},
	{{"r8", "r8d", "r8w", "r8b"}, 72},
	{{"r9", "r9d", "r9w", "r9b"}, 64},
	{{"r10", "r10d", "r10w", "r10b"}, 56},
	{{"r11", "r11d", "r11w", "r11b"}, 48},
	{{"r12", "r12d", "r12w", "r12b"}, 24},
	{{"r13", "r13d", "r13w", "r13b"}, 16},
	{{"r14", "r14d", "r14w", "r14b"}, 8},
	{{"r15", "r15d", "r15w", "r15b"}, 0},
#else
	{{"sp"}, 248},
#endif
};

static bool find_register(const char *name, size_t length, uint32_t *offset)
{
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		for (int k = 0; k < 4 && registers[i].names[k]; k++) {
			if (strlen(registers[i].names[k]) != length ||
			    strncmp(registers[i].names[k], name, length) != 0)
				continue;
			*offset = registers[i].offset;
			return true;
		}
	}
#ifndef __x86_64__
	/* x0 to x30, w0 to w30 */
	if (length > 1 && length < 4 && (*name == 'x' || *name == 'w')) {
		*offset = (uint32_t)strtoul(name + 1, NULL, 10) * 8;
		return isdigit((unsigned char)name[1]) && *offset <= 240;
	}
#endif
	return false;
}

/* What is being read, up to its end. */
struct reader {
	const char *at, *end;
};

static bool skip(struct reader *reader, char c)
{
	if (reader->at >= reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static bool read_number(struct reader *reader, int64_t *value)
{
	char copy[32], *end;
	size_t length = (size_t)(reader->end - reader->at);

	if (length >= sizeof(copy))
		length = sizeof(copy) - 1;
	memcpy(copy, reader->at, length);
	copy[length] = '\0';
	if (!isdigit((unsigned char)*copy) && *copy != '-' && *copy != '+')
		return false;
	*value = strtoll(copy, &end, 0);
	reader->at += end - copy;
	return end != copy;
}

static bool read_register(struct reader *reader, uint32_t *offset)
{
	size_t length = 0;

#ifdef __x86_64__
	if (!skip(reader, '%'))
		return false;
#endif
	while (reader->at + length < reader->end && isalnum((unsigned char)reader->at[length]))
		length++;
	if (!find_register(reader->at, length, offset))
		return false;
	reader->at += length;
	return true;
}

#ifdef __x86_64__
/* %reg, $5, 8(%base,%index,2) */
static bool read_operand(struct reader *reader, struct usdt_argument *argument)
{
	int64_t scale = 1;

	if (skip(reader, '$')) {
		argument->place = USDT_CONSTANT;
		return read_number(reader, &argument->value);
	}
	if (read_register(reader, &argument->base)) {
		argument->place = USDT_REGISTER;
		return true;
	}
	argument->place = USDT_MEMORY;
	if (reader->at < reader->end && *reader->at != '(' &&
	    !read_number(reader, &argument->value))
		return false;
	if (!skip(reader, '(') || !read_register(reader, &argument->base))
		return false;
	argument->has_index = skip(reader, ',');
	if (argument->has_index && !read_register(reader, &argument->index))
		return false;
	if (argument->has_index && skip(reader, ',') && !read_number(reader, &scale))
		return false;
	argument->scale = (uint32_t)scale;
	return scale > 0 && scale <= 8 && skip(reader, ')');
}
#else
/* x0, 5, [sp, 8] whose blank is in the way: the rest of it is another word */
static bool read_operand(struct reader *reader, struct usdt_argument *argument)
{
	if (read_number(reader, &argument->value)) {
		argument->place = USDT_CONSTANT;
		return true;
	}
	argument->place = USDT_REGISTER;
	if (!skip(reader, '['))
		return read_register(reader, &argument->base);
	argument->place = USDT_MEMORY;
	if (!read_register(reader, &argument->base))
		return false;
	if (skip(reader, ',') && !read_number(reader, &argument->value))
		return false;
	return skip(reader, ']');
}
#endif

bool usdt_argument_read(const char *text, size_t length, struct usdt_argument *argument)
{
	struct reader reader = {text, text + length};
	int64_t size;

	*argument = (struct usdt_argument){0};
	if (!read_number(&reader, &size) || !skip(&reader, '@') ||
	    !read_operand(&reader, argument) || reader.at != reader.end)
		return false;
	argument->is_signed = size < 0;
	argument->size = (uint32_t)(size < 0 ? -size : size);
	return argument->size == 1 || argument->size == 2 || argument->size == 4 ||
	       argument->size == 8;
}
