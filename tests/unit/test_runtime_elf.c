/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symbols of ELF files: of this very program, whose functions know their own addresses, and of
 * files that are damaged, which must be refused or read without harm.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/symbols/elf_file.h"

/* This program is linked without -pie: what it was linked at is where it is. */
__attribute__((noinline)) int elf_test_function(int x);
__attribute__((noinline)) int elf_test_function(int x)
{
	return x * 3 + (int)strlen("abc");
}

long elf_test_object = 5;

static struct elf_file *open_self(void)
{
	struct elf_file *file = NULL;

	assert_int_equal(elf_file_open(&file, "/proc/self/exe"), 0);
	return file;
}

static void test_find(void **state)
{
	struct elf_file *file = open_self();
	struct elf_symbol symbol;

	(void)state;
	assert_int_equal(elf_file_find(file, "elf_test_function", &symbol), 0);
	assert_true(symbol.address == (uintptr_t)elf_test_function);
	assert_string_equal(symbol.name, "elf_test_function");
	assert_true(symbol.size > 0 && symbol.size < 4096);
	assert_int_equal(elf_file_find(file, "elf_test_object", &symbol), 0);
	assert_true(symbol.address == (uintptr_t)&elf_test_object);
	assert_true(symbol.size == sizeof(elf_test_object));
	assert_int_equal(elf_file_find(file, "no_such_function", &symbol), -ENOENT);
	assert_int_equal(elf_file_find(file, "", &symbol), -ENOENT);
	elf_file_close(file);
}

static void test_at(void **state)
{
	struct elf_file *file = open_self();
	uintptr_t address = (uintptr_t)elf_test_function;
	struct elf_symbol symbol;
	int64_t at = elf_file_at(file, address + 1);

	(void)state;
	assert_true(at >= 0);
	symbol = elf_file_function(file, (uint32_t)at);
	assert_string_equal(symbol.name, "elf_test_function");
	assert_true(symbol.address == address);
	assert_true(elf_file_at(file, address + symbol.size - 1) == at);
	assert_true(elf_file_at(file, address + symbol.size) != at);
	assert_true(elf_file_at(file, 0) == -ENOENT);
	assert_true(elf_file_at(file, UINT64_MAX) == -ENOENT);
	elf_file_close(file);
}

static void test_functions_are_sorted(void **state)
{
	struct elf_file *file = open_self();
	uint32_t n = elf_file_functions(file), seen = 0;

	(void)state;
	assert_true(n > 100);
	for (uint32_t i = 0; i < n; i++) {
		struct elf_symbol symbol = elf_file_function(file, i);

		if (i)
			assert_true(elf_file_function(file, i - 1).address <= symbol.address);
		seen += !strcmp(symbol.name, "elf_test_function");
		assert_string_not_equal(symbol.name, "elf_test_object");
	}
	assert_int_equal(seen, 1);
	assert_true(elf_file_memory(file) > n * 16);
	elf_file_close(file);
}

/* The function's bytes are in the file where the segments say. */
static void test_offsets(void **state)
{
	struct elf_file *file = open_self();
	uint64_t offset, address;
	unsigned char bytes[8];
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(elf_file_offset(file, (uintptr_t)elf_test_function, &offset), 0);
	assert_int_equal(pread(fd, bytes, sizeof(bytes), (off_t)offset), sizeof(bytes));
	assert_memory_equal(bytes, (const void *)(uintptr_t)elf_test_function, sizeof(bytes));
	assert_int_equal(elf_file_address(file, offset, &address), 0);
	assert_true(address == (uintptr_t)elf_test_function);
	assert_int_equal(elf_file_offset(file, UINT64_MAX, &offset), -ENOENT);
	assert_int_equal(elf_file_address(file, UINT64_MAX, &address), -ENOENT);
	close(fd);
	elf_file_close(file);
}

static void test_detach(void **state)
{
	struct elf_file *file = open_self();
	struct elf_symbol symbol;

	(void)state;
	elf_file_detach(file);
	assert_true(elf_file_at(file, (uintptr_t)elf_test_function) >= 0);
	/* functions stay, objects are gone */
	assert_int_equal(elf_file_find(file, "elf_test_function", &symbol), 0);
	assert_int_equal(elf_file_find(file, "elf_test_object", &symbol), -ENOENT);
	elf_file_close(file);
}

static void test_no_elf(void **state)
{
	struct elf_file *file;

	(void)state;
	assert_int_equal(elf_file_open(&file, "/no/such/file"), -ENOENT);
	assert_int_equal(elf_file_open(&file, "/dev/null"), -EINVAL);
	assert_int_equal(elf_file_open(&file, "/"), -EINVAL);
	assert_int_equal(elf_file_open(&file, "/etc/passwd"), -ENOEXEC);
	assert_int_equal(elf_file_open_bytes(&file, "", 0), -ENOEXEC);
	assert_int_equal(elf_file_open_bytes(&file, "\177ELF", 4), -ENOEXEC);
}

static char *read_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	char *bytes;

	assert_true(fd >= 0 && !fstat(fd, &stat));
	*size = (size_t)stat.st_size;
	bytes = malloc(*size);
	assert_int_equal(pread(fd, bytes, *size, 0), (ssize_t)*size);
	close(fd);
	return bytes;
}

static void use(const void *bytes, size_t size)
{
	struct elf_file *file;
	struct elf_symbol symbol;
	const unsigned char *id;
	uint64_t number;

	if (elf_file_open_bytes(&file, bytes, size))
		return;
	elf_file_find(file, "malloc", &symbol);
	for (uint32_t i = 0, n = elf_file_functions(file); i < n; i++) {
		symbol = elf_file_function(file, i);
		assert_true(*symbol.name);
		elf_file_at(file, symbol.address);
		elf_file_offset(file, symbol.address, &number);
		elf_file_address(file, symbol.address, &number);
	}
	assert_true(elf_file_build_id(file, &id) <= 64);
	elf_file_detach(file);
	elf_file_close(file);
}

static void test_damaged(void **state)
{
	size_t size;
	char *bytes = read_file("/bin/true", &size), *copy = malloc(size);
	unsigned int seed = 1;

	(void)state;
	for (size_t cut = 0; cut < size; cut += cut < 1024 ? 7 : 997)
		use(bytes, cut);
	for (int round = 0; round < 3000; round++) {
		/* the header, the section headers at the end, and anywhere */
		static const size_t spans[] = {64, 1024, 4096};
		size_t span = spans[round % 3], base = round % 2 ? size - span : 0;

		memcpy(copy, bytes, size);
		for (int i = 0; i < 1 + round % 8; i++) {
			seed = seed * 1103515245u + 12345u;
			copy[base + (seed >> 8) % span] = (char)(seed >> 24);
		}
		use(copy, size);
	}
	free(copy);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),	cmocka_unit_test(test_at),
		cmocka_unit_test(test_offsets), cmocka_unit_test(test_functions_are_sorted),
		cmocka_unit_test(test_detach),	cmocka_unit_test(test_no_elf),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
