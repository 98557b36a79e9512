/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions in C for BPF. The world compiles a file, and answers with LLVM's code and with the
 * types as BTF; what a script can call of it is read from these: functions that are not static, of
 * integers, truths, enums and pointers. Variables and maps of the file's own would need a place in
 * the image and are refused, as are functions that are somewhere else.
 */
#include "lang/bpf_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/btf.h"
#include "lang/check.h"
#include "lang/layout.h"
#include "lang/layout_build.h"
#include "lang/parse.h"
#include "lang/proto.h"
#include "lang/unit.h"
#include "lang/world.h"

#include <linux/btf.h>

#define MAX_PARAMS 5

/* A file that is being read. */
struct reading {
	struct unit *unit;
	const struct btf *btf;
	struct bpf_file *file;
};

static const struct type *pointee(const struct reading *reading, uint32_t id)
{
	const struct btf_type *type = btf_type(reading->btf, btf_strip(reading->btf, id));
	struct unit *unit = reading->unit;
	uint32_t kind = type ? BTF_INFO_KIND(type->info) : BTF_KIND_UNKN;
	const char *name = type ? btf_name(reading->btf, type->name_off) : "";
	uint32_t encoding;

	if ((kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION) && *name)
		return layout_reference(unit, kind == BTF_KIND_UNION, name);
	if (kind == BTF_KIND_FWD)
		return layout_reference(unit, BTF_INFO_KFLAG(type->info), name);
	if (kind != BTF_KIND_INT || type->size > 8)
		return NULL;
	encoding = *(const uint32_t *)(type + 1);
	return type_int(unit->types, type->size, BTF_INT_ENCODING(encoding) & BTF_INT_SIGNED);
}

/* What a script can give or take; NULL: not this one. */
static const struct type *read_type(const struct reading *reading, uint32_t id)
{
	const struct btf_type *type = btf_type(reading->btf, btf_strip(reading->btf, id));
	struct types *types = reading->unit->types;
	uint32_t encoding;

	switch (type ? BTF_INFO_KIND(type->info) : BTF_KIND_UNKN) {
	case BTF_KIND_INT:
		encoding = BTF_INT_ENCODING(*(const uint32_t *)(type + 1));
		if (encoding & BTF_INT_BOOL)
			return type_bool(types);
		return type->size > 8 ? NULL
				      : type_int(types, type->size, encoding & BTF_INT_SIGNED);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return type_int(types, type->size, BTF_INFO_KFLAG(type->info));
	case BTF_KIND_PTR:
		return type_pointer(types, pointee(reading, type->type), SPACE_NONE);
	}
	return NULL;
}

static void add_function(const struct reading *reading, const struct btf_type *func)
{
	struct unit *unit = reading->unit;
	const struct btf_type *proto = btf_type(reading->btf, func->type);
	const struct btf_param *params = proto ? (const struct btf_param *)(proto + 1) : NULL;
	struct bpf_function **end = &unit->program.bpf_functions;
	struct bpf_function *made = arena_alloc(unit->arena, sizeof(*made));
	const char *name = btf_name(reading->btf, func->name_off);
	struct diag *diag;
	bool known;

	if (!proto || BTF_INFO_KIND(proto->info) != BTF_KIND_FUNC_PROTO)
		return;
	*made = (struct bpf_function){.name = name, .span = reading->file->span};
	made->n_params = BTF_INFO_VLEN(proto->info);
	made->result = btf_strip(reading->btf, proto->type) ? read_type(reading, proto->type)
							    : type_void(unit->types);
	known = made->result && made->n_params <= MAX_PARAMS;
	for (uint32_t i = 0; known && i < made->n_params; i++)
		known = (made->params[i] = read_type(reading, params[i].type));
	if (!known) {
		diag_report(&unit->diags, DIAG_bpf_types, made->span, name);
		return;
	}
	if (builtin_find(unit->builtins, name)) {
		diag_report(&unit->diags, DIAG_bpf_builtin, made->span, name);
		return;
	}
	for (; *end; end = &(*end)->next) {
		if (strcmp((*end)->name, name))
			continue;
		diag = diag_report(&unit->diags, DIAG_bpf_twice, made->span, name);
		diag_note(&unit->diags, diag, DIAG_previous_use, (*end)->span);
		return;
	}
	*end = made;
}

static void add_functions(const struct reading *reading)
{
	struct diags *diags = &reading->unit->diags;
	const struct bpf_function *first = reading->unit->program.bpf_functions;
	uint32_t errors = diags->n_errors;

	while (first && first->next)
		first = first->next;
	for (uint32_t id = 1; id < btf_count(reading->btf); id++) {
		const struct btf_type *type = btf_type(reading->btf, id);
		uint32_t kind = BTF_INFO_KIND(type->info), linkage = BTF_INFO_VLEN(type->info);
		const char *name = btf_name(reading->btf, type->name_off);

		if (kind == BTF_KIND_VAR || (kind == BTF_KIND_FUNC && linkage == BTF_FUNC_EXTERN))
			diag_report(diags,
				    kind == BTF_KIND_VAR ? DIAG_bpf_variable : DIAG_bpf_extern,
				    reading->file->span, reading->file->path, name);
		else if (kind == BTF_KIND_FUNC && linkage == BTF_FUNC_GLOBAL)
			add_function(reading, type);
	}
	if (errors == diags->n_errors && first == reading->unit->program.bpf_functions &&
	    (!first || !first->next))
		diag_report(diags, DIAG_bpf_failed, reading->file->span, reading->file->path,
			    "it has no function that a script could call");
}

/* "btf N", a newline, N bytes, bitcode. */
static int read_answer(struct unit *unit, struct bpf_file *file, const struct world_answer *answer)
{
	const char *line_end = memchr(answer->data, '\n', answer->size);
	struct reading reading = {.unit = unit, .file = file};
	struct bpf_file **end = &unit->program.bpf_files;
	unsigned long long size;
	size_t rest;

	if (!line_end || strncmp(answer->data, "btf ", 4))
		return -EBADMSG;
	size = strtoull(answer->data + 4, NULL, 10);
	rest = answer->size - (size_t)(line_end + 1 - answer->data);
	if (size > rest)
		return -EBADMSG;
	/* Where it is, it is not aligned. */
	reading.btf = btf_open(unit->arena, arena_copy(unit->arena, line_end + 1, size), size);
	if (!reading.btf)
		return -EBADMSG;
	file->bitcode = line_end + 1 + size;
	file->size = rest - size;
	while (*end)
		end = &(*end)->next;
	*end = file;
	add_functions(&reading);
	return 0;
}

int bpf_file_import(struct parse *parse, struct span span, const char *path)
{
	static const char failed[] = "failed\n";
	const struct world_ops *world = parse->unit->options->world;
	struct diags *diags = &parse->unit->diags;
	struct bpf_file *file;
	struct world_answer answer;
	int error;

	if (parse->unit->options->keep_words) /* only its words are wanted */
		return 0;
	for (file = parse->unit->program.bpf_files; file; file = file->next)
		if (!strcmp(file->path, path))
			return 0;
	error = world->ask(world->self, WORLD_BPF, path, &answer);
	if (error == -ENOPKG) {
		diag_report(diags, DIAG_import_bpf, span, path);
		return 0;
	}
	if (error)
		return error;
	while (answer.size && answer.data[answer.size - 1] == '\n' && *answer.data == 'f')
		answer.size--;
	if (answer.size >= strlen(failed) && !memcmp(answer.data, failed, strlen(failed))) {
		diag_report(diags, DIAG_bpf_failed, span, path,
			    arena_text(parse->arena, answer.data + strlen(failed),
				       answer.size - strlen(failed)));
		return 0;
	}
	file = arena_alloc(parse->arena, sizeof(*file));
	*file = (struct bpf_file){.path = path, .span = span};
	return read_answer(parse->unit, file, &answer);
}

const struct bpf_function *bpf_function_find(const struct unit *unit, const char *name)
{
	const struct bpf_function *function = unit->program.bpf_functions;

	while (function && strcmp(function->name, name))
		function = function->next;
	return function;
}

const struct type *bpf_function_check(struct check *check, struct node *node)
{
	const struct bpf_function *function = node->call.function;
	const struct node_list *args = &node->call.args;

	if (args->count != function->n_params)
		diag_report(check->diags, DIAG_fn_arguments, node->span, function->name,
			    arena_printf(check->arena, "%u", function->n_params), args->count);
	for (uint32_t i = 0; i < args->count; i++) {
		const struct type *type = check_value(check, args->items[i]);

		if (i < function->n_params && !type_is_number(type) && type->kind != TYPE_BOOL)
			diag_report(check->diags, DIAG_integer_expected, args->items[i]->span,
				    function->name, type_name(check, type));
	}
	return function->result;
}
