/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of C and the words among them. A word is one struct for the whole compilation: the macro,
 * the tags, the typedef and the enumerator of its name are found with one look.
 */
#ifndef DUETRACE_C_TOKEN_H
#define DUETRACE_C_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct c_macro;
struct definition;

enum c_token_kind {
	C_END, /* of the line, of the file, or of what is being expanded */
	C_WORD,
	C_NUMBER, /* a preprocessing number: 0x1f, 10UL, 5s */
	C_STRING,
	C_CHAR,
	C_PUNCT,
	C_OTHER,
};

/* A punctuator's bytes, the last one lowest. */
#define C_PUNCT2(a, b) ((uint32_t)(a) << 8 | (uint32_t)(b))
#define C_PUNCT3(a, b, c) (C_PUNCT2(a, b) << 8 | (uint32_t)(c))

struct c_token {
	enum c_token_kind kind;
	uint32_t punct;
	bool space;	   /* a blank is before it */
	bool line;	   /* it is the first of its line */
	bool painted;	   /* named a macro inside itself: never expanded */
	bool stringify;	   /* in a macro's body: behind a # */
	bool paste;	   /* in a macro's body: a ## follows */
	uint16_t param;	   /* in a macro's body: 1 for the first parameter; 0: none */
	uint32_t length;
	const char *text;  /* in the source, or the arena */
	struct c_word *word;
};

/* What a word means to the reader, macros aside. */
enum c_meaning {
	CW_PLAIN,
#define CWORD(id, text, alias1, alias2) CW_##id,
#include "lang/c_words.def"
#undef CWORD
	CW_MEANINGS
};

struct c_word {
	const char *text;
	uint32_t length, hash;
	enum c_meaning meaning;
	struct c_macro *macro;
	const struct definition *tag[3];    /* struct, union, enum */
	const struct definition *type_name; /* typedef */
	const struct definition *enumerator; /* the enum it is of */
	int64_t value;
};

struct c_words {
	struct arena *arena;
	struct c_word **slots;
	uint32_t n_slots, count;
};

struct c_words *c_words_new(struct arena *arena);
/* Made if it was not there. */
struct c_word *c_word(struct c_words *words, const char *text, size_t length);
/* NULL: nobody ever used it. */
struct c_word *c_word_find(const struct c_words *words, const char *text, size_t length);

/* Text that is being read. */
struct c_cursor {
	const char *at, *end;
	bool line; /* nothing of the line was read yet */
};

/*
 * The next token; at the end of the text, and with `one_line` before the end of the line, C_END.
 * False: a comment or string does not end.
 */
bool c_lex(struct c_words *words, struct c_cursor *cursor, bool one_line, struct c_token *token);
/* Past the end of the line that the cursor is in, whatever is on it. */
void c_skip_line(struct c_cursor *cursor);
/* To the first byte of the line that is no blank and in no comment; false: there is none. */
bool c_skip_blanks(struct c_cursor *cursor, bool one_line, bool *space);

bool c_is(const struct c_token *token, uint32_t punct);
bool c_means(const struct c_token *token, enum c_meaning meaning);

#endif
