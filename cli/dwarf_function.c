// SPDX-License-Identifier: Apache-2.0
/*
 * Types are numbered when something refers to them and written in that order, so that a type that
 * holds itself by a pointer ends.
 */
#include "cli/dwarf_function.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/dwarf_place.h"
#include "runtime/symbols/debug_file.h"
#include "runtime/symbols/elf_file.h"

/* What a parameter leads to beyond that is void. */
#define MAX_TYPES 4000
#define MAX_SPELL 64
/* Namespaces and classes inside each other. */
#define MAX_SCOPES 32

struct dwarf_file {
	Dwarf *dwarf;
	int fd;
};

int dwarf_file_open(struct dwarf_file **out, const char *path, const struct elf_file *elf)
{
	struct dwarf_file *file = calloc(1, sizeof(*file));
	const unsigned char *id;
	uint32_t length;

	if (!file)
		return -ENOMEM;
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	file->dwarf = debug_file_dwarf(file->fd);
	if (!file->dwarf) {
		if (file->fd >= 0)
			close(file->fd);
		length = elf_file_build_id(elf, &id);
		file->fd = length ? debug_file_by_id(AT_FDCWD, id, length) : -1;
		file->dwarf = debug_file_dwarf(file->fd);
	}
	if (file->dwarf) {
		*out = file;
		return 0;
	}
	dwarf_file_close(file);
	return -ENODATA;
}

void dwarf_file_close(struct dwarf_file *file)
{
	if (!file)
		return;
	dwarf_end(file->dwarf);
	if (file->fd >= 0)
		close(file->fd);
	free(file);
}

struct writer {
	Dwarf_Die *types;
	uint32_t count;
	FILE *out;
};

/* The number of the type that a DIE has; 0: void. */
static uint32_t refer(struct writer *writer, Dwarf_Die *die)
{
	Dwarf_Die type;

	if (!dwarf_type_of(die, &type))
		return 0;
	for (uint32_t i = 0; i < writer->count; i++)
		if (writer->types[i].addr == type.addr)
			return i + 1;
	if (writer->count == MAX_TYPES)
		return 0;
	writer->types[writer->count++] = type;
	return writer->count;
}

static const char *name_of(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	return name && !strpbrk(name, "\n\t") ? name : "";
}

static void put_base(struct writer *writer, Dwarf_Die *die)
{
	uint64_t encoding = dwarf_number(die, DW_AT_encoding, 0);
	const char *name = name_of(die);
	bool is_signed = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;

	if (encoding == DW_ATE_boolean)
		fprintf(writer->out, "bool %d\n", dwarf_bytesize(die));
	else if (encoding == DW_ATE_float || encoding == DW_ATE_complex_float)
		fprintf(writer->out, "float %d\n", dwarf_bytesize(die));
	else
		fprintf(writer->out, "%s %d %d\n", !strcmp(name, "char") ? "char" : "int",
			dwarf_bytesize(die), is_signed);
}

static void put_array(struct writer *writer, Dwarf_Die *die)
{
	Dwarf_Die dimension;

	fprintf(writer->out, "array %u", refer(writer, die));
	for (int more = dwarf_child(die, &dimension); !more;
	     more = dwarf_siblingof(&dimension, &dimension))
		if (dwarf_tag(&dimension) == DW_TAG_subrange_type)
			fprintf(writer->out, " %llu",
				(unsigned long long)dwarf_number(
					&dimension, DW_AT_count,
					dwarf_number(&dimension, DW_AT_upper_bound, UINT64_MAX) + 1));
	fputc('\n', writer->out);
}

static void put_enum(struct writer *writer, Dwarf_Die *die)
{
	bool is_signed = false;
	Dwarf_Attribute attribute;
	Dwarf_Die item;
	Dwarf_Sword value;

	for (int pass = 0; pass < 2; pass++) {
		if (pass)
			fprintf(writer->out, "enum %d %d %s\n", dwarf_bytesize(die), is_signed,
				name_of(die));
		for (int more = dwarf_child(die, &item); !more;
		     more = dwarf_siblingof(&item, &item)) {
			if (dwarf_tag(&item) != DW_TAG_enumerator ||
			    dwarf_formsdata(dwarf_attr(&item, DW_AT_const_value, &attribute),
					    &value))
				continue;
			is_signed |= value < 0;
			if (pass)
				fprintf(writer->out, "e %lld %s\n", (long long)value,
					name_of(&item));
		}
	}
}

/* A member, or what a class inherits, whose members are its own. */
static void put_member(struct writer *writer, Dwarf_Die *die)
{
	uint64_t bits, at = dwarf_member_bit(die, &bits);

	fprintf(writer->out, "%c %u %llu %llu %s\n", dwarf_tag(die) == DW_TAG_member ? 'm' : 'b',
		refer(writer, die), (unsigned long long)at, (unsigned long long)bits, name_of(die));
}

static void put_struct(struct writer *writer, Dwarf_Die *die)
{
	Dwarf_Die member;
	int size = dwarf_bytesize(die);

	fprintf(writer->out, "%s %d %s\n", dwarf_tag(die) == DW_TAG_union_type ? "union" : "struct",
		size > 0 ? size : 0, name_of(die));
	for (int more = dwarf_child(die, &member); !more;
	     more = dwarf_siblingof(&member, &member))
		if (dwarf_is_member(&member))
			put_member(writer, &member);
}

static void put_type(struct writer *writer, Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_base_type:
		put_base(writer, die);
		break;
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		fprintf(writer->out, "ptr %u\n", refer(writer, die));
		break;
	case DW_TAG_array_type:
		put_array(writer, die);
		break;
	case DW_TAG_enumeration_type:
		put_enum(writer, die);
		break;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		put_struct(writer, die);
		break;
	default:
		fputs("void\n", writer->out);
	}
}

/* How C writes the type of a DIE. */
static void spell(Dwarf_Die *die, FILE *out, int depth)
{
	Dwarf_Attribute attribute;
	Dwarf_Die type;
	int tag;

	if (depth > MAX_SPELL ||
	    !dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), &type)) {
		fputs("void", out);
		return;
	}
	tag = dwarf_tag(&type);
	switch (tag) {
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
		fputs(tag == DW_TAG_const_type ? "const " : "volatile ", out);
		spell(&type, out, depth + 1);
		return;
	case DW_TAG_restrict_type:
		spell(&type, out, depth + 1);
		return;
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		spell(&type, out, depth + 1);
		fputs(tag == DW_TAG_pointer_type     ? " *"
		      : tag == DW_TAG_reference_type ? " &"
						     : " &&",
		      out);
		return;
	case DW_TAG_structure_type:
		fputs("struct ", out);
		break;
	case DW_TAG_union_type:
		fputs("union ", out);
		break;
	case DW_TAG_enumeration_type:
		fputs("enum ", out);
		break;
	case DW_TAG_subroutine_type:
		fputs("void ()", out);
		return;
	default:
		break;
	}
	fputs(*name_of(&type) ? name_of(&type) : "?", out);
}

static void put_parameters(struct writer *writer, Dwarf_Die *function)
{
	struct dwarf_places places;
	Dwarf_Die die;

	dwarf_places_start(&places, function);
	for (int more = dwarf_child(function, &die); !more; more = dwarf_siblingof(&die, &die)) {
		char where[16];

		if (dwarf_tag(&die) != DW_TAG_formal_parameter)
			continue;
		dwarf_places_next(&places, &die, where, sizeof(where));
		if (!*name_of(&die))
			continue;
		fprintf(writer->out, "p %s %u %s\t", where, refer(writer, &die), name_of(&die));
		spell(&die, writer->out, 0);
		fputc('\n', writer->out);
	}
}

/*
 * The function whose code begins at an address, in a unit or what it holds. Not by the scopes around the
 * address: around code that is inlined there are those of where it was written.
 */
static bool find_in(Dwarf_Die *scope, uint64_t address, Dwarf_Die *function, int depth)
{
	Dwarf_Addr entry;
	Dwarf_Die die;

	for (int more = dwarf_child(scope, &die); !more; more = dwarf_siblingof(&die, &die)) {
		switch (dwarf_tag(&die)) {
		case DW_TAG_subprogram:
			if (dwarf_entrypc(&die, &entry) || entry != address)
				continue;
			*function = die;
			return true;
		case DW_TAG_namespace:
		case DW_TAG_module:
		case DW_TAG_structure_type:
		case DW_TAG_class_type:
			if (depth < MAX_SCOPES && find_in(&die, address, function, depth + 1))
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}

static bool find_function(Dwarf *dwarf, uint64_t address, Dwarf_Die *function)
{
	Dwarf_Off at = 0, next;
	Dwarf_Die unit;
	size_t head;

	if (dwarf_addrdie(dwarf, address, &unit) && find_in(&unit, address, function, 0))
		return true;
	for (; !dwarf_nextcu(dwarf, at, &next, &head, NULL, NULL, NULL); at = next)
		if (dwarf_offdie(dwarf, at + head, &unit) && dwarf_haspc(&unit, address) > 0 &&
		    find_in(&unit, address, function, 0))
			return true;
	return false;
}

int dwarf_function_parameters(struct dwarf_file *file, uint64_t address, FILE *out)
{
	struct writer writer = {.out = out};
	Dwarf_Attribute attribute;
	Dwarf_Die function, origin;

	if (!find_function(file->dwarf, address, &function))
		return -ENODATA;
	writer.types = calloc(MAX_TYPES, sizeof(*writer.types));
	if (!writer.types)
		return -ENOMEM;
	/* What was optimized has only the parameters that are still there; its origin has all. */
	if (dwarf_formref_die(dwarf_attr(&function, DW_AT_abstract_origin, &attribute), &origin))
		function = origin;
	put_parameters(&writer, &function);
	for (uint32_t i = 0; i < writer.count; i++)
		put_type(&writer, &writer.types[i]);
	free(writer.types);
	return 0;
}

static bool is_source(const char *file, const char *wanted)
{
	size_t length = strlen(file), tail = strlen(wanted);

	return length >= tail && !strcmp(file + length - tail, wanted) &&
	       (length == tail || *wanted == '/' || file[length - tail - 1] == '/');
}

/* The lines of one unit; *seen: it has the file. */
static bool put_lines(Dwarf_Die *unit, const char *source, int line, int column, bool *seen,
		      FILE *out)
{
	Dwarf_Lines *lines;
	bool any = false;
	size_t n;

	if (dwarf_getsrclines(unit, &lines, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		Dwarf_Line *one = dwarf_onesrcline(lines, i);
		const char *file = dwarf_linesrc(one, NULL, NULL);
		int number_of = 0, column_of = 0;
		Dwarf_Addr address;
		bool statement = false;

		if (!file || !is_source(file, source))
			continue;
		*seen = true;
		if (dwarf_lineno(one, &number_of) || number_of != line ||
		    dwarf_linebeginstatement(one, &statement) || !statement ||
		    (column && (dwarf_linecol(one, &column_of) || column_of != column)) ||
		    dwarf_lineaddr(one, &address))
			continue;
		fprintf(out, "%llx\n", (unsigned long long)address);
		/* A statement goes on at other addresses: where it begins is enough. */
		return true;
	}
	return any;
}

int dwarf_function_line(struct dwarf_file *file, const char *source, int line, int column,
			FILE *out)
{
	Dwarf_Off at = 0, next;
	bool seen = false, any = false;
	Dwarf_Die unit;
	size_t head;

	for (; !dwarf_nextcu(file->dwarf, at, &next, &head, NULL, NULL, NULL); at = next)
		if (dwarf_offdie(file->dwarf, at + head, &unit))
			any |= put_lines(&unit, source, line, column, &seen, out);
	return any ? 0 : seen ? -ENODATA : -ENOENT;
}
