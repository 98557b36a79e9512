/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syntax tree and what the checker writes on it.
 *
 * parse() builds it; expand() clones a block for each group of attach points whose `args` differ;
 * check() fills in the members marked [check] and nothing else; the compiler reads it. Everything
 * lives in the compilation's arena.
 */
#ifndef DUETRACE_AST_H
#define DUETRACE_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct automaton;
struct builtin;
struct glob;
struct glob_pattern;
struct type;

/* A range of bytes of the source; lines and columns are computed when a message needs them. */
struct span {
	uint32_t begin, end; /* end: one past the last byte */
};

enum node_kind {
#define NODE(id, name, member) NODE_##id,
#include "nodes.def"
#undef NODE
	NODE_KINDS
};

enum unary_op {
#define UNARY(id, text) UNARY_##id,
#include "ops.def"
#undef UNARY
	UNARY_OPS
};

enum binary_op {
#define BINARY(id, text, class) BINARY_##id,
#include "ops.def"
#undef BINARY
	BINARY_OPS
};

struct node_list {
	struct node **items;
	uint32_t count;
	bool open; /* BLOCK: no ; behind the last statement, so an expression there may be its value */
};

/* How a type is written. */
enum type_form {
	FORM_NAME,    /* int32, size_t; of C: "unsigned long" */
	FORM_STRUCT,
	FORM_UNION,
	FORM_ENUM,
	FORM_TYPEOF,
	FORM_POINTER,
	FORM_ARRAY,   /* with brackets: also string[64] and buffer[8] */
	FORM_TUPLE,   /* (int64, string[16]): the operand is a TUPLE of types */
};

struct node {
	enum node_kind kind;
	struct span span;
	const struct type *type; /* [check] of an expression; NULL on statements */
	union {
		struct { uint64_t value; } integer; /* BOOL: 0 or 1 */
		struct { const char *bytes; size_t length; } string; /* may hold NULs */
		struct {
			const char *text;
			const struct builtin *builtin; /* [check] */
			const struct type *enumeration; /* [check] it is an enumerator of this */
			int64_t value;                  /* [check] of the enumerator */
		} name;
		struct {
			uint32_t number; /* 1 for $1 */
			bool as_string;	 /* [check] used as a string: its type is STRING */
			uint32_t offset; /* [check] of str($1 + offset) */
		} param;
		struct {
			const char *text;      /* without the $ */
			const char *own;       /* of a macro's own: unique to the expansion; else NULL */
			struct variable *variable; /* [check] */
		} var;
		struct {
			const char *text;   /* without the @; "" for @ */
			struct node *key;   /* NULL: no [..]; several keys are a TUPLE node */
			struct map *map;    /* [check] */
		} map;
		struct {
			const char *text;
			struct span name_span;
			struct node_list args;
			const struct builtin *builtin; /* [check] */
			struct format *format; /* [check] printf: the parsed format */
			struct map *map;       /* [check] functions on maps: the map meant by args[0] */
			const struct bpf_function *function; /* [check] written in C; then builtin is NULL */
			uint64_t constant;     /* [check] what is known when compiling: see the function */
		} call;
		struct { enum unary_op op; struct node *operand; } unary;
		struct { enum binary_op op; struct node *left, *right; struct span op_span; } binary;
		struct { struct node *condition, *yes, *no; } ternary;
		struct { struct node *target; bool decrement, prefix; } step; /* target: VAR or MAP */
		struct {
			struct node *object;
			const char *text;
			struct span name_span;
			bool arrow;
			const struct type_field *field; /* [check] */
		} field;
		struct { struct node *object, *index; } index;
		struct { struct node *type_name, *operand; } cast;
		struct {
			enum type_form form;
			const char *text;     /* NAME, STRUCT, UNION, ENUM; "" of a definition without */
			struct node *elem;    /* POINTER, ARRAY: a TYPE */
			struct node *operand; /* TYPEOF: TYPE or expression; ARRAY: count or NULL */
			const struct definition *definition; /* struct { ... } in place; else NULL */
		} type_name;
		struct {
			struct node *object; /* a TYPE or an expression */
			const char **path;   /* f.g.h */
			uint32_t n_path;
			uint64_t value; /* [check] */
		} offset;
		struct { struct node_list list; const char **names; } record; /* list: the values */
		struct {
			struct node_list list;
			struct node *value; /* NULL: void */
			bool expanded;      /* a macro's body; the node's span is that of the call */
		} braced;
		struct node_list list; /* TUPLE, BLOCK */
		struct { struct node *value; } one; /* EXPR, DISCARD, SIZEOF, COMPTIME, RETURN (may be NULL) */
		struct {
			struct node *target; /* VAR or MAP */
			struct node *value;
			enum binary_op op;   /* of op=; BINARY_OPS for plain = */
		} assign;
		struct {
			struct node *target; /* VAR */
			struct node *value;  /* may be NULL */
			struct node *type_name; /* let $x : T: a TYPE; may be NULL */
		} let;
		struct { struct node *condition, *yes, *no; } branch; /* yes: BLOCK; no: BLOCK, IF or NULL */
		struct { struct node *condition, *body; } loop; /* UNROLL: condition is the count */
		struct { struct node *var, *map, *body; } each;
		struct { struct node *var, *from, *to, *body; } range;
		struct {
			const char *text;
			struct span name_span;
			bool alert;
			struct node *fields;      /* a RECORD */
			struct record_type *type; /* [check] */
		} emit;
		struct { char unused; } none;
	};
};

/* One attach point as written: "tracepoint:syscalls:sys_enter_open*". */
struct attach_point {
	struct span span;
	const char *text; /* positional parameters already put in */
	const struct probe_type *type; /* [expand] row of probes.def */
	const char *parts[4]; /* [expand] what stands between the colons, after the type */
	uint32_t n_parts;
	bool optional; /* an option of the script in it is 0 */
};

/* Where in a file of user space a target is. */
struct target_site {
	uint64_t address;   /* as the file was linked */
	uint64_t offset;    /* in the file */
	uint64_t semaphore; /* offset of a counter that says that somebody listens; 0: none */
	const char *arguments; /* usdt: as its note has them */
	uint32_t variant;   /* usdt: arguments that are found elsewhere have another, see plan.c */
};

/* One place to attach to: an attach point after its wildcards. */
struct target {
	const struct probe_type *type;
	const char *name;   /* "tracepoint:syscalls:sys_enter_open": the builtin `probe` */
	const char *first;  /* "syscalls"; unit of an interval: "ns" or "hz" */
	const char *second; /* "sys_enter_open"; "" */
	const char *function; /* what `func` is; NULL: nothing */
	const char *build_id; /* of the file `first`, of user space; "": it has none */
	struct target_site *sites; /* of user space */
	uint32_t n_sites;
	uint64_t number;    /* interval: period in ns, or Hz */
	struct span span;   /* of the attach point it came from */
	uint32_t order;     /* position among all targets of the script, in source order */
};

/* A block and where it attaches: one BPF program, attached n_targets times. */
struct probe {
	struct span span;
	struct attach_point *points;
	uint32_t n_points;
	struct node *predicate; /* may be NULL */
	struct node *body;      /* BLOCK */
	struct target *targets; /* [expand]; all of one type, and of one `context` */
	uint32_t n_targets;
	const struct type *context; /* [expand] CONTEXT type of `args`; NULL: none or not used */
	struct variable **variables; /* [check] all scratch variables of the program */
	uint32_t n_variables;
	struct probe *next;
};

/* A scratch variable. Blocks scope names; each declaration is one variable. */
struct variable {
	const char *name;
	const struct type *type; /* [check] after widening */
	struct span span;        /* first assignment or declaration */
	uint32_t index;          /* among the program's: the compiler's slot */
	bool assigned, used;
};

/* The tree of processes that intree() asks for: the root is $number, `number`, or cpid. */
struct tree {
	enum tree_root { TREE_OF_NUMBER, TREE_OF_PARAMETER, TREE_OF_CHILD } root;
	uint64_t number;
	uint32_t index;
	struct tree *next;
};

/* What `emit name { ... }` makes: the same fields wherever it is emitted. */
struct record_type {
	const char *name;
	struct span span;  /* of the first name */
	bool alert;
	uint32_t n_fields;
	const char **names;
	const struct type **types; /* [check] after widening */
	struct span *spans;        /* of the values that gave the types */
	uint32_t index;            /* among the program's */
	struct record_type *next;
};

/* dataset name = { "pattern", ... }; or the pattern of a glob(). */
struct dataset {
	const char *name; /* "" of glob() */
	struct span span;
	struct glob_pattern *patterns;
	uint32_t n_patterns, room;
	bool used;
	uint32_t index; /* [check] its bit, if it is used */
	struct dataset *next;
};

enum rule_severity {
#define SEVERITY(id) SEVERITY_##id,
#include "image/severities.def"
#undef SEVERITY
	SEVERITIES
};

/* rule name = { about = "..."; severity = high; tags = "..."; } */
struct rule {
	const char *name;
	struct span span;
	const char *about, *tags;
	enum rule_severity severity;
	uint32_t index;
	struct rule *next;
};

/* How a map is kept: `let @m = hash(100);` or by what is done with it. */
enum map_kind { MAP_HASH, MAP_LRU_HASH, MAP_PERCPU_HASH, MAP_PERCPU_LRU_HASH };

struct map {
	const char *name;        /* without the @ */
	const struct type *key;  /* NULL: scalar */
	const struct type *value; /* aggregations included: COUNT ... LHIST */
	struct span span;        /* first use, for "previously used here" */
	uint32_t index;          /* in program.maps, which is in name order */
	enum map_kind kind;
	uint32_t capacity;       /* from a declaration; 0: the setting */
	int64_t numbers[3];      /* see struct image_map */
	bool printable;          /* false: nothing ever assigns it */
};

/* A piece of a parsed printf format: a literal run or one conversion. Flags as IMAGE_PIECE_*. */
struct format_piece {
	const char *text;  /* literal; NULL for a conversion */
	size_t length;
	struct span span;  /* inside the script, for messages */
	uint32_t width;
	int32_t precision; /* -1: none */
	char conversion;
	uint8_t flags, bytes, variant;
};

struct format {
	struct format_piece *pieces;
	uint32_t n_pieces;
	uint32_t n_conversions;
};

/* A positional parameter that the script mentions. */
struct parameter {
	uint32_t number;
	bool as_number, as_string, baked;
	struct span span; /* first use */
};

/* A member of a struct or union; an enumerator of an enum. */
struct member {
	struct span span;
	const char *name;   /* "" for an anonymous struct, or for padding between bitfields */
	struct node *type;  /* a TYPE; NULL: an enumerator */
	struct node *value; /* width of a bitfield, value of an enumerator: an INT; may be NULL */
	uint32_t aligned;   /* 0: not asked for */
	bool packed;
	bool is_large; /* an enumerator above INT64_MAX */
};

/* struct, union or enum of the script; a typedef (NAME), whose one member has its type. */
struct definition {
	struct span span;
	enum type_form form; /* STRUCT, UNION, ENUM */
	const char *name;    /* "" if it has none */
	struct member *members;
	uint32_t n_members;
	bool packed;
	uint32_t aligned; /* 0: not asked for */
	uint32_t pack;    /* #pragma pack: the largest alignment of a member; 0: none */
};

/* config = { name = value; } */
struct config_entry {
	struct span span, name_span;
	const char *name;
	struct node *value; /* INT, BOOL, STRING or NAME */
	struct config_entry *next;
};

/* import "path"; */
struct import {
	struct span span;
	const char *path;
	struct import *next;
};

/* let @name = kind(capacity); */
struct map_declaration {
	struct span span;
	const char *name; /* without the @ */
	struct node *value; /* a CALL */
	struct map_declaration *next;
};

/* A function of a file of C for BPF that the script imports. */
struct bpf_function {
	const char *name;
	struct span span;          /* of the import */
	const struct type *result; /* VOID, BOOL, INT, ENUM or POINTER, as are the parameters */
	const struct type *params[5];
	uint32_t n_params;
	struct bpf_function *next;
};

struct bpf_file {
	const char *path;
	struct span span;
	const void *bitcode; /* LLVM's */
	size_t size;
	struct bpf_file *next;
};

/* macro name(params) { ... } */
struct macro {
	struct span span, name_span;
	const char *name;
	struct node_list params; /* VAR, MAP or NAME nodes */
	struct node *body;       /* a BLOCK_EXPR; its value is NULL if it ends in a statement */
	bool is_function;        /* of fn: see function.c */
	bool is_called;          /* [macro] by a probe, or by what one calls */
	struct macro *next;
};

struct program {
	struct config_entry *config; /* in source order, like all lists */
	struct import *imports;
	struct bpf_file *bpf_files;
	struct bpf_function *bpf_functions;
	struct map_declaration *declarations;
	struct macro *macros;
	struct probe *probes;   /* in source order */
	struct probe *vanished; /* [expand] blocks without a target, as missing_probes allows */
	struct probe *uncalled; /* [macro] functions that nothing calls: to be checked, no more */
	uint32_t n_targets;     /* [expand] */
	struct map **maps;      /* [check] in bytewise name order */
	uint32_t n_maps;
	struct tree *trees;          /* [check] in order of first use */
	uint32_t n_trees;
	struct record_type *records; /* [check] in order of first use */
	struct dataset *datasets;    /* in source order; those of glob() are last */
	struct glob *glob;           /* where patterns are tried; NULL: there were none */
	uint32_t n_datasets;         /* [check] used ones */
	struct automaton *automaton; /* [check] of these; NULL: none */
	struct rule *rules;          /* in source order; those that alerts imply are last */
	uint32_t n_records, n_rules;
	uint32_t n_sections;     /* of what stands between the probes, so far */
	struct parameter *parameters; /* [check] by number */
	uint32_t n_parameters;
	bool has_stacks;         /* [check] */
	uint64_t per_cpu_offset; /* [check] address of the kernel's array, if percpu_kaddr() needs it */
	const char *boot;        /* [check] for which boot addresses of the kernel's are; NULL: none are used */
};

#endif
