// SPDX-License-Identifier: Apache-2.0
#include "cli/binaries.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/binary_path.h"
#include "cli/dwarf_function.h"
#include "cli/usdt_note.h"
#include "runtime/buffer.h"
#include "runtime/symbols/demangle.h"
#include "runtime/symbols/elf_file.h"

#ifdef __aarch64__
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_X86_64
#endif

/* Questions about a file come one after the other: the last one stays open. */
struct binaries {
	int pid;
	char *path;
	struct elf_file *elf;
	struct dwarf_file *dwarf;
	bool dwarf_tried;
};

struct binaries *binaries_open(int pid)
{
	struct binaries *binaries = calloc(1, sizeof(*binaries));

	if (binaries)
		binaries->pid = pid;
	return binaries;
}

static void close_file(struct binaries *binaries)
{
	dwarf_file_close(binaries->dwarf);
	elf_file_close(binaries->elf);
	free(binaries->path);
	binaries->dwarf = NULL;
	binaries->dwarf_tried = false;
	binaries->elf = NULL;
	binaries->path = NULL;
}

void binaries_close(struct binaries *binaries)
{
	if (!binaries)
		return;
	close_file(binaries);
	free(binaries);
}

/* 0 if it is a program of this machine. */
static int check_machine(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	Elf64_Ehdr head = {0};
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, &head, sizeof(head));
	close(fd);
	if (n < EI_NIDENT || memcmp(head.e_ident, ELFMAG, SELFMAG))
		return -ENOEXEC;
	if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_machine != MACHINE)
		return -ENOTSUP;
	return 0;
}

static int open_file(struct binaries *binaries, const char *path)
{
	int err;

	if (binaries->path && !strcmp(binaries->path, path))
		return 0;
	close_file(binaries);
	err = check_machine(path);
	if (!err)
		err = elf_file_open(&binaries->elf, path);
	if (err)
		return err;
	binaries->path = strdup(path);
	if (binaries->path)
		return 0;
	close_file(binaries);
	return -ENOMEM;
}

/* False: it is not in the file, as a variable that is 0 when the program starts. */
static bool put_symbol(const struct elf_file *elf, const struct elf_symbol *symbol, FILE *out)
{
	uint64_t offset;

	if (elf_file_offset(elf, symbol->address, &offset) || strpbrk(symbol->name, "\n\t"))
		return false;
	fprintf(out, "%llx %llx %llx %s", (unsigned long long)symbol->address,
		(unsigned long long)symbol->size, (unsigned long long)offset, symbol->name);
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct elf_symbol *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : left->address < right->address ? -1 : left->address > right->address;
}

static int list_functions(struct elf_file *elf, bool cpp, FILE *out)
{
	uint32_t n = elf_file_functions(elf);
	struct elf_symbol *symbols = calloc(n + 1, sizeof(*symbols));
	struct buffer name = {0};

	if (!symbols)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		symbols[i] = elf_file_function(elf, i);
	qsort(symbols, n, sizeof(*symbols), by_name);
	for (uint32_t i = 0; i < n; i++) {
		name.length = 0;
		if (cpp && !demangle(&name, symbols[i].name))
			continue;
		if (put_symbol(elf, &symbols[i], out)) {
			if (cpp)
				fprintf(out, "\t%.*s", (int)name.length, name.data ? name.data : "");
			fputc('\n', out);
		}
	}
	buffer_free(&name);
	free(symbols);
	return n ? 0 : -ENODATA;
}

/* A function whose name a variable has, too. */
static bool find_function(struct elf_file *elf, const char *name, struct elf_symbol *symbol)
{
	for (uint32_t i = 0, n = elf_file_functions(elf); i < n; i++) {
		*symbol = elf_file_function(elf, i);
		if (!strcmp(symbol->name, name))
			return true;
	}
	return false;
}

static int find_symbol(struct elf_file *elf, const char *name, bool function, FILE *out)
{
	struct elf_symbol symbol;
	int err = elf_file_find(elf, name, &symbol);

	if (err)
		return elf_file_functions(elf) ? err : -ENODATA;
	if (function && !elf_file_is_code(elf, symbol.address) &&
	    !find_function(elf, name, &symbol))
		return -ENOENT;
	if (!put_symbol(elf, &symbol, out))
		fprintf(out, "%llx %llx 0 %s", (unsigned long long)symbol.address,
			(unsigned long long)symbol.size, symbol.name);
	return 0;
}

static int find_address(struct elf_file *elf, const char *text, FILE *out)
{
	char *end;
	struct elf_symbol symbol = {.name = text, .address = strtoull(text, &end, 0)};
	int64_t index = elf_file_at(elf, symbol.address);

	if (*end || !elf_file_is_code(elf, symbol.address))
		return -ERANGE;
	if (index >= 0)
		symbol.name = elf_file_function(elf, (uint32_t)index).name;
	put_symbol(elf, &symbol, out);
	return 0;
}

/* NULL: there is none. */
static struct dwarf_file *dwarf(struct binaries *binaries)
{
	if (!binaries->dwarf_tried &&
	    dwarf_file_open(&binaries->dwarf, binaries->path, binaries->elf))
		binaries->dwarf = NULL;
	binaries->dwarf_tried = true;
	return binaries->dwarf;
}

static int find_parameters(struct binaries *binaries, const char *address, FILE *out)
{
	return dwarf(binaries) ? dwarf_function_parameters(binaries->dwarf,
							   strtoull(address, NULL, 16), out)
			       : -ENODATA;
}

/* Functions that have code of a line: "file<TAB>line<TAB>column". */
static int find_line(struct binaries *binaries, const char *what, FILE *out)
{
	char *lines = NULL, *save = NULL, *end, text[32];
	const char *tab = strchr(what, '\t');
	int line = tab ? (int)strtol(tab + 1, &end, 10) : 0;
	int column = tab && *end ? (int)strtol(end + 1, NULL, 10) : 0, err = -ENOMEM;
	char *source = tab ? strndup(what, (size_t)(tab - what)) : NULL;
	size_t size;
	FILE *found = open_memstream(&lines, &size);

	if (source && found)
		err = !dwarf(binaries)
			      ? -ENOMSG
			      : dwarf_function_line(binaries->dwarf, source, line, column, found);
	if (found)
		fclose(found);
	for (char *at = err ? NULL : strtok_r(lines, "\n", &save); at;
	     at = strtok_r(NULL, "\n", &save)) {
		snprintf(text, sizeof(text), "0x%s", at);
		if (!find_address(binaries->elf, text, out))
			fputc('\n', out);
	}
	free(lines);
	free(source);
	return err;
}

static int put_build_id(const struct elf_file *elf, FILE *out)
{
	const unsigned char *id;
	uint32_t length = elf_file_build_id(elf, &id);

	for (uint32_t i = 0; i < length; i++)
		fprintf(out, "%02x", id[i]);
	return length ? 0 : -ENODATA;
}

static int answer(struct binaries *binaries, enum world_question question, const char *name,
		  FILE *out)
{
	const char *tab = strchr(name, '\t');
	char *path;
	int err;

	if (question == WORLD_BINARY)
		return binary_path_find(binaries->pid, name, out);
	path = tab ? strndup(name, (size_t)(tab - name)) : strdup(name);
	err = path ? open_file(binaries, path) : -ENOMEM;
	if (!err && question == WORLD_BUILD_ID)
		err = put_build_id(binaries->elf, out);
	else if (!err && question == WORLD_MARKERS)
		err = usdt_note_list(path, out);
	else if (!err && !tab)
		err = list_functions(binaries->elf, question == WORLD_CPP_FUNCTIONS, out);
	else if (!err && question == WORLD_PARAMETERS)
		err = find_parameters(binaries, tab + 1, out);
	else if (!err && question == WORLD_LINE)
		err = find_line(binaries, tab + 1, out);
	else if (!err && question != WORLD_ADDRESS)
		err = find_symbol(binaries->elf, tab + 1, question == WORLD_FUNCTION, out);
	else if (!err)
		err = find_address(binaries->elf, tab + 1, out);
	free(path);
	return err;
}

int binaries_ask(struct binaries *binaries, enum world_question question, const char *name,
		 char **data, size_t *size)
{
	FILE *out = open_memstream(data, size);
	int err;

	if (!out)
		return -errno;
	err = answer(binaries, question, name, out);
	if (fclose(out) && !err)
		err = -ENOMEM;
	if (err) {
		free(*data);
		*data = NULL;
	}
	return err;
}
