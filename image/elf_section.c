/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads just as much of ELF as it takes to find a section by name. Every header is copied out of
 * the object before it is looked at, so neither alignment nor overlap can hurt, and every offset is
 * compared with what is left of the object, so no sum can wrap around.
 */
#include "image/elf_section.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

#ifndef EM_BPF
#define EM_BPF 247
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_ELFDATA ELFDATA2LSB
#else
#define HOST_ELFDATA ELFDATA2MSB
#endif

struct object {
	const unsigned char *data;
	size_t size;
	Elf64_Ehdr header;
};

static bool in_bounds(const struct object *object, uint64_t offset, uint64_t size)
{
	return offset <= object->size && size <= object->size - offset;
}

static const char *read_header(struct object *object)
{
	const Elf64_Ehdr *header = &object->header;

	if (object->size < sizeof(*header))
		return "it is too short to be an ELF object";
	memcpy(&object->header, object->data, sizeof(*header));
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return "it is not an ELF object";
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != HOST_ELFDATA)
		return "it was made for another kind of machine";
	if (header->e_type != ET_REL || header->e_machine != EM_BPF)
		return "it is not a BPF object";
	if (header->e_shentsize != sizeof(Elf64_Shdr))
		return "its section headers have an unknown size";
	if (!in_bounds(object, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr)))
		return "its section headers lie outside the file";
	if (header->e_shstrndx >= header->e_shnum)
		return "it has no section names";
	return NULL;
}

static void read_section(const struct object *object, unsigned int index, Elf64_Shdr *section)
{
	memcpy(section, object->data + object->header.e_shoff + index * sizeof(*section),
	       sizeof(*section));
}

static bool name_is(const struct object *object, const Elf64_Shdr *names, uint32_t offset,
		    const char *name)
{
	size_t length = strlen(name) + 1;

	return offset <= names->sh_size && length <= names->sh_size - offset &&
	       memcmp(object->data + names->sh_offset + offset, name, length) == 0;
}

const char *elf_section_find(const void *data, size_t size, const char *name,
			     struct elf_section *section)
{
	struct object object = {.data = data, .size = size};
	const char *error = read_header(&object);
	Elf64_Shdr names, row;
	bool found = false;

	if (error)
		return error;
	read_section(&object, object.header.e_shstrndx, &names);
	if (names.sh_type != SHT_STRTAB || !in_bounds(&object, names.sh_offset, names.sh_size))
		return "its section names lie outside the file";
	for (unsigned int i = 0; i < object.header.e_shnum; i++) {
		read_section(&object, i, &row);
		if (!name_is(&object, &names, row.sh_name, name))
			continue;
		if (found)
			return "it has more than one plan";
		if (row.sh_type == SHT_NOBITS || !in_bounds(&object, row.sh_offset, row.sh_size))
			return "its plan lies outside the file";
		section->offset = row.sh_offset;
		section->size = row.sh_size;
		found = true;
	}
	return found ? NULL : "it has no plan: duetrace did not make it";
}
