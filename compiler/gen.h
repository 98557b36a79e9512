/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the code generator share: the module being built, the program (one BPF function)
 * being written, and how values are held.
 *
 * A scalar (integer, bool, enum, pointer, probe) is an i64 in a register, extended from its type's
 * width by its type's sign. Anything else is a pointer to memory laid out as its type says. Memory
 * of the program's own comes from two places: the frame, a small stack buffer, and the scratch, a
 * per-CPU map value for what would not fit the 512 bytes of BPF stack. Both are handed out as
 * stacks: what a statement took is free again after it.
 */
#ifndef DUETRACE_GEN_H
#define DUETRACE_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"
#include "lang/ast.h"
#include "lang/lang.h"
#include "lang/type.h"

/* The stack buffer for keys and small records; the rest of the 512 bytes is LLVM's. */
#define GEN_FRAME_BYTES 128
/* The same of a loop's callback: callbacks share the 512 bytes with who called them. */
#define GEN_CALLBACK_FRAME_BYTES 48
/*
 * The same of a data probe's block: of the 512 bytes the hook's program has 128, what finds a container
 * or a path up to 192, and LLVM's registers up to 128.
 */
#define GEN_BLOCK_FRAME_BYTES 32
/* A per-CPU map value must be below 32 KiB (PCPU_MIN_UNIT_SIZE). */
#define GEN_SCRATCH_LIMIT 32000

/* A loop being generated: where break and continue go. */
struct gen_loop {
	LLVMBasicBlockRef on_break, on_continue;
	struct gen_loop *outer;
};

/* How much of the frame and the scratch is taken. */
struct gen_mark {
	uint32_t frame, scratch;
};

struct gen {
	struct unit *unit;
	struct arena *arena;
	struct program *program;
	struct image_builder *plan;
	bool failed;
	bool loops_itself; /* a loop of the script is one of the program's own */

	LLVMContextRef context;
	LLVMModuleRef module;
	LLVMBuilderRef b;
	LLVMDIBuilderRef di;
	LLVMMetadataRef di_file, di_unit, di_int;
	LLVMTypeRef i1, i8, i16, i32, i64, ptr, voidt;

	/* globals that every image has; see bpf-helpers/abi.h */
	LLVMValueRef ring, lost, scratch_map, config, shared;
	LLVMValueRef stacks;       /* NULL: the script has none */
	uint32_t stack_events[2];  /* the plan's event for new ones of the kernel's, of a user's, plus one */
	LLVMValueRef *maps;        /* by map index */
	uint32_t *parameter_number, *parameter_string; /* offsets in the config section, by index */
	uint32_t config_size;
	uint32_t scratch_size;     /* largest of all programs */
	bool scratch_pooled;       /* a program takes its scratch from the pool */
	uint32_t *plan_maps;       /* plan index, by map index */
	struct gen_type_row *type_rows; /* types that are in the plan already */
	LLVMValueRef kernel;       /* ABI_KERNEL_SECTION, while its size is not known yet */
	struct gen_member *members; /* gen_kernel.c: the last one of it */
	uint32_t n_members;
	uint32_t *program_rows;    /* the plan's program of each probe block, in source order */
	uint32_t n_blocks;         /* blocks generated so far */
	struct gen_data_block *data_blocks;
	struct gen_kept *kept;     /* gen_data.c: args that are found when an operation begins */
	struct gen_keys *keys;     /* gen_keys.c: what the calls of once() and limit() know */
	uint32_t n_keys;
	uint32_t kept_size;        /* of what is kept of one; 0: nothing is */

	/* the program being generated */
	struct probe *probe;
	uint32_t program_index;
	LLVMValueRef function, ctx;
	LLVMBasicBlockRef entry, leave;
	LLVMValueRef frame;        /* alloca of frame_bytes */
	uint32_t frame_bytes;
	LLVMValueRef scratch;      /* alloca that holds the scratch pointer */
	LLVMValueRef slot;         /* alloca: what to give back to the pool, or NULL */
	LLVMValueRef pid_tgid;     /* i64, when something before the body has read it; else NULL */
	LLVMValueRef *variables;   /* by variable index: an i64 alloca or memory */
	struct gen_mark taken;
	uint32_t frame_max, scratch_max;
	bool scratch_used;
	const struct node *discarded; /* the last expression that was begun for its effects only */
	struct gen_loop *loop;
	const char **variants;     /* gen_marker.c: arguments of the program's sites, by variant */
	uint32_t n_variants;
	struct gen_texts *texts;   /* gen_data.c: strings of `args` that have been made */
	struct gen_loops *loops;   /* gen_loop.c: which loops are callbacks, where variables live */
};

struct builtin;

/* An arg that is found when an operation begins, and where it is kept. */
struct gen_kept {
	uint32_t arg;    /* index in data_args */
	uint32_t offset; /* from the start of a struct abi_kept */
	struct gen_kept *next;
};

/* A block of data probes. */
struct gen_data_block {
	const struct probe *probe;
	LLVMValueRef function;
	uint32_t *row; /* where to say which program of the plan serves it */
	bool timed;    /* it asks when an operation began */
	bool via;      /* it asks how */
	bool context;  /* it needs the context of the hook's program */
	struct gen_data_block *next;
};

/* gen_module.c: what surrounds the programs */
bool gen_module_start(struct gen *g);
void gen_module_maps(struct gen *g);
LLVMValueRef gen_module_array(struct gen *g, const char *name, uint32_t value_size, uint32_t max_entries);
/* A function `int name(void *ctx)` in a section, with debug info. */
LLVMValueRef gen_module_function(struct gen *g, const char *name, const char *section, uint32_t line);
/* A function that only this object calls. */
LLVMValueRef gen_module_local(struct gen *g, const char *name, LLVMTypeRef signature, uint32_t line);
/*
 * A function `int name(void *)` of a script's own that the kernel verifies once, alone, with any bytes
 * at the address that it gets, or NULL: of what its callers know nothing is left in it.
 */
LLVMValueRef gen_module_global(struct gen *g, const char *name, uint32_t size, uint32_t line);
/* Debug info for a function that came with helper bitcode. */
void gen_module_describe(struct gen *g, LLVMValueRef function, const char *name, uint32_t line);
/* Gives a function an attribute of LLVM's without a value, by its name. */
void gen_module_attribute(struct gen *g, LLVMValueRef function, const char *name);
/* Put the plan into the module as IMAGE_SECTION. */
void gen_module_embed(struct gen *g, const void *plan, size_t size);
void gen_module_finish(struct gen *g);
/* Bytes that the loader may change before the programs are loaded. */
LLVMValueRef gen_module_bytes(struct gen *g, const char *name, const char *section, const void *bytes,
			      uint32_t size);
LLVMValueRef gen_module_hash(struct gen *g, const char *name, uint32_t key_size, uint32_t value_size,
			     uint32_t max_entries);
/* A map with a value beside each task. */
LLVMValueRef gen_module_task_map(struct gen *g, const char *name, uint32_t value_size);
/* A constant in .rodata; the pointer can be given to helpers. */
LLVMValueRef gen_module_constant(struct gen *g, const void *bytes, size_t size);

/* gen_helper.c: kernel helpers, and functions of bpf-helpers/ */
LLVMValueRef gen_helper(struct gen *g, unsigned id, LLVMValueRef *args, unsigned n);
LLVMValueRef gen_helper_pointer(struct gen *g, unsigned id, LLVMValueRef *args, unsigned n);
#define GEN_HELPER(g, id, ...)                                                                     \
	gen_helper((g), BPF_FUNC_##id, (LLVMValueRef[]){__VA_ARGS__},                              \
		   sizeof((LLVMValueRef[]){__VA_ARGS__}) / sizeof(LLVMValueRef))
/* Call function `name` of bpf-helpers/<name>.bpf.c; all arguments and the result are i64 or ptr. */
LLVMValueRef gen_bpffn(struct gen *g, const char *name, LLVMValueRef *args, unsigned n);
LLVMValueRef gen_bpffn_pointer(struct gen *g, const char *name, LLVMValueRef *args, unsigned n);
#define GEN_BPFFN(g, name, ...)                                                                    \
	gen_bpffn((g), (name), (LLVMValueRef[]){__VA_ARGS__},                                      \
		  sizeof((LLVMValueRef[]){__VA_ARGS__}) / sizeof(LLVMValueRef))
/* Files of C that the script imports: their functions, and a call of one. */
void gen_imported_files(struct gen *g);
void gen_name_type_ids(LLVMModuleRef module, const char *file);
LLVMValueRef gen_imported_call(struct gen *g, const struct node *node);
/* Link in the functions that were called. */
bool gen_helpers_link(struct gen *g);
/* Leave out of what was linked that nothing calls any more, where LLVM must not. */
void gen_helpers_drop(struct gen *g);

/* gen_memory.c: constants, registers, frame and scratch, loads and stores */
LLVMValueRef gen_const(struct gen *g, uint64_t value);
LLVMBasicBlockRef gen_block(struct gen *g, const char *name);
void gen_goto(struct gen *g, LLVMBasicBlockRef block); /* branch, if the block is still open */
void gen_at(struct gen *g, LLVMBasicBlockRef block);
void gen_if(struct gen *g, LLVMValueRef i1, LLVMBasicBlockRef yes, LLVMBasicBlockRef no);
LLVMValueRef gen_register(struct gen *g, const char *name); /* an i64 alloca in the entry block */
LLVMValueRef gen_read(struct gen *g, LLVMValueRef reg);
void gen_write(struct gen *g, LLVMValueRef reg, LLVMValueRef value);
LLVMValueRef gen_offset(struct gen *g, LLVMValueRef pointer, uint32_t bytes);
/* An address as a pointer. */
LLVMValueRef gen_pointer(struct gen *g, LLVMValueRef address);
/* Memory of the program's own, 8-aligned, until gen_release(). */
LLVMValueRef gen_take(struct gen *g, uint32_t size);
LLVMValueRef gen_take_scratch(struct gen *g, uint32_t size);
struct gen_mark gen_mark(struct gen *g);
void gen_release(struct gen *g, struct gen_mark mark);
void gen_zero(struct gen *g, LLVMValueRef memory, uint32_t size);
void gen_copy(struct gen *g, LLVMValueRef to, LLVMValueRef from, uint32_t size);
/* A scalar of `type` from or to memory. */
LLVMValueRef gen_load(struct gen *g, LLVMValueRef from, const struct type *type, bool is_volatile);
void gen_store(struct gen *g, LLVMValueRef to, LLVMValueRef value, const struct type *type);
/* The same value, about which LLVM may assume nothing: a check that follows stays in the code. */
LLVMValueRef gen_opaque(struct gen *g, LLVMValueRef value);
/* Cut or extend an i64 to what a type of `size` bytes holds. */
LLVMValueRef gen_narrow(struct gen *g, LLVMValueRef value, uint32_t size, bool is_signed);

/* gen_expr.c */
LLVMValueRef gen_scalar(struct gen *g, const struct node *node);    /* i64 */
LLVMValueRef gen_condition(struct gen *g, const struct node *node); /* i1 */
/* Memory that holds the value; may be the map's own: read it before anything else runs. */
LLVMValueRef gen_memory(struct gen *g, const struct node *node);
/* The value converted to `type`, written to memory of type->size bytes, all of which is set. */
void gen_into(struct gen *g, const struct node *node, LLVMValueRef memory, const struct type *type);
/* The same for a value that is in memory already. */
void gen_convert(struct gen *g, LLVMValueRef to, const struct type *to_type, LLVMValueRef from,
		 const struct type *from_type);
/* Evaluate for the side effects. */
void gen_discard(struct gen *g, const struct node *node);

/* gen_marker.c: number the ways in which a usdt program's arguments are found */
void gen_marker_variants(struct gen *g);
LLVMValueRef gen_marker_argument(struct gen *g, const struct node *node, uint32_t number);

/* lower_probe.c: a word of the context */
LLVMValueRef gen_context_word(struct gen *g, uint32_t offset);
/*
 * The same read as memory: a number like others, where to the verifier a loaded pointer has a type and
 * may be NULL, and it minds what is done with it.
 */
LLVMValueRef gen_context_slot(struct gen *g, uint32_t offset);

/* A field of `args`, by direct loads from the context. */
LLVMValueRef gen_context_scalar(struct gen *g, const struct type_field *field);
LLVMValueRef gen_context_memory(struct gen *g, const struct type_field *field);
LLVMValueRef gen_context_string(struct gen *g, const struct type_field *field); /* its address */

/*
 * gen_kernel.c: members of the kernel's structs in an image that may run on another kernel. Each is
 * a struct abi_member, by its offset in ABI_KERNEL_SECTION; GEN_FIXED: this kernel's numbers hold.
 */
#define GEN_FIXED UINT32_MAX
uint32_t gen_kernel_field(struct gen *g, const struct node *field);
uint32_t gen_kernel_size(struct gen *g, const struct type *type, struct span span);
/* A struct is copied as it is: it must be laid out as here. */
void gen_kernel_layout(struct gen *g, const struct node *node);
/* One of its numbers, as an i64: gen_kernel(g, at, offsetof(struct abi_member, bytes)). */
LLVMValueRef gen_kernel(struct gen *g, uint32_t at, size_t member);
/* sizeof(), offsetof() */
LLVMValueRef gen_kernel_enumerator(struct gen *g, const struct node *node);
LLVMValueRef gen_kernel_sizeof(struct gen *g, const struct node *operand);
LLVMValueRef gen_kernel_offset(struct gen *g, const struct node *node);
void gen_kernel_finish(struct gen *g);

/* gen_pointer.c: memory of the kernel's or a user's, that a pointer leads to */
struct gen_place {
	LLVMValueRef address; /* i64 */
	enum type_space space;
};
/* True if the node means such memory: *p, p->a, p->a.b[3]. */
bool gen_is_place(const struct node *node);
struct gen_place gen_place(struct gen *g, const struct node *node);
/* Of a FIELD in its struct, an i64 that the verifier knows. */
LLVMValueRef gen_field_offset(struct gen *g, const struct node *field);
/* Copy from there; zeros where it cannot be read. */
void gen_read_place(struct gen *g, struct gen_place place, LLVMValueRef to, uint32_t size,
		    struct span span);
LLVMValueRef gen_place_scalar(struct gen *g, const struct node *node);
void gen_place_into(struct gen *g, const struct node *node, LLVMValueRef memory);
/* A number of elements as bytes, if the type is a pointer. */
LLVMValueRef gen_scaled(struct gen *g, const struct type *pointer, LLVMValueRef count,
			struct span span);
/* The bits of a bitfield in a word that begins at its offset. */
LLVMValueRef gen_bits(struct gen *g, LLVMValueRef word, const struct type_field *field);
LLVMValueRef gen_own_field(struct gen *g, LLVMValueRef object, const struct type *type,
			   const struct type_field *field);
/* The address of an element; *inside is NULL, or an i1: whether there is one. */
LLVMValueRef gen_own_element(struct gen *g, const struct node *node, LLVMValueRef *inside);

/* A string that is padded with zeros, of a char array in the program's own memory; other types stay
 * where they are. */
LLVMValueRef gen_own_text(struct gen *g, LLVMValueRef from, const struct type *type);

/* gen_struct.c */
void gen_cast_into(struct gen *g, const struct node *node, LLVMValueRef memory);
LLVMValueRef gen_cast_bytes(struct gen *g, const struct node *node);
void gen_record_into(struct gen *g, const struct node *node, LLVMValueRef memory,
		     const struct type *type);
LLVMValueRef gen_equal(struct gen *g, const struct node *left, const struct node *right);

/* gen_string.c */
/* Read a string into memory of `size` zeros; `asked`: a length, NUL included, or NULL, then `mark`. */
LLVMValueRef gen_read_text(struct gen *g, struct gen_place place, LLVMValueRef memory,
			   LLVMValueRef asked, uint32_t size, enum abi_mark mark);
/*
 * Which memory a builtin reads at an address. An integer is taken for a user's, but where registers
 * are: they may hold addresses of either.
 */
enum type_space gen_space(const struct gen *g, const struct node *pointer);
/* Which of the two a failure is said to be of: where nothing else is known, the probe's. */
bool gen_is_user(const struct gen *g, enum type_space space);
/* The string in an array of so many bytes, an i64. */
void gen_read_chars(struct gen *g, struct gen_place place, LLVMValueRef memory, LLVMValueRef size);
/*
 * Append the string to a record: copy it to `tail`, which has room for gen_string_room() bytes,
 * and return its abi_string slot's two halves, as i64: the length, and 1 if it was cut.
 */
struct gen_text {
	LLVMValueRef length, truncated;
};
struct gen_text gen_string_append(struct gen *g, const struct node *node, LLVMValueRef tail);
uint32_t gen_string_room(const struct node *node);
void gen_string_into(struct gen *g, const struct node *node, LLVMValueRef memory, uint32_t capacity);
LLVMValueRef gen_string_equal(struct gen *g, const struct node *left, const struct node *right);

/* gen_stack.c */
bool gen_is_stack_call(const struct node *node);
/*
 * Append the frames of such a call to a record: to `tail`, which has room for gen_stack_room() bytes;
 * `slot` gets the value. Returns how many bytes there are.
 */
LLVMValueRef gen_stack_append(struct gen *g, const struct node *node, LLVMValueRef slot,
			      LLVMValueRef tail);
uint32_t gen_stack_room(const struct gen *g, const struct node *node);

/* gen_map.c */
LLVMValueRef gen_map_key(struct gen *g, const struct map *map, const struct node *key);
LLVMValueRef gen_map_lookup(struct gen *g, const struct map *map, LLVMValueRef key);
LLVMValueRef gen_map_scalar(struct gen *g, const struct node *node);
LLVMValueRef gen_map_memory(struct gen *g, const struct node *node);
void gen_map_assign(struct gen *g, const struct node *target, const struct node *value);
LLVMValueRef gen_map_step(struct gen *g, const struct node *node);
void gen_map_update(struct gen *g, const struct node *target, enum binary_op op,
		    const struct node *value);
LLVMValueRef gen_map_delete(struct gen *g, const struct node *call);
LLVMValueRef gen_map_address(struct gen *g, const struct map *map); /* of its struct bpf_map */
LLVMValueRef gen_map_has_key(struct gen *g, const struct node *call);
uint32_t gen_map_value_offset(const struct map *map); /* 8 in a scalar map: the `set` word */
uint32_t gen_map_value_size(const struct map *map);   /* in the kernel, one CPU's */
bool gen_map_percpu(const struct map *map);
LLVMValueRef gen_binary_op(struct gen *g, enum binary_op op, LLVMValueRef left, LLVMValueRef right,
			   bool is_signed);
/* The plan's index of the attach point that fired: a constant, or the attach cookie. i64. */
LLVMValueRef gen_probe_index(struct gen *g);
/* Count an event or update that was lost; returns how many this CPU had lost before. */
LLVMValueRef gen_lost(struct gen *g, enum abi_lost reason);
/* An update that found the map full: count it, and report the first one. */
void gen_map_full(struct gen *g, struct span span);

/* gen_aggregate.c: `@m[key] = count()` and its like */
void gen_aggregate(struct gen *g, const struct node *target, const struct node *call);
LLVMValueRef gen_aggregate_read(struct gen *g, const struct map *map, LLVMValueRef key);

/* The name of the running task's container into ABI_CONTAINER bytes, aligned to 8; its length. */
LLVMValueRef gen_container(struct gen *g, LLVMValueRef memory);
/* The running thread's tgid << 32 | pid, in the tracer's PID namespace; 0 if it is not of it. */
LLVMValueRef gen_pid_tgid(struct gen *g);
/* A u32 of struct abi_config, as an i64. */
LLVMValueRef gen_config(struct gen *g, size_t offset);

/* gen_warn.c: what goes wrong while the program runs */
/* Whether such errors are to be reported at all. */
bool gen_warns(const struct gen *g, enum image_error error);
/* Report it, with the helper's return code, an i64. */
void gen_warn(struct gen *g, struct span span, enum image_error error, LLVMValueRef code);
/* In two steps, where gen_warns(): the number of a place of the script, and the record about one. */
uint32_t gen_warn_place(struct gen *g, struct span span);
void gen_warn_at(struct gen *g, LLVMValueRef place, enum image_error error, LLVMValueRef code);
/* The same if an i1 is true, if a helper's result is below 0, if a dt_str function failed. */
void gen_warn_if(struct gen *g, LLVMValueRef condition, struct span span, enum image_error error,
		 LLVMValueRef code);
void gen_warn_negative(struct gen *g, LLVMValueRef result, struct span span, enum image_error error);
void gen_warn_failed(struct gen *g, LLVMValueRef packed, struct span span, enum image_error error);
/* Before a division by `node`, which is the i64 `divisor`. */
void gen_warn_division(struct gen *g, enum binary_op op, const struct node *node,
		       LLVMValueRef divisor);
/* gen_call.c, gen_event.c */
LLVMValueRef gen_call(struct gen *g, const struct node *node, const struct builtin *builtin);
/* errorf() of a text at a call's place, then exit(1). */
void gen_failure(struct gen *g, const struct node *call, const char *text);
void gen_event(struct gen *g, const struct node *call, enum image_event_kind kind);
void gen_emit(struct gen *g, const struct node *node);

/* gen_seq.c: a pinned iterator, whose programs write text instead of sending events */
bool gen_seq_is(const struct gen *g);
/* An iterator's file, a struct seq_file. */
LLVMValueRef gen_seq_file(struct gen *g);
void gen_seq_event(struct gen *g, const struct node *call, enum image_event_kind kind);

/* gen_stmt.c */
void gen_statement(struct gen *g, const struct node *node);
void gen_block_statements(struct gen *g, const struct node *block);
/* A loop's body in this function. */
void gen_loop_body(struct gen *g, const struct node *body, LLVMBasicBlockRef on_break,
		   LLVMBasicBlockRef on_continue);

/* gen_loop.c: loops that the kernel runs, each with its body as a function of its own */
/* Before a program: decide which loops those are, and where each variable lives. */
void gen_loops_plan(struct gen *g);
/* In the entry block, once there is a frame: the words that a program shares with callbacks. */
void gen_loops_start(struct gen *g);
/* The variables of the function that is being generated. */
void gen_loops_variables(struct gen *g);
bool gen_loops_early(const struct gen *g); /* the predicate has variables */
bool gen_loops_inside(const struct gen *g); /* a callback is being generated */
bool gen_loop_is_callback(const struct gen *g, const struct node *loop);
void gen_loop_map(struct gen *g, const struct node *loop);
void gen_loop_range(struct gen *g, const struct node *loop);
void gen_loop_while(struct gen *g, const struct node *loop);

/* gen_data.c: data probes: their args, and the programs of the hooks that call their blocks */
bool gen_data_is(const struct probe *probe);
/* The function that the block's code goes to; its parameter is a struct abi_data. */
LLVMValueRef gen_data_function(struct gen *g, const char *name, uint32_t line);
/* At the block's start, in the entry block. */
void gen_data_start(struct gen *g);
LLVMValueRef gen_data_probe(struct gen *g);
LLVMValueRef gen_data_scalar(struct gen *g, const struct type_field *field);
LLVMValueRef gen_data_memory(struct gen *g, const struct type_field *field);
/* The string to the end of a record: its length, as dt_str_copy() returns it. */
LLVMValueRef gen_data_append(struct gen *g, const struct type_field *field, LLVMValueRef tail);
/* gen_hook.c: the programs that call the blocks, once these are there. */
void gen_hooks(struct gen *g);

/* gen_program.c */
void gen_program(struct gen *g, struct probe *probe);
/*
 * Begin a program that is no probe's; `span` is what asks for it. Returns its row in the plan. The
 * builder is in its entry block.
 */
uint32_t gen_program_hook(struct gen *g, const char *name, const char *section, enum image_role role,
			  struct span span);
/* Leave when tracing is over. */
void gen_program_stop_when_off(struct gen *g);

/* The same, for who only reads it. */
struct gen_data_text {
	LLVMValueRef buffer, offset, length;
	LLVMValueRef *matched; /* registers: in which data sets it is, and 1 once that was asked; NULL:
				* ask each time */
};
bool gen_data_text(struct gen *g, const struct node *node, struct gen_data_text *text);

/* gen_set.c: the patterns of glob() and `in` */
void gen_sets(struct gen *g);

/* gen_tree.c: what intree() needs beside the probes */
void gen_trees(struct gen *g);

/* plan.c: rows of the image */
uint32_t plan_type(struct gen *g, const struct type *type);
void plan_maps(struct gen *g);
void plan_records(struct gen *g);
void plan_trees(struct gen *g);
void plan_parameters(struct gen *g);
void plan_targets(struct gen *g);
void plan_settings(struct gen *g);
uint32_t plan_line(struct gen *g, struct span span);

#endif
