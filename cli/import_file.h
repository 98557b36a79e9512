/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a script imports: the answers to WORLD_IMPORT. */
#ifndef DUETRACE_IMPORT_FILE_H
#define DUETRACE_IMPORT_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A file's text, or for a path that ends in / the names of what a folder has to import. Returns 0
 * and malloc'ed bytes with a NUL behind them, or -errno as lang/world.h has it.
 */
int import_file_read(const char *path, char **data, size_t *size);
/* A header; `trusted`: its folder was named by somebody who may, so it may be writable. */
int import_file_read_header(const char *path, bool trusted, char **data, size_t *size);
/* C for BPF. */
int import_file_read_bpf(const char *path, char **data, size_t *size);
/* A file of patterns. */
int import_file_read_list(const char *path, char **data, size_t *size);

#endif
