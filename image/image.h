/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image: the one thing that crosses from compiler to runtime, and a file on disk.
 *
 * It is an ELF object with BTF that readelf, bpftool and libbpf read, with one more section,
 * IMAGE_SECTION, that holds the plan: a struct image_header, then arrays of fixed-size rows, then
 * strings. Rows refer to each other by index and to strings by offset; nothing is a pointer, so the
 * plan is position-independent. All numbers are in host byte order (the kernel's own). The crc in
 * the header is CRC-32 (zlib's) over the whole file with the crc's own four bytes taken as zero.
 *
 * image_open() treats its input as hostile: after it returned 0, every index, offset and count that
 * the plan holds is in range, every string ends, types do not recurse, and formats fit their
 * arguments; the rest of the runtime relies on that. image_builder_*() is what the compiler uses.
 */
#ifndef DUETRACE_IMAGE_H
#define DUETRACE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_SECTION ".duetrace.image"
#define IMAGE_MAGIC 0x4d495444u /* "DTIM" */
#define IMAGE_VERSION 6u
#define IMAGE_NONE UINT32_MAX /* in place of an index: there is none */

enum image_kind {
#define TYPE(id, name) IMAGE_##id,
#include "types.def"
#undef TYPE
	IMAGE_KINDS
};

enum image_event_kind {
#define EVENT(id, name) IMAGE_EVENT_##id,
#include "events.def"
#undef EVENT
	IMAGE_EVENT_KINDS
};

/* What a RUNTIME_ERROR says. */
enum image_error {
#define ERROR(id, helper, message) IMAGE_ERROR_##id,
#include "errors.def"
#undef ERROR
	IMAGE_ERRORS
};

/* Flags of an image_type. */
enum {
	IMAGE_TYPE_SIGNED = 1 << 0,
	IMAGE_TYPE_UNION = 1 << 1,   /* of a STRUCT */
	IMAGE_TYPE_RECORD = 1 << 2,  /* of a STRUCT: made by the script, (a=1, b=2) */
};

/* A row of `types`. A type only refers to types with a lower index, so walks end. */
struct image_type {
	uint32_t kind;        /* enum image_kind */
	uint32_t size;        /* bytes that a value takes */
	uint32_t flags;
	uint32_t elem;        /* POINTER (may be IMAGE_NONE: void), ARRAY; SUM to STATS: BYTES, DURATION or IMAGE_NONE */
	uint32_t count;       /* ARRAY */
	uint32_t first_field; /* STRUCT, ENUM, TUPLE */
	uint32_t n_fields;
	uint32_t name;        /* string; STRUCT, ENUM */
};

struct image_field {
	uint32_t name;      /* string; "" in a tuple */
	uint32_t type;      /* IMAGE_NONE in an enum */
	uint32_t offset;    /* bytes from the start of the value */
	uint16_t bit;       /* bitfield: first bit, counted from `offset`'s lowest */
	uint16_t bits;      /* bitfield: width; 0: not a bitfield */
	int64_t value;      /* of an enumerator */
};

/* Which clock a time was taken from. */
enum image_clock {
	IMAGE_CLOCK_BOOT, /* CLOCK_BOOTTIME */
	IMAGE_CLOCK_TAI,  /* CLOCK_TAI */
};

/* A timestamp: what strftime() makes. */
struct image_timestamp {
	uint32_t format; /* string of the plan */
	uint32_t clock;  /* enum image_clock */
	uint64_t ns;
};

/* An internet address: what ntop() makes. */
struct image_inet {
	uint32_t family;     /* AF_INET or AF_INET6; anything else prints as nothing */
	uint8_t address[16]; /* in network order; of IPv4 the first four */
};

#define IMAGE_MACADDR_SIZE 6

/* An address of a process: what usym() makes. */
struct image_usym {
	uint64_t address;
	uint32_t tgid;
	uint32_t reserved;
};

/* Kinds whose value is a number that user space knows a name for. */
static inline bool image_kind_is_name(uint32_t kind)
{
	return kind >= IMAGE_USERNAME && kind <= IMAGE_KSYM;
}

/* Kinds whose value is a number that text prints with a unit. */
static inline bool image_kind_is_quantity(uint32_t kind)
{
	return kind == IMAGE_BYTES || kind == IMAGE_DURATION;
}

struct image_program {
	uint32_t name;    /* string: the function's name in the ELF object */
	uint32_t line;    /* line in the script, for messages about the verifier */
	uint32_t role;    /* enum image_role */
	uint32_t reserved;
};

/* What a program is for. */
enum image_role {
	IMAGE_ROLE_PROBE,     /* probes attach it */
	IMAGE_ROLE_HOOK,      /* serves data probes, which do not attach it: it is attached once */
	IMAGE_ROLE_TREE_FORK, /* lets a new task inherit its trees */
	IMAGE_ROLE_TREE_SEED, /* an iterator: puts the tasks that are there into their trees */
	IMAGE_ROLES,
};

/* One attach point. Its index is the attach cookie. In source order; `begin`s run in this order. */
struct image_probe {
	uint32_t type;    /* string: row name in lang/probes.def: "tracepoint", "interval", "begin" */
	uint32_t program;
	uint32_t name;    /* string: the expanded name, as the builtin `probe` prints it */
	uint32_t first;   /* string: first part of the target: category, unit */
	uint32_t second;  /* string: second part: event; of an iterator where it is pinned, "": nowhere */
	uint32_t line;
	uint64_t number;  /* interval, profile: period in ns, or frequency in Hz if unit is "hz" */
};

/*
 * A place in a file of user space that a probe attaches to; its path is the probe's `first`. Sites are
 * in the order of their probes. The cookie is the probe's index in the lower half, the variant in the
 * upper.
 */
struct image_site {
	uint32_t probe;
	uint32_t variant;   /* usdt: which of the ways to find its arguments the program takes */
	uint64_t offset;    /* in the file */
	uint64_t semaphore; /* usdt: offset of a counter that is raised while attached; 0: none */
};

/* Flags of an image_map. */
enum {
	IMAGE_MAP_SCALAR = 1 << 0,   /* no key */
	IMAGE_MAP_PERCPU = 1 << 1,   /* values are per CPU and are reduced in user space */
	IMAGE_MAP_NO_PRINT = 1 << 2, /* not printed at exit */
};

struct image_map {
	uint32_t name;       /* string: "@x" */
	uint32_t symbol;     /* string: the map's name in the ELF object */
	uint32_t flags;
	uint32_t key;        /* type; IMAGE_NONE when scalar */
	uint32_t value;      /* type */
	uint32_t capacity;   /* max entries; 0: the setting max_map_keys */
	uint32_t key_size;   /* bytes in the kernel, multiple of 8 where padded */
	uint32_t value_size;
	int64_t numbers[3];  /* hist: bits; lhist: min, max, step; tseries: ns, count, abi_series_how */
};

struct image_event {
	uint32_t kind;        /* enum image_event_kind */
	uint32_t first_arg;
	uint32_t n_args;
	uint32_t first_piece; /* PRINTF, CAT, SYSTEM, ERRORF, WARNF */
	uint32_t n_pieces;
	uint32_t map;         /* PRINT_MAP, CLEAR, ZERO; else IMAGE_NONE */
	uint32_t text;        /* string; TIME, JOIN, RUNTIME_ERROR; PRINT_MAP: names of the key's parts, "": no table */
	uint32_t record;      /* RECORD; else IMAGE_NONE */
	uint32_t size;        /* bytes of the fixed part, abi_event included */
	uint32_t line, column; /* of the call */
	uint32_t end_line, end_column; /* one past its last character */
};

/* An argument. A STRING's slot is a struct abi_string and its bytes are in the tail. */
struct image_arg {
	uint32_t type;
	uint32_t offset; /* from the start of the record */
};

/* Flags of an image_piece, from the format's flags. */
enum {
	IMAGE_PIECE_LEFT = 1 << 0,  /* - */
	IMAGE_PIECE_PLUS = 1 << 1,  /* + */
	IMAGE_PIECE_SPACE = 1 << 2, /* blank */
	IMAGE_PIECE_ALT = 1 << 3,   /* # */
	IMAGE_PIECE_ZERO = 1 << 4,  /* 0 */
};

/* One literal run or one conversion of a printf format. */
struct image_piece {
	uint32_t text;      /* literal: offset of its bytes, which may hold NULs, in the strings */
	uint32_t length;    /* literal: bytes; conversion: 0 */
	uint32_t arg;       /* conversion: index into the event's own arguments; literal: IMAGE_NONE */
	uint32_t width;     /* 0: none */
	uint8_t conversion; /* 'd' 'i' 'u' 'o' 'x' 'X' 'c' 's' 'p' 'r' 'g'; literal: 0 */
	uint8_t flags;
	uint8_t bytes;      /* integer width that the length modifier asks for: 1, 2, 4, 8 */
	uint8_t variant;    /* 'r': 0, 'x' or 'h' */
	int32_t precision;  /* -1: none */
};

/* Flags of an image_parameter. */
enum {
	IMAGE_PARAMETER_NUMBER = 1 << 0, /* used as a number: what the user gives must be one */
	IMAGE_PARAMETER_STRING = 1 << 1, /* used as a string */
	IMAGE_PARAMETER_BAKED = 1 << 2,  /* its text is compiled in: `text`; another is an error */
};

struct image_parameter {
	uint32_t index;         /* 1 for $1 */
	uint32_t flags;
	uint32_t number_offset; /* of a u64 in ABI_CONFIG_SECTION */
	uint32_t string_offset; /* of `capacity` bytes there */
	uint32_t capacity;
	uint32_t text;          /* string: what it was when the image was made; "" if not given */
};

/* What `emit name { ... }` makes, or `alert`: then it has a rule. */
struct image_record {
	uint32_t name;         /* string: an identifier */
	uint32_t first_column;
	uint32_t n_columns;
	uint32_t rule;         /* IMAGE_NONE: it was emitted */
};

struct image_column {
	uint32_t name; /* string: an identifier */
	uint32_t type;
};

/* Where the root of a process tree comes from. */
enum image_tree_source {
	IMAGE_TREE_NUMBER,    /* `number` is the pid */
	IMAGE_TREE_PARAMETER, /* `number` is the parameter's, from 1 */
	IMAGE_TREE_CHILD,     /* what -c or --run starts */
	IMAGE_TREE_SOURCES,
};

/* A tree of processes that the script asks for by intree(). Its index is its bit. */
struct image_tree {
	uint32_t source; /* enum image_tree_source */
	uint32_t number;
};

enum image_severity {
#define SEVERITY(name) IMAGE_SEVERITY_##name,
#include "severities.def"
#undef SEVERITY
	IMAGE_SEVERITIES
};

struct image_rule {
	uint32_t name;     /* string: an identifier */
	uint32_t about;    /* string */
	uint32_t tags;     /* string */
	uint32_t severity; /* enum image_severity */
};

/* A setting's name, before a path: the build ID, hexadecimal, of the file that sites are in. */
#define IMAGE_BUILD_ID "build_id:"

/* A setting of the script's that the runtime needs, by name: "max_map_keys" = "4096". */
struct image_setting {
	uint32_t name;  /* string */
	uint32_t value; /* string */
};

/* What is looked up in the running kernel's BTF. */
enum image_member_kind {
	IMAGE_MEMBER_FIELD,  /* a member of a struct */
	IMAGE_MEMBER_SIZE,   /* the size of a struct */
	IMAGE_MEMBER_LAYOUT, /* nothing, but that a struct is laid out as `type` says */
	IMAGE_MEMBER_ENUMERATOR, /* `path` is one of the enum `root`, "" if that has no name; its value
				  * is in `offset` and, the upper half, in `bytes` */
};

/* One struct abi_member of ABI_KERNEL_SECTION. */
struct image_member {
	uint32_t kind;   /* enum image_member_kind */
	uint32_t root;   /* string: name of a struct; "": the member has no name that others know */
	uint32_t path;   /* string: from it through members, "a.b"; "": the struct itself */
	uint32_t is_union;
	uint32_t type;   /* of the value as it was compiled */
	uint32_t offset; /* in the section */
	uint32_t line;   /* of the script */
	uint32_t reserved;
};

struct image_array {
	uint32_t offset; /* from the start of the plan; a multiple of 8 */
	uint32_t count;  /* rows */
};

struct image_header {
	uint32_t magic;
	uint32_t version;
	uint32_t crc;
	uint32_t size;       /* of the whole plan, this header included */
	uint32_t script;     /* string: the script's name, as given */
	uint32_t sha256;     /* string: of the script's text, lower-case hex */
	uint32_t compiler;   /* string: version of duetrace that made the image */
	uint32_t reserved;
	struct image_array strings; /* count: bytes; the last one is 0 */
#define SECTION(member, row) struct image_array member;
#include "sections.def"
#undef SECTION
};

/* An opened, validated image. Owns `data`. */
struct image {
	const void *data; /* the ELF object: give it to bpf_object__open_mem() */
	size_t size;
	const struct image_header *header;
	const char *strings;
#define SECTION(member, row) const struct row *member; uint32_t n_##member;
#include "sections.def"
#undef SECTION
	void *allocation; /* NULL when the caller keeps the bytes */
};

/* True if the bytes begin like an ELF object: an image, not a script. */
bool image_is(const void *data, size_t size);

/*
 * Validate `size` bytes at `data`, which must stay while the image is used. Returns 0, or -EINVAL
 * with the reason in `why` ("the checksum does not match"), or -ENOMEM.
 */
int image_open(struct image *image, const void *data, size_t size, char *why, size_t why_size);
void image_close(struct image *image);

/* The string at an offset that image_open() has checked. */
static inline const char *image_string(const struct image *image, uint32_t offset)
{
	return image->strings + offset;
}

/*
 * Building a plan. Add rows and strings in any order that respects the index rules above, then
 * image_builder_finish() to get the plan's bytes, embed them as IMAGE_SECTION of an ELF object, and
 * image_seal() the object to fill in the crc. Functions that add return the new index. Running out
 * of memory is remembered and makes finish return NULL.
 */
struct image_builder;
struct image_builder *image_builder_new(void);
void image_builder_free(struct image_builder *builder);
uint32_t image_builder_string(struct image_builder *builder, const char *text);
uint32_t image_builder_bytes(struct image_builder *builder, const void *bytes, size_t length);
#define SECTION(member, row) \
	uint32_t image_builder_add_##member(struct image_builder *builder, const struct row *value);
#include "sections.def"
#undef SECTION
/* How many rows there are so far; the next index. */
#define SECTION(member, row) uint32_t image_builder_count_##member(const struct image_builder *b);
#include "sections.def"
#undef SECTION
/* Strings for the header's script, sha256 and compiler. The bytes belong to the builder. */
const void *image_builder_finish(struct image_builder *builder, const char *script,
				 const char *sha256, const char *compiler, size_t *size);
/* Fill in the crc of a finished ELF object. Returns 0, or -EINVAL when it has no plan. */
int image_seal(void *data, size_t size);

#endif
