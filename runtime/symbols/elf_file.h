/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symbols of one ELF file: programs, shared libraries, the vdso. Any file may be given: one
 * that is damaged, or changes while it is read, is refused or has fewer symbols.
 *
 * Addresses are virtual ones, as the file was linked; offsets are positions in the file, which is
 * what a mapping of it and a uprobe are told by.
 */
#ifndef DUETRACE_RUNTIME_ELF_FILE_H
#define DUETRACE_RUNTIME_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file;

struct elf_symbol {
	const char
		*name; /* as it stands in the file (C++: mangled); lives as long as the elf_file */
	uint64_t address;
	uint64_t size; /* 0: the file does not say */
};

/* Returns 0; -ENOEXEC if it is no ELF file of this machine's byte order; or another -errno. */
int elf_file_open(struct elf_file **file, const char *path);
/*
 * The same for a descriptor, which it takes. `path` is where the file is as its process sees it
 * below the folder `root` (a descriptor, or AT_FDCWD for our own root): that is where its debug
 * file is looked for. NULL: only by build ID.
 */
int elf_file_open_fd(struct elf_file **file, int fd, int root, const char *path);
/* The same for bytes, which are copied. */
int elf_file_open_bytes(struct elf_file **file, const void *bytes, size_t size);
void elf_file_close(struct elf_file *file);

/*
 * Functions, sorted by address, the best name of an address first (a size, global before weak
 * before local). They come from .symtab, else from .symtab of the debug file (build ID,
 * .gnu_debuglink) and .dynsym, and are read when they are first asked for. Indices go from 0 to
 * elf_file_functions() - 1.
 */
uint32_t elf_file_functions(struct elf_file *file);
struct elf_symbol elf_file_function(struct elf_file *file, uint32_t index);
/* The function that an address is in, as its index; -ENOENT. */
int64_t elf_file_at(struct elf_file *file, uint64_t address);
/* A function or object by its name, in all tables there are. Returns 0 or -ENOENT. */
int elf_file_find(struct elf_file *file, const char *name, struct elf_symbol *symbol);

/* Where a virtual address is in the file, and back, and whether it is run. Return 0, or -ENOENT if
 * no segment has it. */
int elf_file_offset(const struct elf_file *file, uint64_t address, uint64_t *offset);
bool elf_file_is_code(const struct elf_file *file, uint64_t address);
int elf_file_address(const struct elf_file *file, uint64_t offset, uint64_t *address);
/* The build ID; returns its length, 0 without one. */
uint32_t elf_file_build_id(const struct elf_file *file, const unsigned char **id);
/* Bytes of memory that it keeps. */
size_t elf_file_memory(const struct elf_file *file);
/* Read the functions and let go of the file: elf_file_find() finds nothing more. */
void elf_file_detach(struct elf_file *file);

#endif
