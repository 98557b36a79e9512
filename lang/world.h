/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outside world, as the language sees it: the only road by which lang/ and compiler/ learn
 * anything about the kernel, files or the machine. Every answer is bytes, so that the same question
 * can be answered by the kernel, over a pipe by another process, or from a frozen folder in a test.
 */
#ifndef DUETRACE_WORLD_H
#define DUETRACE_WORLD_H

#include <stddef.h>

enum world_question {
	WORLD_TRACEPOINT_FORMAT, /* name "category:event": the text of its tracefs `format` file */
	WORLD_TRACEPOINT_LIST,   /* name "": one "category:event" a line, sorted bytewise */
	WORLD_KERNEL_BTF,        /* name "": the raw BTF of vmlinux */
	WORLD_KERNEL_ID,	 /* name "": what tells this kernel from all others, its build ID */
	WORLD_IMPORT,            /* name: path of a file to import, or of a folder, whose answer is
				  * the names of the files in it that can be, one a line, sorted.
				  * -EPERM: everybody could write there; -EISDIR: ask with a / behind */
	WORLD_CGROUP_ID,	 /* name: path of a cgroup (v2): its ID in decimal */
	WORLD_QUESTIONS,
};

struct world_answer {
	const char *data; /* belongs to the world, lives as long as it does; data[size] is 0, save for a BTF */
	size_t size;
};

struct world_ops {
	/*
	 * Returns 0 and fills `answer`; -ENOENT: there is no such thing; -EACCES, -EPERM: not
	 * allowed to look; any other -errno: could not find out.
	 */
	int (*ask)(void *self, enum world_question question, const char *name,
		   struct world_answer *answer);
	void *self;
};

#endif
