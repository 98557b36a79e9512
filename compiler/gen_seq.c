// SPDX-License-Identifier: Apache-2.0
/*
 * The text of a pinned iterator, which the kernel makes while somebody reads the pin: printf() and
 * print() write to the iterator's file, struct seq_file. Numbers, and what stands between them, go
 * together to bpf_seq_printf(), as far as it takes them; its rules are those of the kernel's
 * bpf_bprintf_prepare() from 6.1 on: at most 12 arguments, ASCII that can be printed, a width but
 * neither precision nor '#', pointers hashed. All else is bytes for bpf_seq_write(), which knows no
 * rules. What comes out is what runtime/print/print_format.c would have printed.
 */
#include "compiler/gen.h"

#include <ctype.h>
#include <linux/bpf.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/attach_point.h"
#include "lang/settings.h"

/* MAX_BPRINTF_VARARGS */
#define MAX_ARGUMENTS 12u
/* Digits of a number and its sign, with a NUL. */
#define DIGITS_SIZE 24u

/* What is written next: a format of the kernel's, and its numbers. */
struct run {
	struct arena_buffer format;
	LLVMValueRef numbers; /* memory for MAX_ARGUMENTS */
	uint32_t n;
};

struct writer {
	struct gen *g;
	LLVMValueRef file;
	struct run run;
};

/* A field of bytes. Its prefix stays in front of zeros that fill it up. Lengths are i64. */
struct field {
	LLVMValueRef prefix, prefix_length; /* NULL: none */
	LLVMValueRef bytes, length;
	LLVMValueRef suffix, suffix_length;	 /* NULL: none */
	uint32_t prefix_most, most, suffix_most; /* of lengths that are no constants */
};

bool gen_seq_is(const struct gen *g)
{
	return probe_pin(g->probe) != NULL;
}

/* The context begins with struct bpf_iter_meta *, that with struct seq_file *. */
LLVMValueRef gen_seq_file(struct gen *g)
{
	LLVMValueRef meta = gen_pointer(g, gen_context_word(g, 0));
	LLVMValueRef file = LLVMBuildLoad2(g->b, g->ptr, meta, "");

	LLVMSetVolatile(file, true);
	return file;
}

/* At most `most`, where the verifier sees it. */
static LLVMValueRef bounded(struct gen *g, LLVMValueRef length, uint32_t most)
{
	length = gen_opaque(g, length);
	return LLVMBuildSelect(g->b,
			       LLVMBuildICmp(g->b, LLVMIntULE, length, gen_const(g, most), ""),
			       length, gen_const(g, 0), "");
}

/*
 * A length that is no constant is compared once more: Linux 6.12 forgets its bound when a sum of it
 * was compared.
 */
static void write_bytes(struct writer *w, LLVMValueRef bytes, LLVMValueRef length, uint32_t most)
{
	if (!LLVMIsConstant(length))
		length = bounded(w->g, length, most);
	GEN_HELPER(w->g, seq_write, w->file, bytes, length);
}

/* Write the run, if there is any. */
static void flush(struct writer *w)
{
	struct gen *g = w->g;
	struct run *run = &w->run;

	if (!run->format.length)
		return;
	GEN_HELPER(g, seq_printf, w->file,
		   gen_module_constant(g, run->format.text, run->format.length + 1),
		   gen_const(g, run->format.length + 1),
		   run->n ? run->numbers : LLVMConstNull(g->ptr), gen_const(g, run->n * 8));
	run->format = (struct arena_buffer){.arena = g->arena};
	run->n = 0;
}

static bool is_plain(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isascii((unsigned char)text[i]) ||
		    (!isprint((unsigned char)text[i]) && !isspace((unsigned char)text[i])))
			return false;
	return true;
}

static void add_literal(struct writer *w, const char *text, size_t length)
{
	if (!is_plain(text, length)) {
		flush(w);
		write_bytes(w, gen_module_constant(w->g, text, length), gen_const(w->g, length), 0);
		return;
	}
	for (size_t i = 0; i < length; i++)
		arena_buffer_add(&w->run.format, text[i] == '%' ? "%%" : &text[i],
				 text[i] == '%' ? 2 : 1);
}

/* The kernel's conversion of 64 bits for a number. */
static const char *kernel_conversion(char conversion, bool is_signed)
{
	switch (conversion) {
	case 'x':
	case 'p':
		return "lx";
	case 'X':
		return "lX";
	case 's':
		return is_signed ? "ld" : "lu";
	}
	return conversion == 'u' ? "lu" : "ld";
}

static bool is_decimal(char conversion)
{
	return conversion == 'd' || conversion == 'i';
}

static const char *kernel_flags(struct gen *g, const struct format_piece *piece)
{
	bool sign = is_decimal(piece->conversion);

	return arena_printf(g->arena, "%s%s%s%s", piece->flags & IMAGE_PIECE_LEFT ? "-" : "",
			    sign && piece->flags & IMAGE_PIECE_PLUS ? "+" : "",
			    sign && piece->flags & IMAGE_PIECE_SPACE ? " " : "",
			    piece->flags & IMAGE_PIECE_ZERO ? "0" : "");
}

static void add_number(struct writer *w, const struct format_piece *piece, LLVMValueRef number,
		       bool is_signed)
{
	struct gen *g = w->g;
	struct run *run = &w->run;

	if (run->n == MAX_ARGUMENTS)
		flush(w);
	LLVMBuildStore(g->b, number, gen_offset(g, run->numbers, run->n++ * 8));
	arena_buffer_printf(&run->format, "%%%s", kernel_flags(g, piece));
	if (piece->width)
		arena_buffer_printf(&run->format, "%u", piece->width);
	arena_buffer_printf(&run->format, "%s", kernel_conversion(piece->conversion, is_signed));
}

static LLVMValueRef field_length(struct gen *g, const struct field *field)
{
	LLVMValueRef length = field->length;

	if (field->prefix)
		length = LLVMBuildAdd(g->b, length, field->prefix_length, "");
	if (field->suffix)
		length = LLVMBuildAdd(g->b, length, field->suffix_length, "");
	return length;
}

static void pad(struct writer *w, const struct format_piece *piece, const struct field *field,
		char byte)
{
	char fill[256];

	memset(fill, byte, sizeof(fill));
	if (piece->width)
		GEN_BPFFN(w->g, "seq_pad", w->file, field_length(w->g, field),
			  gen_const(w->g, piece->width),
			  gen_module_constant(w->g, fill, piece->width));
}

static void write_field(struct writer *w, const struct format_piece *piece,
			const struct field *field)
{
	bool left = piece->flags & IMAGE_PIECE_LEFT,
	     zeros = !left && piece->flags & IMAGE_PIECE_ZERO;

	flush(w);
	if (!left && !zeros)
		pad(w, piece, field, ' ');
	if (field->prefix)
		write_bytes(w, field->prefix, field->prefix_length, field->prefix_most);
	if (zeros)
		pad(w, piece, field, '0');
	write_bytes(w, field->bytes, field->length, field->most);
	if (field->suffix)
		write_bytes(w, field->suffix, field->suffix_length, field->suffix_most);
	if (left)
		pad(w, piece, field, ' ');
}

/* A constant, or nothing. */
static LLVMValueRef length_if(struct gen *g, LLVMValueRef i1, size_t length)
{
	return LLVMBuildSelect(g->b, i1, gen_const(g, length), gen_const(g, 0), "");
}

/* A number that is not only digits with a sign in front of zeros, as the kernel writes it. */
static void write_digits(struct writer *w, const struct format_piece *piece, LLVMValueRef number,
			 bool is_signed, bool prefixed, bool always)
{
	struct gen *g = w->g;
	struct gen_mark mark = gen_mark(g);
	LLVMValueRef bytes = gen_take(g, DIGITS_SIZE), slot = gen_take(g, 8), length;
	const char *format =
		arena_printf(g->arena, "%%%s", kernel_conversion(piece->conversion, is_signed));
	LLVMValueRef some = LLVMBuildICmp(g->b, LLVMIntNE, number, gen_const(g, 0), "");
	struct field field = {.bytes = bytes, .most = DIGITS_SIZE, .prefix_most = 2};

	LLVMBuildStore(g->b, number, slot);
	length = GEN_HELPER(g, snprintf, bytes, gen_const(g, DIGITS_SIZE),
			    gen_module_constant(g, format, strlen(format) + 1), slot,
			    gen_const(g, 8));
	/* It counts the NUL. */
	field.length = LLVMBuildSub(g->b, length, gen_const(g, 1), "");
	if (prefixed) {
		field.prefix = gen_module_constant(g, piece->conversion == 'X' ? "0X" : "0x", 2);
		field.prefix_length = always ? gen_const(g, 2) : length_if(g, some, 2);
	}
	write_field(w, piece, &field);
	gen_release(g, mark);
}

static void write_string(struct writer *w, const struct format_piece *piece,
			 const struct node *node)
{
	struct gen *g = w->g;
	struct gen_mark mark = gen_mark(g);
	uint32_t room = gen_string_room(node);
	LLVMValueRef tail = gen_take_scratch(g, room);
	struct gen_text text = gen_string_append(g, node, tail);
	const char *trailer = unit_setting_text(g->unit, SETTING_str_trunc_trailer);
	struct field field = {.bytes = tail, .length = text.length, .most = node->type->size};
	LLVMValueRef cut = LLVMBuildICmp(g->b, LLVMIntNE, text.truncated, gen_const(g, 0), "");

	trailer = trailer ? trailer : setting_rows[SETTING_str_trunc_trailer].standard;
	if (*trailer) {
		field.suffix = gen_module_constant(g, trailer, strlen(trailer));
		field.suffix_length = length_if(g, cut, strlen(trailer));
		field.suffix_most = (uint32_t)strlen(trailer);
	}
	write_field(w, piece, &field);
	gen_release(g, mark);
}

/* A byte, or a word of two. */
static void write_word(struct writer *w, const struct format_piece *piece, LLVMValueRef word,
		       LLVMValueRef length)
{
	struct gen *g = w->g;
	struct gen_mark mark = gen_mark(g);
	struct field field = {.bytes = gen_take(g, 8), .length = length, .most = 8};

	LLVMBuildStore(g->b, word, field.bytes);
	write_field(w, piece, &field);
	gen_release(g, mark);
}

static LLVMValueRef text_word(struct gen *g, const char *text)
{
	uint64_t word = 0;

	memcpy(&word, text, strlen(text));
	return gen_const(g, word);
}

static void write_truth(struct writer *w, const struct format_piece *piece, LLVMValueRef value)
{
	struct gen *g = w->g;
	LLVMValueRef is = LLVMBuildICmp(g->b, LLVMIntNE, value, gen_const(g, 0), "");

	write_word(w, piece,
		   LLVMBuildSelect(g->b, is, text_word(g, "true"), text_word(g, "false"), ""),
		   LLVMBuildSelect(g->b, is, gen_const(g, 4), gen_const(g, 5), ""));
}

/* The one probe that there is. */
static void write_probe(struct writer *w, const struct format_piece *piece)
{
	struct gen *g = w->g;
	const char *name = g->probe->targets[0].name;
	struct field field = {.bytes = gen_module_constant(g, name, strlen(name)),
			      .length = gen_const(g, strlen(name))};

	write_field(w, piece, &field);
}

static void convert_number(struct writer *w, const struct format_piece *piece,
			   const struct node *node)
{
	struct gen *g = w->g;
	bool pointer = node->type->kind == TYPE_POINTER && piece->conversion == 's';
	bool prefixed = pointer || piece->conversion == 'p' ||
			(piece->flags & IMAGE_PIECE_ALT && tolower(piece->conversion) == 'x');
	/* what %s makes has no sign that would stand in front of zeros */
	bool text = piece->conversion == 's' && piece->flags & IMAGE_PIECE_ZERO;
	struct format_piece as = *piece;
	LLVMValueRef number =
		gen_narrow(g, gen_scalar(g, node), piece->bytes, is_decimal(piece->conversion));

	if (pointer)
		as.conversion = 'p';
	if (prefixed || text)
		write_digits(w, &as, number, node->type->is_signed, prefixed, pointer);
	else
		add_number(w, &as, number, node->type->is_signed);
}

static void convert(struct writer *w, const struct format_piece *piece, const struct node *node)
{
	if (piece->conversion == 'c')
		write_word(w, piece, gen_scalar(w->g, node), gen_const(w->g, 1));
	else if (piece->conversion == 's' && node->type->kind == TYPE_STRING)
		write_string(w, piece, node);
	else if (piece->conversion == 's' && node->type->kind == TYPE_BOOL)
		write_truth(w, piece, gen_scalar(w->g, node));
	else if (piece->conversion == 's' && node->type->kind == TYPE_PROBE)
		write_probe(w, piece);
	else
		convert_number(w, piece, node);
}

static void write_pieces(struct writer *w, const struct format *format, struct node *const *args)
{
	for (uint32_t i = 0; i < format->n_pieces; i++) {
		const struct format_piece *piece = &format->pieces[i];

		if (piece->text)
			add_literal(w, piece->text, piece->length);
		else
			convert(w, piece, *args++);
	}
	flush(w);
}

/* print(x) */
static const struct format *line(struct gen *g)
{
	static const struct format_piece pieces[] = {
		{.conversion = 's', .bytes = 8, .precision = -1},
		{.text = "\n", .length = 1},
	};
	struct format *format = arena_alloc(g->arena, sizeof(*format));

	*format = (struct format){.pieces = arena_copy(g->arena, pieces, sizeof(pieces)),
				  .n_pieces = 2};
	return format;
}

void gen_seq_event(struct gen *g, const struct node *call, enum image_event_kind kind)
{
	bool printf = kind == IMAGE_EVENT_PRINTF;
	struct gen_mark mark = gen_mark(g);
	struct writer w = {.g = g, .file = gen_seq_file(g), .run.format.arena = g->arena};

	w.run.numbers = gen_take(g, MAX_ARGUMENTS * 8);
	write_pieces(&w, printf ? call->call.format : line(g),
		     call->call.args.items + (printf ? 1 : 0));
	gen_release(g, mark);
}
