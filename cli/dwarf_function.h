/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What DWARF says of functions: their parameters with all types that those lead to, and where the
 * code of a line of source is.
 */
#ifndef DUETRACE_CLI_DWARF_FUNCTION_H
#define DUETRACE_CLI_DWARF_FUNCTION_H

#include <stdint.h>
#include <stdio.h>

struct dwarf_file;
struct elf_file;

/* Returns 0; -ENODATA: neither the file nor its debug file has DWARF. `elf` is the same file. */
int dwarf_file_open(struct dwarf_file **file, const char *path, const struct elf_file *elf);
void dwarf_file_close(struct dwarf_file *file);
/*
 * The parameters of the function that begins at an address, as lang/user_type.h reads them. Returns
 * 0, -ENODATA if nothing is said of it, or another -errno.
 */
int dwarf_function_parameters(struct dwarf_file *file, uint64_t address, FILE *out);
/*
 * A line "address" in hexadecimal for each place where the code of a line of source begins; column
 * 0: any. -ENOENT: there is no such file; -ENODATA: it has no code on that line.
 */
int dwarf_function_line(struct dwarf_file *file, const char *source, int line, int column,
			FILE *out);

#endif
