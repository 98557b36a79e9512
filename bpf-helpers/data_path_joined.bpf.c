// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The path that a name of `length` bytes asks for: the name, behind the path of its directory if it
 * is not absolute, without //, . and .. in it. Links in it are not followed. `directory` is what
 * system calls take: a descriptor, or AT_FDCWD.
 *
 * Verifier: see data_walk.h; the name's bytes are read at masked offsets below ABI_TEXT_SIZE. Verified
 * alone.
 */
#include "data_walk.h"

/* One byte of the name, from its end; the byte in front of it counts as a slash. */
static long split_step(u32 i, struct walk_texts *texts)
{
	struct walk *walk = WALK_OF(texts->text);
	u64 at = walk->length - 1 - i, begin, length;
	const char *name = texts->name;

	/* What no file can be called may well have been asked for. */
	if (i < walk->length && name[at & (ABI_TEXT_SIZE - 1)] != '/') {
		if (walk->end - at != NAME_MOST || walk->skip)
			return 0;
		walk->end = at;
		walk->part = 1;
		return walk_prepend_part(texts->text, name + (at & (ABI_TEXT_SIZE - 1)), NAME_MOST, false);
	}
	begin = i < walk->length ? at + 1 : 0;
	length = walk->end - begin;
	walk->end = begin ? begin - 1 : 0;
	name += begin & (ABI_TEXT_SIZE - 1);
	if (walk->part) {
		walk->part = 0;
		return walk_prepend(texts->text, name, (u32)length);
	}
	if (!length || (length == 1 && *name == '.'))
		return 0;
	if (length == 2 && name[0] == '.' && name[1] == '.') {
		walk->skip++;
		return 0;
	}
	if (walk->skip) {
		walk->skip--;
		return 0;
	}
	return walk_prepend(texts->text, name, (u32)length);
}

GLOBAL u64 dt_data_path_joined(struct data_text *to, struct data_work *of, u64 length, u64 directory)
{
	char *text = to->bytes, *name = of->bytes;
	struct walk_texts texts = {.text = text, .name = name};
	struct walk *walk = WALK_OF(text);
	struct path path = {0};

	if (!to || !of || !length || length >= ABI_TEXT_SIZE)
		return DATA_TEXT(DATA_TEXT_END);
	text[DATA_TEXT_END] = '\0';
	walk->at = DATA_TEXT_END;
	walk->skip = walk->part = 0;
	walk->length = walk->end = length;
	bpf_loop((u32)length + 1, split_step, &texts, 0);
	/* It was cut. */
	if (text[walk->at & (ABI_TEXT_SIZE - 1)] == '.')
		return DATA_TEXT(walk->at);
	if (*name == '/')
		walk->skip = 0;
	walk_begin(&path, name, directory);
	/* Nobody knows where: it stays relative. */
	if (!path.dentry)
		return DATA_TEXT((walk->at + 1) & (ABI_TEXT_SIZE - 1));
	return walk_up(&texts, &path);
}
