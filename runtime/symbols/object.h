/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbol tables of files, shared by all processes that have a file mapped: a file is read once.
 * What no process refers to any more is kept until the memory is wanted for others.
 */
#ifndef DUETRACE_RUNTIME_OBJECT_H
#define DUETRACE_RUNTIME_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/symbols/lines.h"

struct object;
struct objects {
	struct object *first; /* used last first */
	size_t bytes;
	uint32_t n_open; /* files that have not been read yet */
	bool lines;	 /* object_places() will be asked */
};

/*
 * The table of an open file, which it takes, with one more reference; `root` and `path` as in
 * elf_file_open_fd(). The file is read when its first symbol is asked for. NULL: no memory.
 */
struct object *objects_get(struct objects *objects, int fd, int root, const char *path);
/* The same for bytes that are in no file. */
struct object *objects_get_bytes(struct objects *objects, const void *bytes, size_t size);
void objects_put(struct object *object);
/* Free what nobody refers to until `limit` bytes are left. */
void objects_trim(struct objects *objects, size_t limit);

/* Read the file now. */
void object_read(struct objects *objects, struct object *object);
/* The name of the function that an offset of the file is in; NULL. `raw`: as it stands in the file.
 */
const char *object_at(struct objects *objects, struct object *object, uint64_t offset, bool raw,
		      uint64_t *into);
/* Where an offset of the file was written: see lines_at(). */
uint32_t object_places(struct objects *objects, struct object *object, uint64_t offset,
		       struct source_place places[LINES_MAX]);

#endif
