/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libstdc++ has the demangler of libiberty, in C. A name of a few hundred bytes can stand for more
 * text than there are atoms, so it is asked for the text in pieces and left when that is too long:
 * it allocates nothing, and a jump out of it leaves nothing behind.
 */
#include "runtime/symbols/demangle.h"

#include <setjmp.h>
#include <stddef.h>
#include <string.h>

#include "runtime/buffer.h"

#define MAX_MANGLED 2048
#define MAX_TEXT    8192

/* Of libstdc++ since gcc 4.3: its entry for those who have no memory to give. */
int __gcclibcxx_demangle_callback(const char *name,
				  void (*piece)(const char *text, size_t length, void *context),
				  void *context);

struct sink_of_pieces {
	struct buffer *out;
	size_t start;
	jmp_buf too_long;
};

static void add_piece(const char *text, size_t length, void *context)
{
	struct sink_of_pieces *sink = context;

	buffer_add(sink->out, text, length);
	if (sink->out->length - sink->start > MAX_TEXT || sink->out->failed)
		longjmp(sink->too_long, 1);
}

bool demangle(struct buffer *out, const char *name)
{
	struct sink_of_pieces sink = {.out = out, .start = out->length};

	if (name[0] != '_' || name[1] != 'Z' || strlen(name) > MAX_MANGLED)
		return false;
	if (!setjmp(sink.too_long) && !__gcclibcxx_demangle_callback(name, add_piece, &sink))
		return true;
	out->length = sink.start;
	return false;
}
