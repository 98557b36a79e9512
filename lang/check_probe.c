/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_<name>() of the builtins that only probes on functions have: see builtins.def.
 */
#include <errno.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/attach_point.h"
#include "lang/binary.h"
#include "lang/check.h"
#include "lang/check_call.h"
#include "lang/form.h"
#include "lang/layout.h"
#include "lang/layout_function.h"
#include "lang/proto.h"
#include "lang/registers.h"
#include "lang/unit.h"
#include "lang/usdt_argument.h"
#include "lang/world.h"

#define CHECK(name)                                                                                \
	const struct type *check_builtin_##name(struct check *check, struct node *node,            \
						const struct type *result)

/* MAX_BPF_FUNC_ARGS of the kernel. */
#define MAX_SLOTS 12

static const struct probe_type *type_of(const struct check *check)
{
	return check->probe->targets[0].type;
}

static const struct type *refuse(struct check *check, const struct node *node, enum diag_tag tag,
				 const char *name)
{
	const struct target *target = &check->probe->targets[0];
	struct diag *diag = diag_report(check->diags, tag, node->span, name, type_of(check)->name);

	if (tag == DIAG_no_registers && target->type->id == PROBE_tracepoint)
		diag_hint(check->diags, diag, DIAG_hint_arguments, target->name);
	else if (tag == DIAG_no_registers && target->type->form->returns)
		diag_hint(check->diags, diag, DIAG_hint_keep, name);
	return check->poison;
}

/* Where it is something else: a tracepoint's result is among its arguments. */
static const struct type *refuse_result(struct check *check, const struct node *node)
{
	enum probe_type_id id = type_of(check)->id;
	struct diag *diag = diag_report(check->diags, DIAG_no_result, node->span,
					id == PROBE_tracepoint ? " (try to use args.ret instead)" : "");

	if (id == PROBE_uprobe || id == PROBE_kprobe || id == PROBE_fentry)
		diag_hint(check->diags, diag, DIAG_hint_return,
			  id == PROBE_uprobe ? "uretprobe" : id == PROBE_kprobe ? "kretprobe" : "fexit");
	return check->poison;
}

/* At each place it may be of another size; it is signed if it is so anywhere. */
static const struct type *check_marker(struct check *check, const struct node *node,
				       uint32_t number)
{
	struct usdt_argument argument;
	bool is_signed = false;

	for (uint32_t i = 0; i < check->probe->n_targets; i++) {
		const struct target *target = &check->probe->targets[i];

		for (uint32_t k = 0; k < target->n_sites; k++) {
			const char *all = target->sites[k].arguments;
			size_t length;
			const char *text = usdt_argument_find(all, number, &length);

			if (!text) {
				diag_report(check->diags, DIAG_marker_arguments, node->span,
					    target->name, usdt_argument_count(all),
					    builtin_text(node));
				return check->poison;
			}
			if (!usdt_argument_read(text, length, &argument)) {
				diag_report(check->diags, DIAG_marker_place, node->span,
					    builtin_text(node), target->name,
					    arena_text(check->arena, text, length));
				return check->poison;
			}
			is_signed |= argument.is_signed;
		}
	}
	return type_int(check->types, 8, is_signed);
}

CHECK(argN)
{
	const struct form *form = type_of(check)->form;
	uint32_t number = 0;

	register_argument_name(builtin_text(node), &number);
	if (form->values == VALUES_MARKER)
		return check_marker(check, node, number);

	if (form->values == VALUES_NONE || (form->values == VALUES_REGISTERS && form->returns))
		return refuse(check, node, DIAG_no_registers, builtin_text(node));
	if (form->values == VALUES_SLOTS && number >= MAX_SLOTS) {
		diag_report(check->diags, DIAG_no_such_argument, node->span, builtin_text(node),
			    MAX_SLOTS - 1);
		return check->poison;
	}
	return result;
}

CHECK(retval)
{
	const struct form *form = type_of(check)->form;
	const struct type_field *field;

	if (!form->returns)
		return refuse_result(check, node);
	if (form->values == VALUES_REGISTERS)
		return result;
	field = check->probe->context ? type_field(check->probe->context, LAYOUT_RETVAL) : NULL;
	if (field)
		return layout_complete(check->unit, field->type);
	diag_report(check->diags, DIAG_retval_of_void, node->span, check->probe->targets[0].name);
	return check->poison;
}

/* An iterator's is a struct, as `args` is elsewhere; all others' a pointer into the kernel. */
CHECK(ctx)
{
	const struct form *form = type_of(check)->form;
	const struct type *registers = NULL;

	(void)node;
	(void)result;
	if (form->alone && check->probe->context)
		return check->probe->context;
	if (form->values == VALUES_REGISTERS || probe_type_has_registers(type_of(check)))
		registers = type_struct(check->types, TYPE_STRUCT, "pt_regs", NULL, 0, 0, 1);
	return type_pointer(check->types, registers, SPACE_KERNEL);
}

/* As large as the longest name of the targets. */
CHECK(func)
{
	uint32_t longest = 0;

	for (uint32_t i = 0; i < check->probe->n_targets; i++) {
		const char *name = check->probe->targets[i].function;

		if (!name)
			return refuse(check, node, DIAG_not_in_probe, "func");
		if (strlen(name) > longest)
			longest = (uint32_t)strlen(name);
	}
	if (longest + 1 > result->size)
		return result;
	return type_string(check->types, longest + 1);
}

/* The verifier must know where it comes from: members all the way from the context. */
static bool is_from_context(const struct node *node)
{
	while (node->kind == NODE_FIELD) {
		node = node->field.object;
		if (node->type->kind == TYPE_CONTEXT)
			return true;
	}
	return false;
}

CHECK(path)
{
	struct node *path = node->call.args.items[0];
	const struct type *type = path->type;
	uint32_t size = check->unit->options->max_strlen;
	int64_t value;

	(void)result;
	if (!type_of(check)->form->alone && type_of(check)->id != PROBE_fentry &&
	    type_of(check)->id != PROBE_fexit)
		return refuse(check, node, DIAG_path_outside, "path");
	if (node->call.args.count > 1) {
		if (!check_constant(check, node, node->call.args.items[1], &value))
			return check->poison;
		if (value > 0 && value < size)
			size = (uint32_t)value;
	}
	if (type->kind == TYPE_POINTER && type->elem)
		type = type->elem;
	if (type->kind == TYPE_POISON)
		return check->poison;
	if (type->kind != TYPE_STRUCT || strcmp(type->name, "path") != 0 ||
	    !is_from_context(path)) {
		diag_report(check->diags, DIAG_path_argument, path->span,
			    type_name(check, path->type));
		return check->poison;
	}
	return type_string(check->types, size);
}

CHECK(cpid)
{
	if (check->unit->options->no_command && !check->asks_for_command)
		diag_report(check->diags, DIAG_no_cpid, node->span);
	return result;
}

/* A script that asks knows what it does. */
CHECK(has_cpid)
{
	(void)node;
	check->asks_for_command = true;
	return result;
}

CHECK(socket_cookie)
{
	const struct node *sock = node->call.args.items[0];
	const struct type *type = sock->type;
	bool typed = type_of(check)->id == PROBE_fentry || type_of(check)->id == PROBE_fexit ||
		     type_of(check)->id == PROBE_rawtracepoint;

	if (!typed)
		return refuse(check, node, DIAG_call_not_in_probe, "socket_cookie");
	if (type->kind == TYPE_POISON)
		return check->poison;
	if (type->kind == TYPE_POINTER && type->elem && type->elem->kind == TYPE_STRUCT &&
	    (!strcmp(type->elem->name, "sock") || !strcmp(type->elem->name, "sock_common")) &&
	    is_from_context(sock))
		return result;
	diag_report(check->diags, DIAG_cookie_argument, sock->span, type_name(check, type));
	return check->poison;
}

/* Asked of the kernel: a program of this type that calls it is loaded, or not. */
CHECK(kfunc_allowed)
{
	const struct world_ops *world = check->unit->options->world;
	const struct probe_type *type = type_of(check);
	const char *section = check->probe->context && type->form->typed_section
				      ? type->form->typed_section
				      : type->section;
	const char *name = node->call.args.items[0]->string.bytes;
	struct world_answer answer;

	node->call.constant = !world->ask(world->self, WORLD_KERNEL_CALL,
					  arena_printf(check->arena, "%s:%s", section, name),
					  &answer);
	return result;
}

CHECK(override)
{
	if (type_of(check)->id != PROBE_kprobe)
		return refuse(check, node, DIAG_kprobe_only, "override");
	if (!check->unit->options->unsafe)
		diag_hint(check->diags,
			  diag_report(check->diags, DIAG_unsafe_function, node->span, node->call.text),
			  DIAG_hint_unsafe);
	return result;
}

CHECK(reg)
{
	const struct node *name = node->call.args.items[0];
	uint32_t offset;

	if (!probe_type_has_registers(type_of(check)))
		return refuse(check, node, DIAG_call_not_in_probe, "reg");
	if (register_find(name->string.bytes, &offset))
		node->call.constant = offset;
	else
		diag_report(check->diags, DIAG_unknown_register, name->span, name->string.bytes,
			    register_names());
	return result;
}

/* The symbol in the file of the probe, which is one. */
CHECK(uaddr)
{
	const struct target *target = &check->probe->targets[0];
	const struct node *name = node->call.args.items[0];
	struct binary_symbol symbol;
	struct text_lines lines;
	int error;

	(void)result;
	for (uint32_t i = 0; i < check->probe->n_targets; i++)
		if (target[i].n_sites != 1 || strcmp(target[i].first, target->first) != 0)
			return refuse(check, node, DIAG_call_not_in_probe, "uaddr");
	error = binary_ask(check->unit, WORLD_SYMBOL, target->first, name->string.bytes, &lines);
	if (error || !binary_next_symbol(check->unit, &lines, &symbol)) {
		diag_report(check->diags, DIAG_no_symbol, name->span, target->first,
			    name->string.bytes);
		return check->poison;
	}
	node->call.constant = symbol.address;
	if (symbol.size != 1 && symbol.size != 2 && symbol.size != 4)
		symbol.size = 8;
	return type_pointer(check->types, type_int(check->types, (uint32_t)symbol.size, false),
			    SPACE_USER);
}
