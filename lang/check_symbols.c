/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_<name>() of stacks and symbols: see builtins.def.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf-helpers/abi.h"
#include "lang/arena.h"
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/proto.h"
#include "lang/unit.h"
#include "lang/world.h"

#define CHECK(name)                                                                                \
	const struct type *check_builtin_##name(struct check *check, struct node *node,            \
						const struct type *result)

/* As bpftrace has it. */
#define STANDARD_LIMIT 127

/* The mode of a stack that says none: that of the setting, where there is such a stack. */
static uint64_t standard_mode(struct check *check, bool user)
{
	uint64_t mode = unit_setting(check->unit, SETTING_stack_mode);

	return mode == ABI_STACK_BUILD_ID && !user ? ABI_STACK_NAMES : mode;
}

static bool read_mode(struct check *check, const struct node *call, const struct node *word,
		      bool user, uint64_t *mode)
{
	static const char *const modes[] = {"bpftrace", "perf", "raw", "build_id"};
	uint64_t n = user ? 4 : 3;

	for (*mode = 0; *mode < n; ++*mode)
		if (!strcmp(word->name.text, modes[*mode]))
			return true;
	diag_report(check->diags, DIAG_unknown_word, word->span, call->call.text, word->name.text,
		    user ? "bpftrace, perf, raw or build_id" : "bpftrace, perf or raw");
	return false;
}

/* A number of frames that is known now. */
static bool read_limit(struct check *check, const struct node *call, struct node *node,
		       int64_t *limit)
{
	if (!check_constant(check, call, node, limit))
		return false;
	if (*limit >= 1 && *limit <= ABI_STACK_LIMIT)
		return true;
	diag_report(check->diags, DIAG_stack_limit, node->span, call->call.text, ABI_STACK_LIMIT,
		    arena_printf(check->arena, "%lld", (long long)*limit));
	return false;
}

/* stack([mode,] [limit]): `constant` becomes the `how` of struct abi_stack. */
static void check_stack(struct check *check, struct node *node, bool user)
{
	struct node_list *args = &node->call.args;
	uint64_t mode = standard_mode(check, user);
	int64_t limit = STANDARD_LIMIT;
	uint32_t i = 0;

	if (i < args->count && args->items[i]->kind == NODE_NAME &&
	    !read_mode(check, node, args->items[i++], user, &mode))
		return;
	if (i < args->count && !read_limit(check, node, args->items[i++], &limit))
		return;
	if (i < args->count)
		diag_report(check->diags, DIAG_stack_arguments, args->items[i]->span,
			    node->call.text);
	node->call.constant = (uint64_t)limit | mode << ABI_STACK_MODE_SHIFT;
	check->unit->program.has_stacks = true;
}

CHECK(kstack)
{
	check_stack(check, node, false);
	return result;
}

CHECK(ustack)
{
	check_stack(check, node, true);
	return result;
}

CHECK(len)
{
	const struct checked_map *map = checked_map(node->call.map);
	const struct node *of = node->call.args.items[0];
	struct diag *diag = NULL;

	if (map && map->shaped && !map->keyed)
		diag_report(check->diags, DIAG_map_not_keyed, of->span, "len");
	if (!map && of->type->kind != TYPE_KSTACK && of->type->kind != TYPE_USTACK &&
	    of->type->kind != TYPE_POISON)
		diag = diag_report(check->diags, DIAG_len_argument, of->span, type_name(check, of->type));
	if (of->type->kind == TYPE_STRING)
		diag_hint(check->diags, diag, DIAG_hint_length);
	return result;
}

/* "address boot-id": see WORLD_KERNEL_SYMBOL. */
static uint64_t kernel_symbol(struct check *check, const struct node *name)
{
	const struct world_ops *world = check->unit->options->world;
	struct world_answer answer;
	uint64_t address;
	char *end;
	int err = world->ask(world->self, WORLD_KERNEL_SYMBOL, name->string.bytes, &answer);

	if (err) {
		if (err == -ENOENT)
			diag_report(check->diags, DIAG_no_kernel_symbol, name->span,
				    name->string.bytes);
		else
			diag_report(check->diags, DIAG_no_kernel_symbols, name->span,
				    strerror(-err));
		return 0;
	}
	address = strtoull(answer.data, &end, 16);
	end += strspn(end, " ");
	check->unit->program.boot = arena_text(check->arena, end, strlen(end));
	return address;
}

CHECK(kaddr)
{
	if (check->final)
		node->call.constant = kernel_symbol(check, node->call.args.items[0]);
	return result;
}

/* The array that says where each CPU's variables are. */
CHECK(percpu_kaddr)
{
	struct node offsets = *node->call.args.items[0];

	if (!check->final)
		return type_pointer(check->types, type_int(check->types, 8, false), SPACE_KERNEL);
	node->call.constant = kernel_symbol(check, node->call.args.items[0]);
	offsets.string.bytes = "__per_cpu_offset";
	if (node->call.constant)
		check->unit->program.per_cpu_offset = kernel_symbol(check, &offsets);
	(void)result;
	return type_pointer(check->types, type_int(check->types, 8, false), SPACE_KERNEL);
}
