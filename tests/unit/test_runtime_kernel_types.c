/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of the kernel's structs on another kernel: each test builds the BTF of a kernel where
 * something has moved, grown or gone, and states where a member must be found. Offsets are worked
 * out by hand from the C ABI. The messages are checked from outside, see
 * tests/run/test_kernel_structs.py.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/btf.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"
#include "runtime/kernel_types.h"

static char strings[256];
static uint32_t used;

static uint32_t text(const char *word)
{
	uint32_t at = used;

	memcpy(strings + used, word, strlen(word) + 1);
	used += (uint32_t)strlen(word) + 1;
	return at;
}

static struct image_header header;
static const struct abi_member before = {7, 4, 32, 32, 1, 16};

/* Looks a member up and gives what comes out for one that was as `before` says. */
static int look(const struct btf *btf, enum image_member_kind kind, const char *root,
		const char *path, const struct image_type *types, uint32_t type,
		const struct image_field *fields, struct abi_member *member)
{
	struct image_member row = {.kind = kind, .type = type, .line = 3};
	struct image image = {.header = &header,
			      .strings = strings,
			      .types = types,
			      .n_types = type + 1,
			      .fields = fields,
			      .members = &row,
			      .n_members = 1};

	used = 1; /* 0 is "" */
	header.script = text("unit.dt");
	row.root = text(root);
	row.path = text(path);
	*member = before;
	return kernel_types_resolve(&image, btf, (char *)member, sizeof(*member));
}

static const struct image_type integer = {.kind = IMAGE_INT, .size = 4, .elem = IMAGE_NONE};
static const struct image_type pointer = {.kind = IMAGE_POINTER, .size = 8, .elem = IMAGE_NONE};
static const struct image_type chars = {.kind = IMAGE_STRING, .size = 16, .elem = IMAGE_NONE};

#define CHECK(member, ...)                                                                         \
	assert_memory_equal(&(member), (&(struct abi_member){__VA_ARGS__}), sizeof(member))

/*
 * struct task {                                bytes
 *	long state;                             0
 *	union { int pid; struct { short lo; unsigned hi:5; }; };  8: lo 8, hi bits 16-20 of it
 *	char comm[8];                           12
 *	const int *where;                       24 (after padding)
 *	unsigned long flags:33, more:40;        32: flags 0-32; more 64-103, in the next word
 *	struct inner { int x; } list[3];        48
 *	struct task *parent;                    64
 * } 72 bytes
 */
static struct btf *kernel(void)
{
	struct btf *btf = btf__new_empty();
	int u64 = btf__add_int(btf, "long", 8, BTF_INT_SIGNED),
	    i32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int i16 = btf__add_int(btf, "short", 2, BTF_INT_SIGNED),
	    u32 = btf__add_int(btf, "unsigned int", 4, 0);
	int c = btf__add_int(btf, "char", 1, BTF_INT_SIGNED), name = btf__add_array(btf, u32, c, 8);
	int constant = btf__add_const(btf, i32), where = btf__add_ptr(btf, constant);
	int low = btf__add_struct(btf, NULL, 4), any, inner, list, task, number;

	btf__add_field(btf, "lo", i16, 0, 0);
	btf__add_field(btf, "hi", u32, 16, 5);
	any = btf__add_union(btf, NULL, 4);
	btf__add_field(btf, "pid", i32, 0, 0);
	btf__add_field(btf, NULL, low, 0, 0);
	inner = btf__add_struct(btf, "inner", 4);
	btf__add_field(btf, "x", i32, 0, 0);
	list = btf__add_array(btf, u32, inner, 3);
	number = btf__add_typedef(btf, "state_t", u64);
	task = btf__add_struct(btf, "task", 72);
	btf__add_field(btf, "state", number, 0, 0);
	btf__add_field(btf, NULL, any, 64, 0);
	btf__add_field(btf, "comm", name, 96, 0);
	btf__add_field(btf, "where", where, 192, 0);
	btf__add_field(btf, "flags", u64, 256, 33);
	btf__add_field(btf, "more", u64, 320, 40);
	btf__add_field(btf, "list", list, 384, 0);
	btf__add_field(btf, "parent", task + 1, 512, 0);
	assert_int_equal(btf__add_ptr(btf, task), task + 1);
	return btf;
}

/* Of an enum of its name, else of any; the value has 64 bits with its sign. */
static void test_enumerators(void **state)
{
	struct btf *btf = btf__new_empty();
	struct abi_member member;

	(void)state;
	btf__add_enum(btf, "other", 4);
	btf__add_enum_value(btf, "STATE_TWO", 9);
	btf__add_enum(btf, "states", 4);
	btf__add_enum_value(btf, "STATE_ONE", 5);
	btf__add_enum_value(btf, "STATE_TWO", -6);
	btf__add_enum64(btf, "wide", 8, false);
	btf__add_enum64_value(btf, "WIDE", 0x123456789aULL);
	assert_int_equal(look(btf, IMAGE_MEMBER_ENUMERATOR, "states", "STATE_ONE", &integer, 0, NULL, &member),
			 0);
	CHECK(member, 5, 0, 32, 32, 1, 16);
	assert_int_equal(look(btf, IMAGE_MEMBER_ENUMERATOR, "states", "STATE_TWO", &integer, 0, NULL, &member),
			 0);
	CHECK(member, 0xfffffffa, 0xffffffff, 32, 32, 1, 16);
	assert_int_equal(look(btf, IMAGE_MEMBER_ENUMERATOR, "renamed", "STATE_TWO", &integer, 0, NULL, &member),
			 0);
	CHECK(member, 9, 0, 32, 32, 1, 16);
	assert_int_equal(look(btf, IMAGE_MEMBER_ENUMERATOR, "", "WIDE", &integer, 0, NULL, &member), 0);
	CHECK(member, 0x3456789a, 0x12, 32, 32, 1, 16);
	assert_int_equal(look(btf, IMAGE_MEMBER_ENUMERATOR, "states", "STATE", &integer, 0, NULL, &member),
			 -ENOENT);
	CHECK(member, 7, 4, 32, 32, 1, 16);
	btf__free(btf);
}

static void test_members(void **state)
{
	struct btf *btf = kernel();
	struct abi_member member;

	(void)state;
	/* an int that is a long now: all of it is read */
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "state", &integer, 0, NULL, &member),
			 0);
	CHECK(member, 0, 8, 0, 0, 1, 16);
	/* one that is in a union without a name now */
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "pid", &integer, 0, NULL, &member),
			 0);
	CHECK(member, 8, 4, 32, 32, 1, 16);
	/* one that is narrower, two levels down */
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "lo", &integer, 0, NULL, &member),
			 0);
	CHECK(member, 8, 2, 48, 48, 1, 16);
	/* bitfields: in the byte that it begins in; of more than four bytes */
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "hi", &integer, 0, NULL, &member),
			 0);
	CHECK(member, 10, 1, 59, 59, 1, 16);
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "flags", &integer, 0, NULL, &member),
			 0);
	CHECK(member, 32, 5, 31, 31, 1, 16);
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "more", &integer, 0, NULL, &member),
			 0);
	CHECK(member, 40, 5, 24, 24, 1, 16);
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "where", &pointer, 0, NULL, &member),
			 0);
	CHECK(member, 24, 4, 32, 32, 1, 16);
	btf__free(btf);
}

static void test_arrays(void **state)
{
	const struct image_type types[] = {
		{.kind = IMAGE_STRUCT, .elem = IMAGE_NONE},
		{.kind = IMAGE_ARRAY, .elem = 0, .count = 16},
		{.kind = IMAGE_INT, .size = 8, .elem = IMAGE_NONE},
		{.kind = IMAGE_ARRAY, .elem = 2, .size = 16, .count = 2}};
	struct btf *btf = kernel();
	struct abi_member member;

	(void)state;
	/* comm had at least 4 bytes, that is all that is read: it has 8 now */
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "comm", &chars, 0, NULL, &member),
			 0);
	CHECK(member, 12, 4, 32, 32, 1, 8);
	/* structs may have another size, if their members are read one by one */
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "list", types, 1, NULL, &member), 0);
	CHECK(member, 48, 4, 32, 32, 4, 3);
	/* numbers may not: before, an element had one byte */
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "list", types, 3, NULL, &member),
			 -EINVAL);
	btf__free(btf);
}

static void test_paths(void **state)
{
	struct btf *btf = kernel();
	struct abi_member member;

	(void)state;
	/* through an array, and through a pointer */
	assert_int_equal(
		look(btf, IMAGE_MEMBER_FIELD, "task", "list.x", &integer, 0, NULL, &member), 0);
	CHECK(member, 0, 4, 32, 32, 1, 16);
	assert_int_equal(
		look(btf, IMAGE_MEMBER_FIELD, "task", "parent.pid", &integer, 0, NULL, &member), 0);
	CHECK(member, 8, 4, 32, 32, 1, 16);
	assert_int_equal(look(btf, IMAGE_MEMBER_SIZE, "task", "", &integer, 0, NULL, &member), 0);
	assert_int_equal(member.bytes, 72);
	btf__free(btf);
}

static void test_missing(void **state)
{
	struct btf *btf = kernel();
	struct abi_member member;
	static const char *const paths[][2] = {
		{"task", "tgid"}, {"task", "parent.tgid"}, {"task", "pid.x"},  {"task", "."},
		{"task", ".pid"}, {"task", "pi"},	   {"nothing", "pid"}, {"", "pid"},
		{"int", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, paths[i][0], paths[i][1], &integer,
				      0, NULL, &member),
				 -ENOENT);
	/* of another kind */
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "pid", &pointer, 0, NULL, &member),
			 -EINVAL);
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "where", &integer, 0, NULL, &member),
			 -EINVAL);
	assert_int_equal(look(btf, IMAGE_MEMBER_FIELD, "task", "where", &chars, 0, NULL, &member),
			 -EINVAL);
	btf__free(btf);
}

static void test_layout(void **state)
{
	struct btf *btf = kernel();
	struct abi_member member;
	struct image_field fields[] = {{.type = 0, .offset = 0}};
	struct image_type types[] = {
		integer, {.kind = IMAGE_STRUCT, .size = 4, .elem = IMAGE_NONE, .n_fields = 1}};
	uint32_t name = 200;

	(void)state;
	memcpy(strings + name, "x", 2);
	fields[0].name = name;
	assert_int_equal(look(btf, IMAGE_MEMBER_LAYOUT, "inner", "", types, 1, fields, &member), 0);
	assert_int_equal(look(btf, IMAGE_MEMBER_LAYOUT, "task", "list", types, 1, fields, &member),
			 -EINVAL);
	fields[0].offset = 1;
	assert_int_equal(look(btf, IMAGE_MEMBER_LAYOUT, "inner", "", types, 1, fields, &member),
			 -EINVAL);
	fields[0].offset = 0;
	types[0].size = 2;
	assert_int_equal(look(btf, IMAGE_MEMBER_LAYOUT, "inner", "", types, 1, fields, &member),
			 -EINVAL);
	types[0].size = 4;
	types[1].size = 8;
	assert_int_equal(look(btf, IMAGE_MEMBER_LAYOUT, "inner", "", types, 1, fields, &member),
			 -EINVAL);
	btf__free(btf);
}

static void test_outside(void **state)
{
	struct image_member row = {.kind = IMAGE_MEMBER_SIZE};
	struct image image = {.header = &header,
			      .strings = strings,
			      .types = &integer,
			      .n_types = 1,
			      .members = &row,
			      .n_members = 1};
	struct btf *btf = kernel();
	char bytes[sizeof(struct abi_member)];

	(void)state;
	row.offset = 4;
	assert_int_equal(kernel_types_resolve(&image, btf, bytes, sizeof(bytes)), -EINVAL);
	row.offset = UINT32_MAX - 3;
	assert_int_equal(kernel_types_resolve(&image, btf, bytes, sizeof(bytes)), -EINVAL);
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enumerators),
		cmocka_unit_test(test_members), cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_paths),	cmocka_unit_test(test_missing),
		cmocka_unit_test(test_layout),	cmocka_unit_test(test_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
