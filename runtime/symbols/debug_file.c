/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The places are gdb's: /usr/lib/debug/.build-id/xx/yyyy.debug, and of a link beside the program,
 * in .debug there, and below /usr/lib/debug.
 */
#include "runtime/symbols/debug_file.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

#define DEBUG_FOLDER "/usr/lib/debug"
#define MAX_LINKED   (1LL << 30)
/* Of the sections of a file together, as they are when they are not compressed. */
#define MAX_DWARF    (2ULL << 30)

int debug_file_open_below(int root, const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK};
	struct stat stat;
	int fd;

	if (root != AT_FDCWD) {
		how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
		path += strspn(path, "/");
	}
	fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat) || !S_ISREG(stat.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

int debug_file_by_id(int root, const unsigned char *id, uint32_t length)
{
	char path[64 + 2 * 64] = DEBUG_FOLDER "/.build-id/";
	size_t at = strlen(path);
	int fd = -ENOENT;

	if (length < 2 || length > 64)
		return -ENOENT;
	for (uint32_t i = 0; i < length; i++)
		at += (size_t)sprintf(path + at, i == 0 ? "%02x/" : "%02x", id[i]);
	strcpy(path + at, ".debug");
	if (root != AT_FDCWD)
		fd = debug_file_open_below(root, path);
	return fd >= 0 ? fd : debug_file_open_below(AT_FDCWD, path);
}

static bool has_crc(int fd, uint32_t wanted)
{
	unsigned char bytes[16384];
	uLong crc = crc32(0, NULL, 0);
	off_t at = 0;
	struct stat stat;
	ssize_t n;

	/* Whoever made the link may have made the file, with a hole that takes hours to read. */
	if (fstat(fd, &stat) || stat.st_size > MAX_LINKED)
		return false;
	while ((n = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		crc = crc32(crc, bytes, (uInt)n);
		at += n;
	}
	return n == 0 && crc == wanted;
}

int debug_file_by_link(int root, const char *path, const char *link, uint32_t crc)
{
	static const char *const places[] = {"%.*s/%s", "%.*s/.debug/%s", DEBUG_FOLDER "%.*s/%s"};
	const char *slash = strrchr(path, '/');
	char place[PATH_MAX];

	if (!slash || strchr(link, '/'))
		return -ENOENT;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int n, fd;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		n = snprintf(place, sizeof(place), places[i], (int)(slash - path), path, link);
#pragma GCC diagnostic pop
		if (n < 0 || (size_t)n >= sizeof(place))
			continue;
		fd = debug_file_open_below(root, place);
		if (fd < 0)
			continue;
		if (has_crc(fd, crc))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

/* libdw makes room for what a compressed section says that it has: a few bytes could stand for all memory. */
static bool is_bounded(int fd)
{
	Elf_Scn *section = NULL;
	uint64_t sum = 0;
	GElf_Shdr header;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	while (elf && (section = elf_nextscn(elf, section)) && sum <= MAX_DWARF) {
		unsigned char head[24] = {0};
		uint64_t size = 0;

		if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
			continue;
		size = header.sh_size;
		if (size > sizeof(head) && pread(fd, head, sizeof(head), (off_t)header.sh_offset) == sizeof(head)) {
			/* Elf64_Chdr; before there was that, "ZLIB" and the size, high byte first. */
			if (header.sh_flags & SHF_COMPRESSED)
				memcpy(&size, head + 8, sizeof(size));
			else if (!memcmp(head, "ZLIB", 4))
				memcpy(&size, head + 4, sizeof(size)), size = be64toh(size);
		}
		sum = size > MAX_DWARF ? size : sum + size;
	}
	elf_end(elf);
	return elf && sum <= MAX_DWARF;
}

Dwarf *debug_file_dwarf(int fd)
{
	Dwarf *dwarf = fd < 0 || !is_bounded(fd) ? NULL : dwarf_begin(fd, DWARF_C_READ);
	Dwarf_Off next;
	size_t head;

	if (dwarf && !dwarf_nextcu(dwarf, 0, &next, &head, NULL, NULL, NULL))
		return dwarf;
	dwarf_end(dwarf);
	return NULL;
}
