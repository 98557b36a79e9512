/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the kernel's bytes to values, once, whatever is done with them afterwards. A record is as
 * hostile as a file: its real size bounds every read, and one that does not hold what the plan
 * promises is refused whole.
 */
#ifndef DUETRACE_RUNTIME_DECODE_H
#define DUETRACE_RUNTIME_DECODE_H

#include "runtime/value.h"

struct decode_chunk;

/* Where the parts of composite values live until the next decode_arena_reset(). */
struct decode_arena {
	struct decode_chunk *chunk; /* newest first */
	uint32_t used;		    /* in the newest */
};

void decode_arena_reset(struct decode_arena *arena);
void decode_arena_free(struct decode_arena *arena);
/* Room for `count` values, or NULL. */
struct value *decode_arena_values(struct decode_arena *arena, uint32_t count);

/*
 * Decode a value of `type` that is laid out at `data`, of which `type`'s size bytes are there (the
 * plan was checked for that). Strings are NUL-terminated there. Returns 0 or -ENOMEM.
 */
int decode_value(const struct image *image, struct decode_arena *arena, uint32_t type,
		 const void *data, struct value *value);

/*
 * Decode all arguments of a record of `size` bytes, whose header is already known to be there, into
 * `arena`. Returns 0, -EBADMSG when the record does not hold them, or -ENOMEM.
 */
int decode_record(const struct image *image, struct decode_arena *arena,
		  const struct image_event *event, const void *record, size_t size,
		  struct value **args);

#endif
