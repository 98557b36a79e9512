/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BTF of modules behind the kernel's: made by libbpf, each for itself, as sysfs has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/btf.h>

#include "lang/arena.h"
#include "lang/btf.h"

/* int, struct of it, and with `base` a function that gets a pointer to both structs. */
static struct btf *make(struct btf *base, const char *name)
{
	struct btf *btf = base ? btf__new_empty_split(base) : btf__new_empty();
	int number, own, kernel, proto;

	if (!base) {
		number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
		btf__add_struct(btf, "shared", 4);
		btf__add_field(btf, "value", number, 0, 0);
		return btf;
	}
	number = btf__find_by_name(base, "int");
	kernel = btf__add_ptr(btf, btf__find_by_name(base, "shared"));
	own = btf__add_struct(btf, name, 8);
	btf__add_field(btf, "first", number, 0, 0);
	btf__add_field(btf, "own", own, 32, 0);
	own = btf__add_ptr(btf, own);
	proto = btf__add_func_proto(btf, number);
	btf__add_func_param(btf, "of_kernel", kernel);
	btf__add_func_param(btf, name, own);
	btf__add_func(btf, "work", BTF_FUNC_STATIC, proto);
	return btf;
}

static const char *name_of(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf_type(btf, id);

	return type ? btf_name(btf, type->name_off) : "nothing";
}

static void check_module(const struct btf *btf, uint32_t first, const char *name)
{
	uint32_t id = btf_find_from(btf, first, BTF_KIND_FUNC, "work");
	const struct btf_type *proto = btf_type(btf, btf_type(btf, id)->type);
	const struct btf_param *params = (const struct btf_param *)(proto + 1);
	const struct btf_member *members;
	uint32_t own;

	assert_int_equal(BTF_INFO_KIND(proto->info), BTF_KIND_FUNC_PROTO);
	assert_string_equal(name_of(btf, proto->type), "int");
	assert_string_equal(btf_name(btf, params[0].name_off), "of_kernel");
	assert_string_equal(name_of(btf, btf_type(btf, params[0].type)->type), "shared");
	assert_string_equal(btf_name(btf, params[1].name_off), name);
	own = btf_type(btf, params[1].type)->type;
	assert_int_equal(own, btf_find(btf, BTF_KIND_STRUCT, name));
	members = (const struct btf_member *)(btf_type(btf, own) + 1);
	assert_string_equal(btf_name(btf, members[0].name_off), "first");
	assert_string_equal(name_of(btf, members[0].type), "int");
	assert_int_equal(members[1].type, own);
}

static void test_modules(void **state)
{
	struct arena *arena = arena_new();
	struct btf *base = make(NULL, ""), *one = make(base, "one"), *two = make(base, "longer");
	uint32_t size, first, second;
	const void *data = btf__raw_data(base, &size);
	struct btf *btf = btf_open(arena, data, size);

	(void)state;
	assert_non_null(btf);
	data = btf__raw_data(one, &size);
	assert_int_equal(btf_add(arena, btf, data, size / 2), 0);
	first = btf_add(arena, btf, data, size);
	assert_int_equal(first, 3);
	data = btf__raw_data(two, &size);
	second = btf_add(arena, btf, data, size);
	assert_int_equal(second, first + 5);
	assert_int_equal(btf_own(btf), first);
	assert_int_equal(btf_count(btf), second + 5);
	check_module(btf, first, "one");
	check_module(btf, second, "longer");
	assert_null(btf_type(btf, btf_count(btf)));
	assert_string_equal(btf_name(btf, UINT32_MAX), "");
	btf__free(two);
	btf__free(one);
	btf__free(base);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_modules)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
