/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of the language. A type is immutable and interned in its program's arena: two types are the
 * same if and only if their pointers are. Sizes and alignments are those of the C ABI (x86-64 and
 * arm64 agree on all that is used here), so a type also says its layout.
 */
#ifndef DUETRACE_TYPE_H
#define DUETRACE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum type_kind {
#define TYPE(id, name) TYPE_##id,
#include "image/types.def"
#undef TYPE
	TYPE_STAMP_END, /* kinds from here on never reach an image */
	TYPE_CONTEXT = TYPE_STAMP_END, /* `args`, `ctx`: read by loads from the program's context */
	TYPE_MAP,     /* a map passed by name to print(@m), clear(@m) ... */
	TYPE_POISON,  /* after an error: fits everything, says nothing more */
	TYPE_KINDS
};

/* Which probe_read a load through a pointer takes. */
enum type_space {
	SPACE_NONE,    /* the program's own memory: stack, scratch, map value */
	SPACE_KERNEL,
	SPACE_USER,
	SPACE_CONTEXT, /* direct loads, fixed offsets */
};

struct type_field {
	const char *name; /* "" in a tuple */
	const struct type *type; /* NULL: an enumerator */
	uint32_t offset;
	uint16_t bit, bits; /* bitfield: see struct image_field; bits 0: not one */
	bool on_stack; /* of a context: offset is from the stack pointer in it, of user space */
	bool data_loc; /* tracepoint __data_loc: a u32 at offset is (length << 16 | offset) of bytes */
	bool halves;   /* of a CONTEXT: in the register at offset and, if larger, in that at second */
	bool vector;   /* of a CONTEXT: in registers that programs cannot read */
	uint32_t second;
	bool slot;     /* of a CONTEXT: in 8 bytes of its own, which may only be read whole */
	int64_t value; /* of an enumerator */
};

struct type {
	enum type_kind kind;
	uint32_t size; /* bytes; STRING: capacity with the NUL */
	uint32_t align;
	bool is_signed;  /* INT, ENUM, SUM, MIN, MAX, AVG, STATS */
	bool is_union, is_record; /* STRUCT */
	bool is_kernel;  /* STRUCT: from the kernel's BTF, not from the script */
	bool literal;    /* INT: only literals went in, so the sign may still follow a context */
	enum type_space space; /* POINTER: of the memory pointed to */
	const struct type *elem; /* POINTER (NULL: void), ARRAY; SUM to STATS: of a quantity, or NULL */
	uint32_t count; /* ARRAY: elements; STRUCT, TUPLE, ENUM, CONTEXT: fields */
	const struct type_field *fields;
	const char *name; /* STRUCT, ENUM; "" otherwise */
};

/* The interning table; lives in an arena. */
struct types;
struct arena;
struct types *types_new(struct arena *arena);
const struct type *type_void(struct types *types);
const struct type *type_bool(struct types *types);
const struct type *type_int(struct types *types, uint32_t size, bool is_signed);
const struct type *type_literal_int(struct types *types, uint32_t size, bool is_signed);
const struct type *type_string(struct types *types, uint32_t capacity);
/* Of `capacity` bytes, behind their number. */
const struct type *type_buffer(struct types *types, uint32_t capacity);
const struct type *type_pointer(struct types *types, const struct type *elem, enum type_space space);
const struct type *type_array(struct types *types, const struct type *elem, uint32_t count);
/* Fields are laid out by the C ABI; offsets and size are filled in. */
/* Bytes of an internet address as text, with its NUL. */
#define INET_TEXT_SIZE 64
const struct type *type_tuple(struct types *types, const struct type *const *elems, uint32_t count);
/* Fields with their offsets, copied. */
const struct type *type_struct(struct types *types, enum type_kind kind, const char *name,
			       const struct type_field *fields, uint32_t count, uint32_t size,
			       uint32_t align);
const struct type *type_union(struct types *types, const char *name,
			      const struct type_field *fields, uint32_t count, uint32_t size,
			      uint32_t align);
/* The same struct as one of the kernel's. */
const struct type *type_of_kernel(struct types *types, const struct type *type);
/* Named fields, laid out like a tuple's. */
const struct type *type_record(struct types *types, const char *const *names,
			       const struct type *const *elems, uint32_t count);
const struct type *type_enum(struct types *types, const char *name,
			     const struct type_field *fields, uint32_t count, uint32_t size,
			     bool is_signed);
/* A kind that needs no more than its sign: PROBE, TIMESTAMP, MAP, POISON, aggregations. */
const struct type *type_simple(struct types *types, enum type_kind kind, bool is_signed);
/* The same aggregation of a quantity, or with NULL of plain numbers. */
const struct type *type_of_quantity(struct types *types, const struct type *aggregation,
				    const struct type *quantity);
const struct type_field *type_field(const struct type *type, const char *name);

bool type_is_integer(const struct type *type);   /* INT, BOOL, ENUM */
bool type_is_scalar(const struct type *type);    /* fits a register: integers, POINTER, PROBE, names */
bool type_is_name(const struct type *type);      /* a number that prints as a name: USERNAME ... */
bool type_is_quantity(const struct type *type);  /* a number that prints with a unit: BYTES, DURATION */
bool type_is_aggregation(const struct type *type); /* COUNT ... LHIST */
/* As diagnostics and `--emit types` print it: "uint64", "string[64]", "(int64, string[16])". */
const char *type_text(struct arena *arena, const struct type *type);

#endif
