/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack of the kernel's that a program took itself begins with that program and with what called
 * it there; the kernel's functions for that are known by their names and left out.
 */
#include "runtime/print/stack_text.h"

#include <linux/bpf.h>
#include <string.h>

#include "runtime/buffer.h"
#include "runtime/print/style.h"
#include "runtime/print/value_text.h"
#include "runtime/stacks.h"
#include "runtime/value.h"

#define INDENT	 8
#define MAX_OURS 12

_Static_assert(sizeof(struct bpf_stack_build_id) == ABI_STACK_ID_FRAME, "see abi.h");

static void add_address(struct buffer *out, uint64_t address)
{
	buffer_add_text(out, "0x");
	buffer_add_hex(out, address);
}

/* What comes out of files may hold anything. */
static void add_outside(struct buffer *out, struct style *style, const char *text)
{
	value_text_bytes(out, style, text, (unsigned int)strlen(text));
}

static struct symbol find(struct style *style, bool user, uint64_t address)
{
	struct symbols *symbols = style->stacks ? stacks_symbols(style->stacks) : NULL;
	struct symbol symbol = {0};

	if (symbols && user)
		symbols_user(symbols, address, &symbol);
	else if (symbols)
		symbols_kernel(symbols, address, &symbol);
	return symbol;
}

static void begin_user(struct style *style, uint32_t tgid)
{
	struct symbols *symbols = style->stacks ? stacks_symbols(style->stacks) : NULL;

	if (symbols)
		symbols_begin(symbols, tgid);
}

void stack_text_kernel(struct buffer *out, struct style *style, uint64_t address)
{
	struct symbol symbol = find(style, false, address);

	if (symbol.name)
		add_outside(out, style, symbol.name);
	else
		add_address(out, address);
}

void stack_text_user(struct buffer *out, struct style *style, const struct image_usym *usym)
{
	struct symbol symbol;

	begin_user(style, usym->tgid);
	symbol = find(style, true, usym->address);
	if (symbol.name)
		add_outside(out, style, symbol.name);
	else
		add_address(out, usym->address);
}

static void add_symbol(struct buffer *out, struct style *style, bool user, uint64_t address,
		       bool with_object)
{
	struct symbol symbol = find(style, user, address);

	if (symbol.name) {
		add_outside(out, style, symbol.name);
		buffer_add_byte(out, '+');
		buffer_add_u64(out, symbol.offset);
	} else {
		add_address(out, address);
	}
	if (!with_object || !user)
		return;
	buffer_add_text(out, " (");
	add_outside(out, style, symbol.name && symbol.object ? symbol.object : "[unknown]");
	buffer_add_byte(out, ')');
}

static void add_place(struct buffer *out, struct style *style, const struct source_place *place)
{
	buffer_add_byte(out, '@');
	add_outside(out, style, place->file);
	buffer_add_byte(out, ':');
	buffer_add_u64(out, (uint64_t)place->line);
}

/*
 * A frame in the mode of names. `caller`: the address is where a call returns to, which may be of
 * the next line; what it was called from is just before.
 */
static void add_named(struct buffer *out, struct style *style, bool user, uint64_t address,
		      bool caller)
{
	struct symbols *symbols = style->stacks && user ? stacks_symbols(style->stacks) : NULL;
	struct source_place places[LINES_MAX];
	uint32_t n = symbols ? symbols_places(symbols, address - caller, places) : 0;

	for (uint32_t i = 0; i + 1 < n; i++) {
		buffer_repeat(out, ' ', INDENT);
		buffer_add_text(out, "[inlined] ");
		add_outside(out, style, places[i].function ? places[i].function : "?");
		add_place(out, style, &places[i]);
		buffer_add_byte(out, '\n');
	}
	buffer_repeat(out, ' ', INDENT);
	add_symbol(out, style, user, address, false);
	if (n)
		add_place(out, style, &places[n - 1]);
}

static void add_build_id(struct buffer *out, const char *frame)
{
	static const char hex[] = "0123456789abcdef";
	struct bpf_stack_build_id id;

	memcpy(&id, frame, sizeof(id));
	if (id.status != BPF_STACK_BUILD_ID_VALID) {
		add_address(out, id.ip);
		return;
	}
	for (size_t i = 0; i < sizeof(id.build_id); i++) {
		buffer_add_byte(out, hex[id.build_id[i] >> 4]);
		buffer_add_byte(out, hex[id.build_id[i] & 15]);
	}
	buffer_add_byte(out, ' ');
	add_address(out, id.offset);
}

static uint64_t address_of(const char *frame)
{
	uint64_t address;

	memcpy(&address, frame, sizeof(address));
	return address;
}

static bool is_ours(const char *name)
{
	static const char *const starts[] = {"bpf_prog_",	"bpf_trace_run", "__bpf_trace_",
					     "bpf_trampoline_", "__bpf_prog_",	 "__traceiter_",
					     "bpf_raw_tp_",	"bpf_get_stack"};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return true;
	return false;
}

/*
 * How many of the first frames are our own program's. __traceiter_sys_enter() and its like call it
 * where it is of a raw tracepoint; behind what the kernel calls for an event they are there for
 * somebody else.
 */
static uint32_t count_ours(struct style *style, const char *frames, uint32_t n)
{
	uint32_t ours = 0;

	for (uint32_t i = 0; i < n && i < MAX_OURS; i++) {
		struct symbol symbol =
			find(style, false, address_of(frames + i * sizeof(uint64_t)));

		if (symbol.name && is_ours(symbol.name) &&
		    (ours || strncmp(symbol.name, "__traceiter_", 12) != 0))
			ours = i + 1;
	}
	return ours;
}

static void add_frame(struct buffer *out, struct style *style, bool user, enum abi_stack_mode mode,
		      const char *frame, bool caller)
{
	switch (mode) {
	case ABI_STACK_NAMES:
		add_named(out, style, user, address_of(frame), caller);
		break;
	case ABI_STACK_PERF:
		buffer_add_byte(out, '\t');
		buffer_add_hex(out, address_of(frame));
		buffer_add_byte(out, ' ');
		add_symbol(out, style, user, address_of(frame), true);
		break;
	case ABI_STACK_RAW:
		buffer_add_hex(out, address_of(frame));
		break;
	case ABI_STACK_BUILD_ID:
		add_build_id(out, frame);
		break;
	}
	buffer_add_byte(out, '\n');
}

void stack_text(struct buffer *out, struct style *style, const struct value *value)
{
	const struct abi_stack *head = &value->stack.head;
	enum abi_stack_mode mode = (enum abi_stack_mode)abi_stack_mode(head->how);
	bool user = value->kind == IMAGE_USTACK;
	const char *frames = value->stack.frames;
	uint32_t first = 0, limit = head->how & ABI_STACK_LIMIT_MASK;

	if (!head->frames)
		return;
	if (!frames && style->stacks)
		frames = stacks_frames(style->stacks, head);
	buffer_add_byte(out, '\n');
	if (!frames) {
		buffer_repeat(out, ' ', INDENT);
		buffer_add_text(out, "[lost stack]\n");
		return;
	}
	if (user)
		begin_user(style, head->tgid);
	else if (mode != ABI_STACK_BUILD_ID)
		first = count_ours(style, frames, head->frames);
	for (uint32_t i = first; i < head->frames && i - first < limit; i++)
		add_frame(out, style, user, mode, frames + (size_t)i * abi_stack_frame(head->how),
			  i > 0);
}
