/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects and prints messages. Formats come from a table, so the compiler cannot check them
 * against their arguments; therefore they know only %s and %u, and an own formatter reads them.
 */
#include "lang/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/source.h"

#define MAX_MESSAGES 20 /* of each severity */
#define MAX_EXCERPT  2000

enum severity { ERROR, WARNING, HINT };

static const struct {
	enum severity severity;
	const char *format;
} rows[] = {
#define DIAG(tag, severity, format) [DIAG_##tag] = {severity, format},
#include "lang/diags.def"
#undef DIAG
};

struct diag {
	enum severity severity;
	struct span span;
	const char *text;
	struct diag *notes, *next; /* notes: places and hints, in the order they were added */
	uint32_t order;
};

void diags_init(struct diags *diags, struct arena *arena, struct source *source, bool warnings,
		bool color)
{
	*diags = (struct diags){
		.arena = arena,
		.source = source,
		.warnings = warnings,
		.color = color,
	};
	diags->last = &diags->first;
}

static const char *format_row(struct arena *arena, const char *format, va_list args)
{
	struct arena_buffer buffer = {.arena = arena};
	size_t run;

	arena_buffer_add(&buffer, "", 0);
	while (*format) {
		run = strcspn(format, "%");
		arena_buffer_add(&buffer, format, run);
		format += run;
		if (format[0] == '%' && format[1] == 's') {
			arena_buffer_puts(&buffer, va_arg(args, const char *));
			format += 2;
		} else if (format[0] == '%' && format[1] == 'u') {
			arena_buffer_printf(&buffer, "%u", va_arg(args, unsigned int));
			format += 2;
		} else if (format[0] == '%') {
			arena_buffer_puts(&buffer, "%");
			format += format[1] == '%' ? 2 : 1;
		}
	}
	return buffer.text;
}

static struct diag *new_diag(struct diags *diags, enum severity severity, struct span span,
			     const char *text)
{
	struct diag *diag = arena_alloc(diags->arena, sizeof(*diag));

	*diag = (struct diag){.severity = severity, .span = span, .text = text};
	return diag;
}

static struct diag *add(struct diags *diags, enum severity severity, struct span span,
			const char *text)
{
	struct diag *diag;

	for (diag = diags->first; diag; diag = diag->next) {
		if (diag->severity == severity && diag->span.begin == span.begin &&
		    diag->span.end == span.end && !strcmp(diag->text, text))
			return NULL;
	}
	if ((severity == ERROR ? diags->n_errors : diags->n_warnings) >= MAX_MESSAGES)
		return NULL;
	if (severity == ERROR)
		diags->n_errors++;
	else
		diags->n_warnings++;
	diag = new_diag(diags, severity, span, text);
	*diags->last = diag;
	diags->last = &diag->next;
	return diag;
}

static bool is_inside(struct span inner, struct span outer)
{
	return inner.begin >= outer.begin && inner.end <= outer.end;
}

/* What an argument of the call says is at the call already. */
static void note_expansions(struct diags *diags, struct diag *diag)
{
	for (const struct diag_expansion *e = diags->expansion; diag && e; e = e->outer)
		if (!is_inside(diag->span, e->call))
			diag_note(diags, diag, DIAG_expanded_from, e->call);
}

static bool is_dropped(const struct diags *diags, enum diag_tag tag)
{
	const enum diag_tag *dropped = diags->dropped;

	while (dropped && *dropped != DIAG_TAGS && *dropped != tag)
		dropped++;
	return dropped && *dropped == tag;
}

struct diag *diag_report(struct diags *diags, enum diag_tag tag, struct span span, ...)
{
	struct diag *diag;
	const char *text;
	va_list args;

	if (diags->muted || (rows[tag].severity == WARNING && !diags->warnings) ||
	    is_dropped(diags, tag))
		return NULL;
	va_start(args, span);
	text = format_row(diags->arena, rows[tag].format, args);
	va_end(args);
	diag = add(diags, rows[tag].severity, span, text);
	note_expansions(diags, diag);
	return diag;
}

struct diag *diag_text(struct diags *diags, struct span span, const char *text)
{
	return diags->muted ? NULL : add(diags, ERROR, span, text);
}

static void attach(struct diag *diag, struct diag *note)
{
	struct diag **end = &diag->notes;

	while (*end)
		end = &(*end)->next;
	*end = note;
}

void diag_note(struct diags *diags, struct diag *diag, enum diag_tag tag, struct span span, ...)
{
	const char *text;
	va_list args;

	if (!diag)
		return;
	va_start(args, span);
	text = format_row(diags->arena, rows[tag].format, args);
	va_end(args);
	/* What a warning points at is none the worse for it. */
	attach(diag, new_diag(diags, diag->severity, span, text));
}

void diag_hint(struct diags *diags, struct diag *diag, enum diag_tag tag, ...)
{
	const char *text;
	va_list args;

	if (!diag)
		return;
	va_start(args, tag);
	text = format_row(diags->arena, rows[tag].format, args);
	va_end(args);
	attach(diag, new_diag(diags, HINT, SPAN_NONE, text));
}

static void print_word(const struct diags *diags, struct arena_buffer *out, enum severity severity)
{
	static const char *const words[] = {
		[ERROR] = "ERROR: ", [WARNING] = "WARNING: ", [HINT] = "HINT: "};
	static const char *const colors[] = {
		[ERROR] = "\033[31m", [WARNING] = "\033[33m", [HINT] = "\033[36m"};

	if (diags->color)
		arena_buffer_puts(out, colors[severity]);
	arena_buffer_puts(out, words[severity]);
	if (diags->color)
		arena_buffer_puts(out, "\033[0m");
}

/* Under the bytes from column `begin` to before column `end`, which may be one past the line. */
static void print_markers(struct source *source, struct arena_buffer *out, uint32_t line,
			  uint32_t begin, uint32_t end)
{
	uint32_t blanks = source_width(source, line, begin - 1);
	uint32_t marks = end - begin > 1 ? source_width(source, line, end - 1) - blanks : 1;

	for (uint32_t i = 0; i < blanks; i++)
		arena_buffer_puts(out, " ");
	for (uint32_t i = 0; i < marks; i++)
		arena_buffer_puts(out, "~");
	arena_buffer_puts(out, "\n");
}

/* A span as a reader counts; `last_column` is one past the end. */
struct place {
	uint32_t line, last_line, column, last_column;
};

static struct place place_of(const struct diags *diags, struct span span)
{
	struct place place;

	source_locate(diags->source, span.begin, &place.line, &place.column);
	source_locate(diags->source, span.end, &place.last_line, &place.last_column);
	if (place.line == place.last_line && place.last_column == place.column)
		place.last_column++;
	return place;
}

static void print_place(const struct diags *diags, struct arena_buffer *out,
			const struct place *place)
{
	uint32_t line, last_line;
	const char *name = source_place(diags->source, place->line, &line);

	source_place(diags->source, place->last_line, &last_line);
	if (line == last_line)
		arena_buffer_printf(out, "%s:%u:%u-%u: ", name, line, place->column,
				    place->last_column);
	else
		arena_buffer_printf(out, "%s:%u-%u: ", name, line, last_line);
}

/* The lines of a message; the markers only under a single one. A line that no terminal shows is
 * left out. */
static void print_excerpt(const struct diags *diags, struct arena_buffer *out,
			  const struct place *place)
{
	const char *text;

	for (uint32_t i = place->line; i <= place->last_line; i++) {
		text = source_line(diags->source, i, MAX_EXCERPT);
		if (!text)
			return;
		arena_buffer_printf(out, "%s\n", text);
	}
	if (place->line == place->last_line)
		print_markers(diags->source, out, place->line, place->column, place->last_column);
}

static void print_one(const struct diags *diags, struct arena_buffer *out, const struct diag *diag)
{
	struct place place;

	if (diag->span.begin != UINT32_MAX) {
		place = place_of(diags, diag->span);
		print_place(diags, out, &place);
	}
	print_word(diags, out, diag->severity);
	arena_buffer_printf(out, "%s\n", diag->text);
	if (diag->span.begin != UINT32_MAX)
		print_excerpt(diags, out, &place);
}

const char *diags_place(const struct diags *diags, struct span span)
{
	struct arena_buffer out = {.arena = diags->arena};
	struct place place = place_of(diags, span);

	print_place(diags, &out, &place);
	arena_buffer_puts(&out, "\n");
	print_excerpt(diags, &out, &place);
	return out.text;
}

static int compare(const void *left, const void *right)
{
	const struct diag *a = *(const struct diag *const *)left;
	const struct diag *b = *(const struct diag *const *)right;

	if (a->severity != b->severity)
		return a->severity < b->severity ? -1 : 1;
	if (a->span.begin != b->span.begin)
		return a->span.begin < b->span.begin ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

const char *diags_print(struct diags *diags)
{
	struct arena_buffer out = {.arena = diags->arena};
	struct diag **sorted;
	uint32_t n = 0;

	for (struct diag *diag = diags->first; diag; diag = diag->next)
		diag->order = n++;
	sorted = arena_array(diags->arena, n, sizeof(struct diag *));
	n = 0;
	for (struct diag *diag = diags->first; diag; diag = diag->next)
		sorted[n++] = diag;
	qsort(sorted, n, sizeof(struct diag *), compare);
	arena_buffer_add(&out, "", 0);
	for (uint32_t i = 0; i < n; i++) {
		print_one(diags, &out, sorted[i]);
		for (struct diag *note = sorted[i]->notes; note; note = note->next)
			print_one(diags, &out, note);
	}
	return out.text;
}
