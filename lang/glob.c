/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading of patterns. Alternatives are written out, then each goes into the automaton from its
 * start, along what others have in common with it: many patterns share their stars, without which
 * the automaton's subsets would be as many as their combinations.
 */
#include "lang/glob.h"

#include <string.h>

#include "lang/arena.h"

/* Steps in which the alternatives of one pattern are written out. */
#define MAX_STEPS 4096u
/* Different [...] of all patterns. */
#define MAX_BYTES 4096u

enum { BYTES_NAME = 256, BYTES_ANY };

struct glob_text {
	char *bytes;
	uint32_t *origin; /* of each byte in the pattern as it was written */
	uint32_t length;
};

struct reader {
	struct glob *glob;
	const struct glob_pattern *pattern;
	enum diag_tag why;
	size_t bad;
	uint32_t steps;
};

#define GROW(glob, items, n, room)                                                                 \
	do {                                                                                       \
		if ((glob)->n == (glob)->room) {                                                   \
			void *old_ = (glob)->items;                                                \
			(glob)->room = (glob)->room ? (glob)->room * 2 : 512;                      \
			(glob)->items = arena_array((glob)->arena, (glob)->room,                   \
						    sizeof(*(glob)->items));                       \
			if (old_)                                                                  \
				memcpy((glob)->items, old_, (glob)->n * sizeof(*(glob)->items));   \
		}                                                                                  \
	} while (0)

static uint32_t new_node(struct glob *glob, uint32_t loop)
{
	GROW(glob, nodes, n_nodes, node_room);
	glob->nodes[glob->n_nodes] = (struct glob_node){.loop = loop};
	return glob->n_nodes++;
}

static void set_byte(struct glob_bytes *bytes, unsigned byte)
{
	bytes->bits[byte >> 6] |= 1ULL << (byte & 63);
}

static void clear_byte(struct glob_bytes *bytes, unsigned byte)
{
	bytes->bits[byte >> 6] &= ~(1ULL << (byte & 63));
}

static uint32_t add_bytes(struct glob *glob, const struct glob_bytes *bytes)
{
	for (uint32_t i = 0; i < glob->n_bytes; i++)
		if (!memcmp(&glob->bytes[i], bytes, sizeof(*bytes)))
			return i;
	GROW(glob, bytes, n_bytes, bytes_room);
	glob->bytes[glob->n_bytes] = *bytes;
	return glob->n_bytes++;
}

struct glob *glob_new(struct arena *arena)
{
	struct glob *glob = arena_alloc(arena, sizeof(*glob));
	struct glob_bytes bytes;

	glob->arena = arena;
	new_node(glob, GLOB_NO_LOOP);
	for (unsigned byte = 0; byte < 256; byte++) {
		GROW(glob, bytes, n_bytes, bytes_room);
		glob->bytes[byte] = (struct glob_bytes){{0}};
		set_byte(&glob->bytes[byte], byte);
		glob->n_bytes++;
	}
	memset(&bytes, 0xff, sizeof(bytes));
	clear_byte(&bytes, 0);
	clear_byte(&bytes, '/');
	add_bytes(glob, &bytes);
	set_byte(&bytes, '/');
	add_bytes(glob, &bytes);
	return glob;
}

static uint32_t step(struct glob *glob, uint32_t node, uint32_t bytes)
{
	uint32_t to;

	for (uint32_t i = glob->nodes[node].first_edge; i; i = glob->edges[i - 1].next)
		if (glob->edges[i - 1].bytes == bytes)
			return glob->edges[i - 1].to;
	to = new_node(glob, GLOB_NO_LOOP);
	GROW(glob, edges, n_edges, edge_room);
	glob->edges[glob->n_edges++] =
		(struct glob_edge){bytes, to, glob->nodes[node].first_edge};
	glob->nodes[node].first_edge = glob->n_edges;
	return to;
}

static uint32_t skip(struct glob *glob, uint32_t node, enum glob_skip which, uint32_t loop)
{
	uint32_t to = glob->nodes[node].skips[which];

	if (!to) {
		to = new_node(glob, loop);
		glob->nodes[node].skips[which] = to;
	}
	return to;
}

/* Any folders, or none. */
static uint32_t folders(struct glob *glob, uint32_t node)
{
	uint32_t inside = skip(glob, node, GLOB_FOLDERS, BYTES_ANY), behind = step(glob, inside, '/');

	glob->nodes[node].skips[GLOB_NO_FOLDERS] = behind;
	return behind;
}

static bool fail(struct reader *reader, enum diag_tag why, size_t at)
{
	reader->why = why;
	reader->bad = at;
	return false;
}

/* The ']' of the '[' at `at`, or `length`. */
static uint32_t bracket_end(const char *text, uint32_t at, uint32_t length)
{
	uint32_t i = at + 1;

	if (i < length && (text[i] == '!' || text[i] == '^'))
		i++;
	if (i < length && text[i] == ']')
		i++;
	while (i < length && text[i] != ']')
		i += text[i] == '\\' && i + 1 < length ? 2 : 1;
	return i;
}

/* One byte of what stands in brackets. */
static unsigned bracket_byte(const char *text, uint32_t *at, uint32_t end)
{
	if (text[*at] == '\\' && *at + 1 < end)
		++*at;
	return (unsigned char)text[(*at)++];
}

static bool read_bracket(struct reader *reader, const struct glob_text *text, uint32_t *at,
			 uint32_t *result)
{
	const char *bytes = text->bytes;
	uint32_t begin = *at, end = bracket_end(bytes, begin, text->length), i = begin + 1;
	struct glob_bytes set = {{0}};
	bool none = bytes[i] == '!' || bytes[i] == '^';

	if (end >= text->length)
		return fail(reader, DIAG_glob_bracket, text->origin[begin]);
	for (i += none; i < end;) {
		uint32_t item = i;
		unsigned first = bracket_byte(bytes, &i, end), last = first;

		if (i + 1 < end && bytes[i] == '-') {
			i++;
			last = bracket_byte(bytes, &i, end);
		}
		if (last < first)
			return fail(reader, DIAG_glob_range, text->origin[item]);
		for (unsigned byte = first; byte <= last; byte++)
			set_byte(&set, byte);
	}
	for (unsigned i64 = 0; none && i64 < 4; i64++)
		set.bits[i64] = ~set.bits[i64];
	clear_byte(&set, 0);
	clear_byte(&set, '/');
	if (!(set.bits[0] | set.bits[1] | set.bits[2] | set.bits[3]))
		return fail(reader, DIAG_glob_nothing, text->origin[begin]);
	*result = add_bytes(reader->glob, &set);
	*at = end + 1;
	if (reader->glob->n_bytes > MAX_BYTES)
		return fail(reader, DIAG_glob_brackets, text->origin[begin]);
	return true;
}

/* Behind a quoted byte, a bracket or a plain byte. */
static uint32_t behind_item(const struct glob_text *text, uint32_t at)
{
	uint32_t end = text->length;

	if (text->bytes[at] == '\\')
		return at + 2 < end ? at + 2 : end;
	if (text->bytes[at] == '[')
		end = bracket_end(text->bytes, at, text->length);
	else
		return at + 1;
	return end < text->length ? end + 1 : end;
}

static bool has_slash(const struct glob_text *text)
{
	for (uint32_t i = 0; i < text->length; i = behind_item(text, i))
		if (text->bytes[i] == '/' ||
		    (text->bytes[i] == '\\' && i + 1 < text->length && text->bytes[i + 1] == '/'))
			return true;
	return false;
}

/* A run of stars at `at`; behind it. */
static uint32_t read_stars(struct glob *glob, const struct glob_text *text, uint32_t at,
			   uint32_t *node)
{
	uint32_t end = at;

	while (end < text->length && text->bytes[end] == '*')
		end++;
	if (end == at + 1) {
		*node = skip(glob, *node, GLOB_STAR, BYTES_NAME);
	} else if ((!at || text->bytes[at - 1] == '/') && end < text->length &&
		   text->bytes[end] == '/') {
		*node = folders(glob, *node);
		end++;
	} else {
		*node = skip(glob, *node, GLOB_STARS, BYTES_ANY);
	}
	return end;
}

/* A pattern without alternatives. */
static bool add_plain(struct reader *reader, const struct glob_text *text)
{
	const struct glob_pattern *pattern = reader->pattern;
	struct glob *glob = reader->glob;
	uint32_t node = has_slash(text) ? 0 : folders(glob, 0);

	for (uint32_t i = 0; i < text->length;) {
		unsigned char byte = (unsigned char)text->bytes[i];
		uint32_t bytes = byte;

		if (byte == '*') {
			i = read_stars(glob, text, i, &node);
			continue;
		}
		if (byte == '[') {
			if (!read_bracket(reader, text, &i, &bytes))
				return false;
		} else if (byte == '?') {
			bytes = BYTES_NAME;
			i++;
		} else if (byte == '\\') {
			if (++i == text->length)
				return fail(reader, DIAG_glob_backslash, text->origin[i - 1]);
			bytes = (unsigned char)text->bytes[i++];
		} else {
			i++;
		}
		node = step(glob, node, bytes);
	}
	if (pattern->exclude)
		glob->nodes[node].unwanted |= 1ULL << pattern->set;
	else
		glob->nodes[node].wanted |= 1ULL << pattern->set;
	return true;
}

static void append(struct glob_text *to, const struct glob_text *from, uint32_t begin, uint32_t end)
{
	memcpy(to->bytes + to->length, from->bytes + begin, end - begin);
	memcpy(to->origin + to->length, from->origin + begin, (end - begin) * sizeof(*to->origin));
	to->length += end - begin;
}

static bool expand(struct reader *reader, const struct glob_text *text);

/* The text with begin..end in place of open..close. */
static bool choose(struct reader *reader, const struct glob_text *text, uint32_t open,
		   uint32_t close, uint32_t begin, uint32_t end)
{
	struct arena *arena = arena_new();
	struct glob_text chosen = {arena_alloc(arena, text->length + 1),
				   arena_array(arena, text->length + 1, sizeof(uint32_t)), 0};
	bool fine;

	append(&chosen, text, 0, open);
	append(&chosen, text, begin, end);
	append(&chosen, text, close + 1, text->length);
	fine = expand(reader, &chosen);
	arena_free(arena);
	return fine;
}

/* Write out the first alternatives, and what is left in each. */
static bool expand(struct reader *reader, const struct glob_text *text)
{
	uint32_t open = 0, close, begin, depth = 0;

	while (open < text->length && text->bytes[open] != '{')
		open = behind_item(text, open);
	if (open >= text->length)
		return add_plain(reader, text);
	if (++reader->steps > MAX_STEPS)
		return fail(reader, DIAG_glob_alternatives, text->origin[open]);
	for (close = open; close < text->length; close = behind_item(text, close)) {
		if (text->bytes[close] == '{')
			depth++;
		else if (text->bytes[close] == '}' && !--depth)
			break;
	}
	if (close >= text->length)
		return fail(reader, DIAG_glob_brace, text->origin[open]);
	begin = open + 1;
	for (uint32_t i = begin; i <= close; i = behind_item(text, i)) {
		char byte = text->bytes[i];

		if ((byte == ',' && !depth) || i == close) {
			if (++reader->steps > MAX_STEPS)
				return fail(reader, DIAG_glob_alternatives, text->origin[open]);
			if (!choose(reader, text, open, close, begin, i))
				return false;
			begin = i + 1;
		} else if (byte == '{') {
			depth++;
		} else if (byte == '}') {
			depth--;
		}
	}
	return true;
}

bool glob_add(struct glob *glob, const struct glob_pattern *pattern, enum diag_tag *why, size_t *at)
{
	struct reader reader = {.glob = glob, .pattern = pattern};
	struct glob_text text;
	bool fine = true;

	if (!pattern->length)
		fine = fail(&reader, DIAG_glob_empty, 0);
	else if (pattern->length > GLOB_MAX_LENGTH)
		fine = fail(&reader, DIAG_glob_long, GLOB_MAX_LENGTH);
	else if (memchr(pattern->text, '\0', pattern->length))
		fine = fail(&reader, DIAG_glob_nul, strlen(pattern->text));
	if (fine) {
		struct arena *arena = arena_new();

		text = (struct glob_text){arena_copy(arena, pattern->text, pattern->length),
					  arena_array(arena, pattern->length, sizeof(uint32_t)),
					  pattern->length};
		for (uint32_t i = 0; i < text.length; i++)
			text.origin[i] = i;
		fine = expand(&reader, &text);
		arena_free(arena);
	}
	*why = reader.why;
	*at = reader.bad;
	return fine;
}
