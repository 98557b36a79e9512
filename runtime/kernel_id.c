/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's ELF notes are in sysfs, a few hundred bytes: one of them is its build ID, a hash of
 * all that was linked, types included.
 */
#include "runtime/kernel_id.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOTES_PATH "/sys/kernel/notes"

static size_t padded(uint32_t size)
{
	return ((size_t)size + 3) & ~(size_t)3;
}

static int to_hex(const unsigned char *bytes, size_t n, char *text, size_t size)
{
	if (!n || n * 2 >= size)
		return -ENOENT;
	for (size_t i = 0; i < n; i++)
		snprintf(text + i * 2, 3, "%02x", bytes[i]);
	return 0;
}

static int find_id(const unsigned char *notes, size_t length, char *text, size_t size)
{
	Elf64_Nhdr note; /* a note is the same in ELF files of 32 and 64 bits */
	size_t name, value;

	for (size_t at = 0; length - at >= sizeof(note); at = value + padded(note.n_descsz)) {
		memcpy(&note, notes + at, sizeof(note));
		name = at + sizeof(note);
		if (padded(note.n_namesz) > length - name)
			break;
		value = name + padded(note.n_namesz);
		if (padded(note.n_descsz) > length - value)
			break;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(notes + name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)))
			return to_hex(notes + value, note.n_descsz, text, size);
	}
	return -ENOENT;
}

int kernel_id(char *text, size_t size)
{
	int fd = open(NOTES_PATH, O_RDONLY | O_CLOEXEC), err = 0;
	unsigned char notes[4096];
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, notes, sizeof(notes));
	if (length < 0)
		err = -errno;
	close(fd);
	return err ? err : find_id(notes, (size_t)length, text, size);
}
