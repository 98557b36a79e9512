/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flags of allocations have other bits in other kernels. The running one says them in the format of
 * its event kmem:kmalloc, which prints them by a list of pairs,
 *
 *	__print_flags(REC->gfp_flags, "|", {( unsigned long)(... | ...), "GFP_KERNEL"}, ..., { 0, ((void *)0) } )
 *
 * whose numbers are what the preprocessor has left of the macros: casts, | & ~ << and parentheses.
 * Names of more bits come first, so the first that fits is taken. The list is read once, when the
 * first flags are printed.
 */
#include "runtime/print/gfp.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/buffer.h"
#include "runtime/tracefs.h"

#define MAX_FLAGS 64
#define MAX_DEPTH 64

struct flag {
	uint64_t bits;
	char name[32];
};

static struct {
	bool is_read;
	unsigned int count;
	struct flag flags[MAX_FLAGS];
} table;

struct reader {
	const char *at;
	unsigned int depth;
	bool failed;
};

static bool take(struct reader *reader, const char *text)
{
	reader->at += strspn(reader->at, " ");
	if (strncmp(reader->at, text, strlen(text)) != 0)
		return false;
	reader->at += strlen(text);
	return true;
}

static uint64_t read_any(struct reader *reader);

/* A cast means nothing here: all are of unsigned numbers, and the result is cut to 32 bits. */
static uint64_t read_one(struct reader *reader)
{
	uint64_t value = 0;
	char *end;

	if (reader->failed || ++reader->depth > MAX_DEPTH) {
		reader->failed = true;
	} else if (take(reader, "~")) {
		value = ~read_one(reader);
	} else if (take(reader, "(")) {
		reader->at += strspn(reader->at, " ");
		if (isalpha((unsigned char)*reader->at) || *reader->at == '_') {
			reader->at += strcspn(reader->at, "()");
			reader->failed |= !take(reader, ")");
			value = read_one(reader);
		} else {
			value = read_any(reader);
			reader->failed |= !take(reader, ")");
		}
	} else {
		value = strtoull(reader->at, &end, 0);
		reader->failed |= end == reader->at;
		reader->at = end + strspn(end, "uUlL");
	}
	reader->depth--;
	return value;
}

static uint64_t read_shifts(struct reader *reader)
{
	uint64_t value = read_one(reader);

	while (!reader->failed && take(reader, "<<"))
		value <<= read_one(reader) & 63;
	return value;
}

static uint64_t read_all(struct reader *reader)
{
	uint64_t value = read_shifts(reader);

	while (!reader->failed && take(reader, "&"))
		value &= read_shifts(reader);
	return value;
}

static uint64_t read_any(struct reader *reader)
{
	uint64_t value = read_all(reader);

	while (!reader->failed && take(reader, "|"))
		value |= read_all(reader);
	return value;
}

/* {bits, "NAME"}; false at the end of the list, or at what is not understood. */
static bool read_flag(struct reader *reader)
{
	struct flag *flag = &table.flags[table.count];
	size_t length;

	if (table.count == MAX_FLAGS || !take(reader, "{"))
		return false;
	flag->bits = read_any(reader) & UINT32_MAX;
	if (reader->failed || !take(reader, ",") || !take(reader, "\""))
		return false;
	length = strcspn(reader->at, "\"");
	if (length >= sizeof(flag->name))
		return false;
	memcpy(flag->name, reader->at, length);
	reader->at += length;
	if (!take(reader, "\"") || !take(reader, "}") || !flag->bits)
		return false;
	table.count++;
	return take(reader, ",");
}

void gfp_read(void)
{
	struct reader reader = {0};
	unsigned long size;
	char *text;
	int dir = tracefs_open();

	table.is_read = true;
	if (dir < 0)
		return;
	if (!tracefs_read(dir, "events/kmem/kmalloc/format", &text, &size)) {
		reader.at = strstr(text, "__print_flags(");
		reader.at = reader.at ? strchr(reader.at, '{') : NULL;
		while (reader.at && read_flag(&reader))
			;
		free(text);
	}
	close(dir);
}

void gfp_text(struct buffer *out, uint64_t flags)
{
	size_t from = out->length;

	if (!table.is_read)
		gfp_read();
	if (!flags)
		buffer_add_text(out, "none");
	for (unsigned int i = 0; i < table.count; i++) {
		const struct flag *flag = &table.flags[i];

		if ((flags & flag->bits) != flag->bits)
			continue;
		if (out->length > from)
			buffer_add_byte(out, '|');
		buffer_add_text(out, flag->name);
		flags &= ~flag->bits;
	}
	if (!flags)
		return;
	if (out->length > from)
		buffer_add_byte(out, '|');
	buffer_add(out, "0x", 2);
	buffer_add_hex(out, flags);
}
