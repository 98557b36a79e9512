// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The name of the container that the running task is in, into ABI_CONTAINER bytes at `to`, aligned to 8;
 * returns its length, 0 on the host. Looked for in this order:
 *
 *  1. the names of its cgroups of version 2, from the inside out:
 *     docker-ID.scope libpod-ID.scope cri-containerd-ID.scope crio-ID.scope   the ID's first 12 digits
 *     64 hexadecimal digits (docker and kubernetes without systemd)           likewise
 *     machine-NAME.scope systemd-nspawn@NAME.service lxc.payload.NAME         NAME
 *  2. the same of its cgroups of version 1, in two hierarchies that engines use
 *  3. outside of the initial PID namespace, the UTS node name
 *
 * Most tasks are in none: of each name the first eight bytes tell that. What cgroups say is kept by
 * their IDs in the slot of scratch that the program has to itself: looking through the names of two
 * hierarchies took half of the time of a record. A hierarchy of version 1 lets a cgroup be renamed: that is
 * noticed of the task's own and of the one around it, and not further out; engines do not do that.
 *
 * Verifier: the kernel runs the levels (bpf_loop), so one is all that is verified; names are read by
 * helper with constant sizes, loops over their bytes have constant bounds and next to no branches.
 */
#include "data.h"

#define LEVELS 8
#define SHORT_ID 12
#define LONG_ID 64

/* Since 6.15. */
struct kernfs_node___renamed {
	struct kernfs_node *__parent;
} CORE;

/* What a function that is verified alone gets. */
struct container_name {
	char bytes[ABI_CONTAINER];
};

enum cgroup_subsys_id { memory_cgrp_id = 4, pids_cgrp_id = 11 };

/* Up to eight bytes as a number, as memory holds them. */
#define BYTES(a, b, c, d, e, f, g, h)                                                              \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 |             \
	 (u64)(f) << 40 | (u64)(g) << 48 | (u64)(h) << 56)
#define FIRST(word, n) ((n) < 8 ? (word) & ((1ULL << (n) * 8) - 1) : (word))

/* The same byte eight times. */
#define EACH(byte) ((byte) * ones)

/* Whether eight bytes are digits of a hexadecimal number, without a branch: the highest bit of each
 * byte of a sum says what a comparison would. */
static INLINE bool is_hex(u64 word)
{
	u64 ones = 0x01010101, digit, letter, no_digit, no_letter;

	/* Or a loop keeps all of the constants, which takes more registers than there are. */
	asm volatile("" : "+r"(ones));
	ones |= ones << 32;
	digit = word ^ EACH('0');
	letter = word ^ EACH('a' - 1);
	no_digit = digit + EACH(0x80 - 10);
	no_letter = (letter + EACH(0x80 - 7)) | ~(letter + EACH(0x7f));
	return !(((no_digit & no_letter) | word) & EACH(0x80));
}

/*
 * An ID of 64 digits at `from`: keep the first of them. 0: it is none. By halves, from the second, and
 * one word after the other, for the stack: this is the end of the longest chain of calls there is.
 */
static OUTLINE u64 take_id(char *to, const char *from)
{
	u64 half[LONG_ID / 16];

#pragma clang loop unroll(disable)
	for (u64 at = LONG_ID / 2;; at -= LONG_ID / 2) {
		if (bpf_probe_read_kernel(half, sizeof(half), from + at))
			return 0;
#pragma clang loop unroll(disable)
		for (u32 i = 0; i < LONG_ID / 16; i++)
			if (!is_hex(half[i]))
				return 0;
		if (!at)
			break;
	}
	__builtin_memcpy(to, half, SHORT_ID);
	return SHORT_ID;
}

/* `at` is where the end of a name would begin: take it away if that is what is there. */
static INLINE bool drop_end(char *to, u64 at, const char *end, u32 length)
{
	if (at >= ABI_CONTAINER - 16)
		return false;
	for (u32 i = 0; i < length; i++)
		if (to[at + i] != end[i])
			return false;
	for (u32 i = 0; i < length; i++)
		to[at + i] = 0;
	return true;
}

/* A name without its ".scope" or ".service". */
static OUTLINE u64 take_name(char *to, const char *from)
{
	s64 read = bpf_probe_read_kernel_str(to, ABI_CONTAINER - 16, from);
	u64 length;

	if (read <= 1 || read > ABI_CONTAINER - 16)
		return 0;
	length = (u64)read - 1;
	if (drop_end(to, length - 6, ".scope", 6))
		return length - 6;
	return drop_end(to, length - 8, ".service", 8) ? length - 8 : length;
}

/* What a cgroup's name says of a container; 0: nothing. */
static INLINE u64 take(char *to, const char *name)
{
	u64 words[2] = {0, 0};

	if (bpf_probe_read_kernel(words, sizeof(words), name))
		return 0;
	switch (FIRST(words[0], 7)) {
	case BYTES('d', 'o', 'c', 'k', 'e', 'r', '-', 0):
	case BYTES('l', 'i', 'b', 'p', 'o', 'd', '-', 0):
		return take_id(to, name + 7);
	}
	if (FIRST(words[0], 5) == BYTES('c', 'r', 'i', 'o', '-', 0, 0, 0))
		return take_id(to, name + 5);
	switch (words[0]) {
	case BYTES('c', 'r', 'i', '-', 'c', 'o', 'n', 't'):
		return FIRST(words[1], 7) == BYTES('a', 'i', 'n', 'e', 'r', 'd', '-', 0)
			       ? take_id(to, name + 15)
			       : 0;
	case BYTES('m', 'a', 'c', 'h', 'i', 'n', 'e', '-'):
		return take_name(to, name + 8);
	case BYTES('s', 'y', 's', 't', 'e', 'm', 'd', '-'):
		return FIRST(words[1], 7) == BYTES('n', 's', 'p', 'a', 'w', 'n', '@', 0)
			       ? take_name(to, name + 15)
			       : 0;
	case BYTES('l', 'x', 'c', '.', 'p', 'a', 'y', 'l'):
		return FIRST(words[1], 4) == BYTES('o', 'a', 'd', '.', 0, 0, 0, 0)
			       ? take_name(to, name + 12)
			       : 0;
	}
	return is_hex(words[0]) ? take_id(to, name) : 0;
}

struct search {
	const struct kernfs_node *node;
	char *to;
	u64 length;
};

/* One level; not 0: found, or there is nothing further out. */
static long search_step(UNUSED u32 i, struct search *search)
{
	const struct kernfs_node *node = search->node;

	search->length = take(search->to, DATA_READ(struct kernfs_node, node, name));
	if (bpf_core_field_exists(struct kernfs_node___renamed, __parent))
		search->node = DATA_READ(struct kernfs_node___renamed, node, __parent);
	else
		search->node = DATA_READ(struct kernfs_node, node, parent);
	return search->length || !search->node;
}

/* From a cgroup outwards. */
static OUTLINE u64 search_from(char *to, const struct cgroup *group)
{
	struct search search = {.node = DATA_READ(struct cgroup, group, kn), .to = to};

	bpf_loop(LEVELS, search_step, &search, 0);
	return search.length < ABI_CONTAINER ? search.length : 0;
}

static INLINE const struct css_set *own_set(void)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	return task->cgroups;
}

/* The cgroup of a controller, if it is not the one of version 2 that was searched already. */
#define GROUP_OF(set, controller)                                                                  \
	({                                                                                         \
		const struct cgroup *group_ = 0;                                                   \
                                                                                                   \
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, controller)) {               \
			group_ = (set)->subsys[bpf_core_enum_value(enum cgroup_subsys_id,          \
								   controller)]                    \
					 ->cgroup;                                                 \
			if (group_ == (set)->dfl_cgrp)                                             \
				group_ = 0;                                                        \
		}                                                                                  \
		group_;                                                                            \
	})
#define MEMORY_GROUP(set) GROUP_OF(set, memory_cgrp_id)
#define PIDS_GROUP(set)	  GROUP_OF(set, pids_cgrp_id)

/* The kernel's number of a cgroup, which is never given to another; 0: of none. */
static INLINE u64 id_of(const struct cgroup *group)
{
	return group ? group->kn->id : 0;
}

/* The kernel's hashes of the names that a cgroup of version 1 and the one around it have. */
static INLINE u32 names_of(const struct cgroup *group)
{
	const struct kernfs_node *node, *around;

	if (!group)
		return 0;
	node = group->kn;
	if (bpf_core_field_exists(struct kernfs_node___renamed, __parent)) {
		around = DATA_READ(struct kernfs_node___renamed, node, __parent);
		return node->hash + 3 * (around ? DATA_READ(struct kernfs_node, around, hash) : 0);
	}
	around = node->parent;
	return node->hash + 3 * around->hash;
}

/* A name and what is behind it; from NULL: zeros. */
static INLINE void copy_name(char *to, const char *from)
{
	u64 *words = (u64 *)to;

	for (u32 i = 0; i < ABI_CONTAINER / 8; i++)
		words[i] = from ? ((const u64 *)from)[i] : 0;
}

/*
 * What the cgroups of the running task say; `name` has zeros. For callers that may be dead: what is verified
 * alone is so even then before Linux 6.8, and a locked down kernel refuses what reads its memory.
 */
INLINE u64 dt_task_container_names(struct container_name *name)
{
	const struct css_set *set = own_set();
	const struct cgroup *group;
	u64 length = search_from(name->bytes, set->dfl_cgrp);

	if (length)
		return length;
	group = MEMORY_GROUP(set);
	if (group && (length = search_from(name->bytes, group)))
		return length;
	group = PIDS_GROUP(set);
	return group ? search_from(name->bytes, group) : 0;
}

/* The same, verified alone. */
GLOBAL u64 dt_task_container_search(struct container_name *name)
{
	return name ? dt_task_container_names(name) : 0;
}

INLINE u64 dt_task_container(char *to, struct abi_container *known)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct css_set *set = own_set();
	u64 first = id_of(set->dfl_cgrp), second = id_of(MEMORY_GROUP(set)), third = id_of(PIDS_GROUP(set));
	u32 names = names_of(MEMORY_GROUP(set)) + 5 * names_of(PIDS_GROUP(set));
	u64 length;
	s64 read;

	known += (first + second + third) & (ABI_CONTAINERS - 1);
	if (known->groups[0] != first || known->groups[1] != second || known->groups[2] != third ||
	    known->names != names) {
		known->groups[0] = first;
		known->groups[1] = second;
		known->groups[2] = third;
		known->names = names;
		copy_name(known->name, 0);
		known->length = (u32)dt_task_container_search((struct container_name *)known->name);
	}
	length = known->length & (ABI_CONTAINER - 1);
	if (length) {
		copy_name(to, known->name);
		return length;
	}
	if (!task->thread_pid->level)
		return 0;
	read = bpf_probe_read_kernel_str(to, ABI_CONTAINER, task->nsproxy->uts_ns->name.nodename);
	return read > 0 && read <= ABI_CONTAINER ? (u64)read - 1 : 0;
}
