/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the C reader share. Tokens come from the innermost file, or from what a macro
 * stands for, which is a context on top of it. Not for use outside of lang/c_*.c.
 */
#ifndef DUETRACE_C_READER_H
#define DUETRACE_C_READER_H

#include "lang/c.h"
#include "lang/c_token.h"
#include "lang/diag.h"
#include "lang/names.h"
#include "lang/parse.h"

/* Tokens of all macros together: more is a mistake, or an attack. */
#define C_MAX_TOKENS (4u << 20)
/* Bytes of all included text together, as often as it is included. */
#define C_MAX_BYTES (64u << 20)
#define C_MAX_INCLUDES 100 /* in each other */
#define C_MAX_NESTING 200  /* of structs, parentheses and macros */
#define C_MAX_AHEAD 4

struct c_macro {
	struct c_word *name;
	struct c_token *body;
	uint32_t n_body;
	struct span span;  /* of the body, in the source */
	struct c_word **params;
	uint16_t n_params; /* the variadic one included */
	bool function, variadic;
	bool busy; /* what it stands for is being read */
	bool own;  /* nobody defined it: the compiler has it */
};

/* An #if. */
struct c_condition {
	struct c_condition *outer;
	struct span span;
	bool taken;	/* one of its parts was read */
	bool otherwise; /* its #else was seen */
};

/* A header as it was found. */
struct c_header {
	const char *path;
	uint32_t begin, end; /* in the source */
	bool once, system;
};

struct c_file {
	struct c_cursor cursor;
	const char *text; /* of the source's byte `base` */
	uint32_t base;
	struct c_header *header; /* NULL: a script */
	struct c_condition *conditions;
	struct c_file *outer;
	bool floor; /* do not go on with the outer one at its end */
	uint32_t pack, packs[16], n_packs; /* #pragma pack */
};

struct c_context {
	struct c_token *tokens;
	uint32_t count, at;
	struct c_macro *macro; /* whose body this is, or NULL */
	bool barrier;	       /* nothing below is to be read */
	struct c_context *outer;
};

struct c_reader {
	struct unit *unit;
	struct arena *arena;
	struct parse parse; /* for the makers of tree nodes */
	struct c_words *words;
	struct c_file *file;
	struct c_context *context;
	struct c_token ahead[C_MAX_AHEAD]; /* given back, the last one first */
	uint32_t n_ahead;
	struct span place;  /* of what was read from a file last: where messages point */
	struct names found; /* "<path" or so -> struct c_header */
	struct names paths; /* path -> struct c_header */
	uint32_t depth, n_files, counter;
	uint64_t tokens, bytes;
	bool one_line;	   /* a directive is being read */
	bool in_condition; /* that of an #if */
	bool at_top;	   /* no declaration is open: the end of a file is an end */
	bool muted;	   /* trying: no messages */
	bool failed;	   /* nothing sensible can follow */
	struct definition **last_definition;
};

struct type;

struct c_reader *c_reader(struct unit *unit);
/* Unless in a system header, or muted; at the reader's place. */
struct diag *c_report(struct c_reader *reader, enum diag_tag tag, const char *text);
/* The same, and nothing more is read. */
void c_give_up(struct c_reader *reader, enum diag_tag tag);
bool c_in_system_header(const struct c_reader *reader);

/* lang/c_macro.c: tokens after macros. */
void c_next(struct c_reader *reader, struct c_token *token);
void c_back(struct c_reader *reader, const struct c_token *token);
/* The next token, which stays. */
struct c_token c_peek(struct c_reader *reader);
bool c_take(struct c_reader *reader, uint32_t punct);
/* Before macros; directives were followed. */
void c_next_raw(struct c_reader *reader, struct c_token *token);
struct c_macro *c_macro(struct c_reader *reader, const struct c_word *word);
void c_push(struct c_reader *reader, struct c_token *tokens, uint32_t count,
	    struct c_macro *macro, bool barrier);
void c_pop(struct c_reader *reader);
/* The rest of a #define line. */
void c_define(struct c_reader *reader, bool own);
void c_define_text(struct c_reader *reader, const char *text);

struct c_tokens {
	struct c_token *items;
	uint32_t count, capacity;
};

void c_tokens_add(struct c_reader *reader, struct c_tokens *tokens, const struct c_token *token);

/* lang/c_directive.c: lines. The # was read; `line` is the byte of it. */
void c_directive(struct c_reader *reader);
struct c_file *c_open_file(struct c_reader *reader, struct c_header *header, struct span text);
void c_close_file(struct c_reader *reader);

/* lang/c_include.c */
struct c_header *c_find_header(struct c_reader *reader, char kind, const char *name, int *error);
/* Reports what could not be found. */
void c_report_header(struct c_reader *reader, char kind, const char *name, int error);

/* lang/c_value.c: constants. */
struct c_value {
	int64_t value;
	bool is_unsigned;
	uint8_t size; /* 4 or 8 */
	const struct type *type; /* of what is no plain integer: a pointer, or what one points to */
};

/* A constant expression; false: it is none. */
bool c_value(struct c_reader *reader, struct c_value *value);
/* A number's token, whatever its kind; false: none. */
bool c_number(const struct c_token *token, struct c_value *value);

/* lang/c_declare.c: definitions. */
void c_declaration(struct c_reader *reader);
/* What stands in the parentheses of a cast or sizeof: its type, if it is one. */
struct node *c_type_name(struct c_reader *reader);
bool c_starts_type(struct c_reader *reader, const struct c_token *token);
/* Past what is open, to the closing one. */
void c_skip_balanced(struct c_reader *reader, uint32_t close);

/* lang/c_predefined.c */
extern const char c_predefined[], c_predefined_kernel[];
/* Headers that are a compiler's own, or NULL. */
const char *c_own_header(const char *name);

#endif
