/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs are found by their IDs, and their functions and those' parameters in the BTF that they
 * were loaded with. What of a parameter a tracing program may read is btf_ctx_access() of the
 * kernel's verifier: numbers, and the program's own context.
 */
#include "runtime/program_list.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Types inside each other; the kernel's limit is 32. */
#define MAX_DEPTH 32

static const struct btf_type *strip(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_mod(type) || btf_is_typedef(type) || btf_is_type_tag(type)))
		type = btf__type_by_id(btf, type->type);
	return type;
}

/* "s4", "u8", "b1": integers; "p": pointers that are numbers; "c:NAME": perhaps a context; "x":
 * others. */
static void write_code(FILE *out, const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = id ? strip(btf, id) : NULL, *elem;

	if (!type || btf_is_void(type))
		fputs("v", out);
	else if (btf_is_int(type))
		fprintf(out, "%c%u",
			btf_int_encoding(type) & BTF_INT_BOOL	  ? 'b'
			: btf_int_encoding(type) & BTF_INT_SIGNED ? 's'
								  : 'u',
			type->size);
	else if (btf_is_any_enum(type))
		fprintf(out, "%c%u", btf_kflag(type) ? 's' : 'u', type->size);
	else if (!btf_is_ptr(type))
		fputs("x", out);
	else if (!type->type ||
		 (elem = strip(btf, type->type), elem && (btf_is_void(elem) || btf_is_int(elem))))
		fputs("p", out);
	else if (elem && btf_is_struct(elem))
		fprintf(out, "c:%s", btf__name_by_offset(btf, elem->name_off));
	else
		fputs("x", out);
}

/* As C writes it in front of a name. */
static void write_type(FILE *out, const struct btf *btf, uint32_t id, unsigned int depth)
{
	const struct btf_type *type = id ? btf__type_by_id(btf, id) : NULL;
	const char *name = type ? btf__name_by_offset(btf, type->name_off) : "";

	if (!type || btf_is_void(type) || depth > MAX_DEPTH) {
		fputs("void", out);
	} else if (btf_is_ptr(type)) {
		write_type(out, btf, type->type, depth + 1);
		fputs(" *", out);
	} else if (btf_is_mod(type) || btf_is_type_tag(type)) {
		if (btf_is_const(type))
			fputs("const ", out);
		write_type(out, btf, type->type, depth + 1);
	} else if (btf_is_composite(type) || btf_is_any_enum(type) || btf_is_fwd(type)) {
		fprintf(out, "%s %s",
			btf_is_any_enum(type) ? "enum"
			: btf_is_union(type)  ? "union"
					      : "struct",
			*name ? name : "{ ... }");
	} else {
		fputs(*name ? name : "void *", out);
	}
}

/* A line: "ID type<TAB>function", then "<TAB>code name type" of each parameter and of the result.
 */
static void write_function(FILE *out, const struct btf *btf, const struct bpf_prog_info *info,
			   uint32_t id)
{
	const struct btf_type *function = btf__type_by_id(btf, id);
	const struct btf_type *proto = function ? btf__type_by_id(btf, function->type) : NULL;
	const struct btf_param *params;

	if (!proto || !btf_is_func(function) || !btf_is_func_proto(proto))
		return;
	params = btf_params(proto);
	fprintf(out, "%u %u\t%s", info->id, info->type,
		btf__name_by_offset(btf, function->name_off));
	for (uint32_t i = 0; i <= btf_vlen(proto); i++) {
		uint32_t type = i < btf_vlen(proto) ? params[i].type : proto->type;
		const char *name = i < btf_vlen(proto)
					   ? btf__name_by_offset(btf, params[i].name_off)
					   : "retval";

		fputc('\t', out);
		write_code(out, btf, type);
		fprintf(out, " %s ", name);
		write_type(out, btf, type, 0);
	}
	fputc('\n', out);
}

/* Those of a program; one without BTF has none that can be found. */
static int write_program(FILE *out, int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info), count, record;
	struct btf *btf;
	char *functions;
	int err = bpf_obj_get_info_by_fd(fd, &info, &size);

	if (err || !info.btf_id || !info.nr_func_info ||
	    info.func_info_rec_size < sizeof(struct bpf_func_info))
		return err;
	count = info.nr_func_info;
	record = info.func_info_rec_size;
	functions = calloc(count, record);
	if (!functions)
		return -ENOMEM;
	info = (struct bpf_prog_info){.nr_func_info = count,
				      .func_info_rec_size = record,
				      .func_info = (uintptr_t)functions};
	size = sizeof(info);
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	btf = err ? NULL : btf__load_from_kernel_by_id(info.btf_id);
	for (uint32_t i = 0; btf && i < info.nr_func_info && i < count; i++) {
		struct bpf_func_info function;

		memcpy(&function, functions + (size_t)i * record, sizeof(function));
		write_function(out, btf, &info, function.type_id);
	}
	btf__free(btf);
	free(functions);
	return err;
}

static int write_programs(FILE *out, const char *wanted)
{
	char *end;
	unsigned long only = strtoul(wanted, &end, 10);
	uint32_t id = 0;
	int err = 0;

	if (!strcmp(wanted, "*"))
		only = 0;
	else if (end == wanted || *end || !only || only > UINT32_MAX)
		return 0;
	else
		id = (uint32_t)only - 1;
	while (!(err = bpf_prog_get_next_id(id, &id)) && (!only || id == only)) {
		int fd = bpf_prog_get_fd_by_id(id);

		/* One may end meanwhile. */
		err = fd < 0 ? fd : write_program(out, fd);
		if (fd >= 0)
			close(fd);
		if (err && err != -ENOENT)
			return err;
	}
	return err == -ENOENT ? 0 : err;
}

int program_list(const char *id, char **text)
{
	size_t size;
	FILE *out = open_memstream(text, &size);
	int err = out ? write_programs(out, id) : -ENOMEM;

	if (out && fclose(out) && !err)
		err = -ENOMEM;
	if (err && out)
		free(*text);
	return err;
}
