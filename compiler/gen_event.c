// SPDX-License-Identifier: Apache-2.0
/*
 * Events: records that programs send to user space. A record is built in the frame or the scratch as
 * bpf-helpers/abi.h describes it (header, arguments at fixed offsets, bytes of the strings), and
 * sent with exactly the bytes it has. The plan gets a row that says how to read it.
 */
#include "compiler/gen.h"

#include <linux/bpf.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/proto.h"

/* An argument: a node, or a constant when node is NULL. */
struct part {
	const struct node *node;
	uint64_t constant;
	const struct type *type;
	const struct type *stored; /* what `node` is converted to, if that is not `type` */
	uint32_t offset;
	/* of a STRING that is no string of the script's */
	struct gen_text (*append)(struct gen *g, const struct node *node, LLVMValueRef tail);
};

struct record {
	struct part *parts;
	uint32_t n;
	uint32_t head; /* bytes in front of the arguments */
	uint32_t size; /* of the fixed part */
	uint32_t room; /* for strings, at most */
};

static void lay_out(const struct gen *g, struct record *record)
{
	uint32_t at = record->head;

	for (uint32_t i = 0; i < record->n; i++) {
		struct part *part = &record->parts[i];
		bool text = part->type->kind == TYPE_STRING;
		uint32_t align = text ? 4 : part->type->align;
		uint32_t size = text ? (uint32_t)sizeof(struct abi_string) : part->type->size;

		at = (at + align - 1) & ~(align - 1);
		part->offset = at;
		at += size;
		if (part->node && gen_is_stack_call(part->node) && !part->stored)
			record->room += gen_stack_room(g, part->node);
		if (text)
			record->room += part->append ? part->type->size
						     : gen_string_room(part->node);
	}
	record->size = (at + 7) & ~7u;
}

static void store_text(struct gen *g, LLVMValueRef slot, struct gen_text text)
{
	LLVMBuildStore(g->b, LLVMBuildTrunc(g->b, text.length, g->i16, ""), slot);
	LLVMBuildStore(g->b, LLVMBuildTrunc(g->b, text.truncated, g->i16, ""),
		       gen_offset(g, slot, offsetof(struct abi_string, truncated)));
}

/* Fill in the arguments; returns how many bytes the record has. */
static LLVMValueRef fill(struct gen *g, const struct record *record, LLVMValueRef memory)
{
	LLVMValueRef size = gen_const(g, record->size);

	for (uint32_t i = 0; i < record->n; i++) {
		const struct part *part = &record->parts[i];
		LLVMValueRef slot = gen_offset(g, memory, part->offset);

		if (part->type->kind == TYPE_STRING) {
			LLVMValueRef tail = LLVMBuildGEP2(g->b, g->i8, memory, &size, 1, "");
			struct gen_text text = part->append ? part->append(g, part->node, tail)
							    : gen_string_append(g, part->node, tail);

			store_text(g, slot, text);
			size = LLVMBuildAdd(g->b, size, text.length, "");
		} else if (part->node && gen_is_stack_call(part->node) && !part->stored) {
			LLVMValueRef tail = LLVMBuildGEP2(g->b, g->i8, memory, &size, 1, "");

			size = LLVMBuildAdd(g->b, size, gen_stack_append(g, part->node, slot, tail), "");
		} else if (part->node) {
			gen_into(g, part->node, slot, part->stored ? part->stored : part->type);
		} else {
			gen_store(g, slot, gen_const(g, part->constant), part->type);
		}
	}
	return size;
}

/* Padding between arguments would carry what the stack held before. */
static void clear_padding(struct gen *g, const struct record *record, LLVMValueRef memory)
{
	uint32_t at = record->head;

	for (uint32_t i = 0; i < record->n; i++) {
		const struct part *part = &record->parts[i];

		if (part->offset > at)
			gen_zero(g, gen_offset(g, memory, at), part->offset - at);
		at = part->offset + (part->type->kind == TYPE_STRING ? (uint32_t)sizeof(struct abi_string)
								     : part->type->size);
	}
	if (record->size > at)
		gen_zero(g, gen_offset(g, memory, at), record->size - at);
}

/* Returns 0, or 1 if the record was lost. */
static LLVMValueRef send(struct gen *g, const struct record *record, uint32_t event)
{
	struct gen_mark mark = gen_mark(g);
	uint32_t room = record->size + record->room;
	LLVMValueRef memory = record->room ? gen_take_scratch(g, room) : gen_take(g, room), lost;

	LLVMBuildStore(g->b, LLVMConstInt(g->i32, event, 0), memory);
	LLVMBuildStore(g->b, LLVMBuildTrunc(g->b, gen_probe_index(g), g->i32, ""),
		       gen_offset(g, memory, offsetof(struct abi_event, probe)));
	if (record->head > sizeof(struct abi_event))
		GEN_BPFFN(g, "task_envelope", gen_offset(g, memory, sizeof(struct abi_event)));
	clear_padding(g, record, memory);
	lost = GEN_BPFFN(g, "emit", memory, fill(g, record, memory));
	gen_release(g, mark);
	return lost;
}

/* exit(): once it is in the ring no program begins any more, on no CPU; the reader finds it there. */
static void turn_off(struct gen *g, LLVMValueRef lost)
{
	LLVMBasicBlockRef sent = gen_block(g, "sent");
	LLVMValueRef off = gen_offset(g, g->shared, offsetof(struct abi_shared, off)), store;

	gen_if(g, LLVMBuildICmp(g->b, LLVMIntEQ, lost, gen_const(g, 0), ""), sent, g->leave);
	gen_at(g, sent);
	store = LLVMBuildStore(g->b, LLVMConstInt(g->i32, 1, 0), off);
	LLVMSetVolatile(store, true);
	gen_goto(g, g->leave);
	gen_at(g, gen_block(g, "unreachable"));
}

/* join(): the strings with their NULs, one behind the other. */
static struct gen_text append_joined(struct gen *g, const struct node *node, LLVMValueRef tail)
{
	return (struct gen_text){GEN_BPFFN(g, "join", tail, gen_scalar(g, node)), gen_const(g, 0)};
}

/* The name of the container. */
static struct gen_text append_container(struct gen *g, const struct node *node, LLVMValueRef tail)
{
	(void)node;
	return (struct gen_text){gen_container(g, tail), gen_const(g, 0)};
}

static const struct type *part_type(struct gen *g, const struct type *type)
{
	/* An aggregation's value is an integer once it is read. */
	if (type_is_aggregation(type))
		return type_int(unit_types(g->unit), 8, type->is_signed);
	return type;
}

static void add_node(struct gen *g, struct record *record, const struct node *node)
{
	record->parts[record->n++] = (struct part){.node = node, .type = part_type(g, node->type)};
}

static void add_constant(struct gen *g, struct record *record, uint64_t value)
{
	record->parts[record->n++] = (struct part){
		.constant = value, .type = type_int(unit_types(g->unit), 8, true)};
}

/* The key of a map as the map has it: in a tuple, a string stays where it is. */
static void add_key(struct gen *g, struct record *record, const struct node *node)
{
	const struct type *key = node->map.map->key;

	record->parts[record->n++] = (struct part){.node = node->map.key,
						   .type = type_tuple(unit_types(g->unit), &key, 1),
						   .stored = key};
}

/* A number of the call's, as an i64, or a constant in its place. */
static void add_number(struct gen *g, struct record *record, const struct node *call, uint32_t index,
		       uint64_t otherwise)
{
	if (call->call.args.count <= index) {
		add_constant(g, record, otherwise);
		return;
	}
	record->parts[record->n++] = (struct part){.node = call->call.args.items[index],
						   .type = type_int(unit_types(g->unit), 8, true)};
}

/* top and div of print(), which stats do without. */
static void add_limit(struct gen *g, struct record *record, const struct node *call, uint32_t index)
{
	if (call->call.map->value->kind == TYPE_STATS)
		add_constant(g, record, 0);
	else
		add_number(g, record, call, index, 0);
}

static void plan_pieces(struct gen *g, const struct format *format, struct image_event *event)
{
	uint32_t arg = 0;

	event->first_piece = image_builder_count_pieces(g->plan);
	event->n_pieces = format->n_pieces;
	for (uint32_t i = 0; i < format->n_pieces; i++) {
		const struct format_piece *piece = &format->pieces[i];
		struct image_piece row = {
			.arg = IMAGE_NONE,
			.width = piece->width,
			.conversion = (uint8_t)piece->conversion,
			.flags = piece->flags,
			.bytes = piece->bytes,
			.variant = piece->variant,
			.precision = piece->precision,
		};

		if (piece->text) {
			row.text = image_builder_bytes(g->plan, piece->text, piece->length);
			row.length = (uint32_t)piece->length;
		} else {
			row.arg = arg++;
		}
		image_builder_add_pieces(g->plan, &row);
	}
}

static void plan_args(struct gen *g, const struct record *record, struct image_event *event)
{
	event->first_arg = image_builder_count_args(g->plan);
	event->n_args = record->n;
	event->size = record->size;
	for (uint32_t i = 0; i < record->n; i++) {
		struct image_arg row = {
			.type = plan_type(g, record->parts[i].type),
			.offset = record->parts[i].offset,
		};

		image_builder_add_args(g->plan, &row);
	}
}

/* Types go into the plan before the arguments that name them, so that rows stay together. */
static void plan_part_types(struct gen *g, const struct record *record)
{
	for (uint32_t i = 0; i < record->n; i++)
		plan_type(g, record->parts[i].type);
}

static void collect(struct gen *g, const struct node *call, enum image_event_kind kind,
		    struct record *record, struct image_event *event)
{
	const struct node_list *args = &call->call.args;

	switch (kind) {
	case IMAGE_EVENT_PRINTF:
	case IMAGE_EVENT_CAT:
	case IMAGE_EVENT_SYSTEM:
	case IMAGE_EVENT_ERRORF:
	case IMAGE_EVENT_WARNF:
		for (uint32_t i = 1; i < args->count; i++)
			add_node(g, record, args->items[i]);
		plan_pieces(g, call->call.format, event);
		break;
	case IMAGE_EVENT_PRINT:
		add_node(g, record, args->items[0]);
		break;
	case IMAGE_EVENT_PRINT_MAP:
		event->map = call->call.map->index;
		if (call->call.builtin->id == BUILTIN_table) {
			/* Without a key there are no names. */
			event->text = image_builder_string(g->plan, *args->items[1]->string.bytes
									    ? args->items[1]->string.bytes
									    : " ");
			add_number(g, record, call, 2, 0);
			add_constant(g, record, 0);
		} else {
			add_limit(g, record, call, 1);
			add_limit(g, record, call, 2);
		}
		break;
	case IMAGE_EVENT_PRINT_AT:
		event->map = args->items[0]->map.map->index;
		add_key(g, record, args->items[0]);
		break;
	case IMAGE_EVENT_CLEAR:
	case IMAGE_EVENT_ZERO:
		event->map = call->call.map->index;
		break;
	case IMAGE_EVENT_FILES:
		event->map = call->call.map->index;
		add_node(g, record, args->items[1]);
		break;
	case IMAGE_EVENT_TIME:
		event->text = image_builder_string(
			g->plan, args->count ? args->items[0]->string.bytes : "%H:%M:%S\n");
		break;
	case IMAGE_EVENT_EXIT:
	case IMAGE_EVENT_UNWATCH:
		add_number(g, record, call, 0, 0);
		break;
	case IMAGE_EVENT_JOIN:
		record->parts[record->n++] = (struct part){
			.node = args->items[0],
			.type = type_string(unit_types(g->unit), ABI_JOIN_STRINGS * ABI_JOIN_STRING),
			.append = append_joined,
		};
		event->text = image_builder_string(
			g->plan, args->count > 1 ? args->items[1]->string.bytes : " ");
		break;
	case IMAGE_EVENT_RECORD: /* gen_emit() */
	case IMAGE_EVENT_RUNTIME_ERROR: /* gen_warn.c */
	case IMAGE_EVENT_STACK_SEEN:    /* gen_stack.c */
	case IMAGE_EVENT_KINDS:
		break;
	}
}

static void plan_place(struct gen *g, struct span span, struct image_event *event)
{
	unit_locate(g->unit, span.begin, &event->line, &event->column);
	unit_locate(g->unit, span.end, &event->end_line, &event->end_column);
}

static void generate(struct gen *g, struct record *record, struct image_event *event)
{
	LLVMValueRef lost;

	lay_out(g, record);
	plan_part_types(g, record);
	plan_args(g, record, event);
	lost = send(g, record, image_builder_add_events(g->plan, event));
	if (event->kind == IMAGE_EVENT_EXIT)
		turn_off(g, lost);
}

void gen_event(struct gen *g, const struct node *node, enum image_event_kind kind)
{
	/* A bare name, as in `exit;`, is a call without arguments. */
	struct node call = {.kind = NODE_CALL, .span = node->span};
	struct record record = {.head = sizeof(struct abi_event)};
	struct image_event event = {.kind = kind, .map = IMAGE_NONE, .record = IMAGE_NONE};

	if (kind == IMAGE_EVENT_WARNF && !unit_options(g->unit)->warnings)
		return;
	if (gen_seq_is(g)) {
		gen_seq_event(g, node, kind);
		return;
	}
	if (node->kind == NODE_CALL)
		call = *node;
	record.parts = arena_alloc(g->arena, (call.call.args.count + 3) * sizeof(*record.parts));
	event.text = image_builder_string(g->plan, "");
	plan_place(g, node->span, &event);
	collect(g, &call, kind, &record, &event);
	generate(g, &record, &event);
}

void gen_failure(struct gen *g, const struct node *call, const char *text)
{
	struct image_piece piece = {.arg = IMAGE_NONE,
				    .text = image_builder_string(g->plan, text),
				    .length = (uint32_t)strlen(text)};
	struct image_event event = {.kind = IMAGE_EVENT_ERRORF,
				    .map = IMAGE_NONE,
				    .record = IMAGE_NONE,
				    .n_pieces = 1,
				    .first_piece = image_builder_count_pieces(g->plan),
				    .text = image_builder_string(g->plan, "")};
	struct part part = {.constant = 1, .type = type_int(unit_types(g->unit), 8, true)};
	struct record none = {.head = sizeof(struct abi_event)}, status = none;

	status.parts = &part;
	status.n = 1;
	plan_place(g, call->span, &event);
	image_builder_add_pieces(g->plan, &piece);
	generate(g, &none, &event);
	event.kind = IMAGE_EVENT_EXIT;
	event.first_piece = event.n_pieces = 0;
	generate(g, &status, &event);
}

/* The value of a field of the record's type, wherever it stands here. */
static const struct node *field_value(const struct node *fields, const char *name)
{
	uint32_t i = 0;

	while (strcmp(fields->record.names[i], name) != 0)
		i++;
	return fields->record.list.items[i];
}

/* `emit` and `alert`: the fields in the order of the record's type, whatever their order here. */
void gen_emit(struct gen *g, const struct node *node)
{
	const struct record_type *type = node->emit.type;
	struct record record = {.head = sizeof(struct abi_event) + sizeof(struct abi_envelope)};
	struct image_event event = {.kind = IMAGE_EVENT_RECORD,
				    .map = IMAGE_NONE,
				    .record = type->index,
				    .text = image_builder_string(g->plan, "")};

	record.parts = arena_alloc(g->arena, (type->n_fields + 1) * sizeof(*record.parts));
	record.parts[record.n++] = (struct part){
		.type = type_string(unit_types(g->unit), ABI_CONTAINER),
		.append = append_container,
	};
	for (uint32_t i = 0; i < type->n_fields; i++) {
		add_node(g, &record, field_value(node->emit.fields, type->names[i]));
		/* A string goes as it is, anything else as all of its kind do. */
		if (type->types[i]->kind != TYPE_STRING)
			record.parts[record.n - 1].type = part_type(g, type->types[i]);
	}
	plan_place(g, node->span, &event);
	generate(g, &record, &event);
}
