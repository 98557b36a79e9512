// SPDX-License-Identifier: Apache-2.0
/*
 * A note holds three addresses (the probe, the base, the semaphore) and three strings. A file that
 * was prelinked after it was made has moved: by how far, the section .stapsdt.base says, whose
 * address is the note's base there.
 */
#include "cli/usdt_note.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define NOTE_TYPE 3
#define MAX_NOTES (64u << 20)
#define NOTE_NAME "stapsdt"

/* Where an address is in the file; 0: it is in no segment. */
static uint64_t file_offset(Elf *elf, uint64_t address)
{
	size_t n = 0;

	for (size_t i = 0; !elf_getphdrnum(elf, &n) && i < n; i++) {
		GElf_Phdr segment;

		if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_LOAD &&
		    address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_memsz)
			return address - segment.p_vaddr + segment.p_offset;
	}
	return 0;
}

static Elf_Scn *find_section(Elf *elf, const char *wanted, GElf_Shdr *header)
{
	Elf_Scn *section = NULL;
	size_t strings;

	/* libelf reads the names of sections whole. */
	if (elf_getshdrstrndx(elf, &strings) || !(section = elf_getscn(elf, strings)) ||
	    !gelf_getshdr(section, header) || header->sh_size > MAX_NOTES)
		return NULL;
	section = NULL;
	while ((section = elf_nextscn(elf, section))) {
		const char *name = gelf_getshdr(section, header)
					   ? elf_strptr(elf, strings, header->sh_name)
					   : NULL;

		if (name && !strcmp(name, wanted))
			return section;
	}
	return NULL;
}

/* A string of the note's, which must end inside of it. */
static const char *next_string(const char **at, const char *end)
{
	const char *text = *at,
		   *stop = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;

	if (!stop || strpbrk(text, "\n\t"))
		return NULL;
	*at = stop + 1;
	return text;
}

static bool put_note(Elf *elf, const char *at, size_t size, uint64_t base, FILE *out)
{
	const char *end = at + size, *provider, *name, *arguments;
	uint64_t words[3], moved, semaphore;
	unsigned long long address;

	if (size < sizeof(words))
		return false;
	memcpy(words, at, sizeof(words));
	at += sizeof(words);
	provider = next_string(&at, end);
	name = provider ? next_string(&at, end) : NULL;
	arguments = name ? next_string(&at, end) : NULL;
	if (!arguments)
		return false;
	moved = base ? base - words[1] : 0;
	address = words[0] + moved;
	semaphore = words[2] ? file_offset(elf, words[2] + moved) : 0;
	if (!file_offset(elf, address))
		return false;
	fprintf(out, "%llx %llx %llx\t%s\t%s\t%s\n",
		(unsigned long long)file_offset(elf, address),
		(unsigned long long)semaphore, address, provider, name, arguments);
	return true;
}

static int list(Elf *elf, FILE *out)
{
	GElf_Shdr header;
	uint64_t base = find_section(elf, ".stapsdt.base", &header) ? header.sh_addr : 0;
	Elf_Scn *section = find_section(elf, ".note.stapsdt", &header);
	/* One that says that it has gigabytes is no program's. */
	Elf_Data *data = section && header.sh_size <= MAX_NOTES ? elf_getdata(section, NULL) : NULL;
	size_t at = 0, name, descriptor;
	bool any = false;
	GElf_Nhdr note;

	while (data && (at = gelf_getnote(data, at, &note, &name, &descriptor)) > 0) {
		const char *bytes = data->d_buf;

		if (note.n_type == NOTE_TYPE && note.n_namesz == sizeof(NOTE_NAME) &&
		    !memcmp(bytes + name, NOTE_NAME, sizeof(NOTE_NAME)))
			any |= put_note(elf, bytes + descriptor, note.n_descsz, base, out);
	}
	return any ? 0 : -ENODATA;
}

int usdt_note_list(const char *path, FILE *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;
	Elf *elf;

	if (fd < 0)
		return -errno;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	err = elf ? list(elf, out) : -ENOEXEC;
	elf_end(elf);
	close(fd);
	return err;
}
