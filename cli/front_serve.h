/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket to the compile child, and the parent's end of it. Child to parent: struct front_head and a
 * name, any number of times; then a head that says that it is done, the output and the diagnostics.
 * Parent to child: struct front_reply and the bytes of the answer. Both run on one machine from one
 * binary, so structs go as they are. The child may have been taken over by its script: nothing that it
 * sends is more than bytes, and what it can make us do has limits.
 */
#ifndef DUETRACE_FRONT_SERVE_H
#define DUETRACE_FRONT_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compile_result;
struct world_ops;

/* More than any answer or image needs, and than any name. */
#define FRONT_DONE_LIMIT (256u << 20)
#define FRONT_NAME_LIMIT (1u << 20)
/* For answers, of our CPU time; it has 60 of its own. */
#define FRONT_CPU_SECONDS 120

enum front_message { FRONT_ASK = 1, FRONT_DONE = 2 };

struct front_head {
	uint32_t message;  /* enum front_message */
	uint32_t question; /* ASK */
	uint64_t first;    /* ASK: length of the name; DONE: of the output */
	uint64_t second;   /* DONE: length of the diagnostics */
	uint32_t made;     /* DONE: compile()'s result */
	uint32_t reserved;
};

struct front_reply {
	int64_t result;
	uint64_t size;
};

bool front_put(int fd, const void *bytes, size_t size);
bool front_get(int fd, void *bytes, size_t size);
/* `size` bytes and a NUL, malloc'ed; NULL: they did not come, or are more than the limit. */
char *front_get_bytes(int fd, uint64_t size, uint64_t limit);

/*
 * Answer questions until the child is done. `forget`, which may be NULL, is called behind each answer, as
 * nobody looks at it any more. True if a result came and it was made; its members are malloc'ed, and NULL
 * where nothing came.
 */
bool front_serve(int fd, const struct world_ops *world, void (*forget)(void *world),
		 struct compile_result *result);

#endif
