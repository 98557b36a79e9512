/* SPDX-License-Identifier: Apache-2.0 */
/* Where the symbols of a stripped program are: separate files below /usr/lib/debug and beside it.
 */
#ifndef DUETRACE_RUNTIME_DEBUG_FILE_H
#define DUETRACE_RUNTIME_DEBUG_FILE_H

#include <elfutils/libdw.h>
#include <stdint.h>

/* Open a path below a root folder, whose links do not lead out of it. A regular file or nothing:
 * returns a descriptor or -errno. */
int debug_file_open_below(int root, const char *path);
/* By the build ID, in the root given and in our own. Returns a descriptor or -errno. */
int debug_file_by_id(int root, const unsigned char *id, uint32_t length);
/* By .gnu_debuglink: a file's name and the CRC of its content; `path`: of the program. */
int debug_file_by_link(int root, const char *path, const char *link, uint32_t crc);
/* The debug info of an open file, to be ended before it is closed. NULL: it has none, or there is no file. */
Dwarf *debug_file_dwarf(int fd);

#endif
