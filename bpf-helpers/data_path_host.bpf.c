// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The path of an open file in another mount namespace than that of its task: that of the first
 * process of the machine. Of the mounts of the file's file system one is looked for that is in that
 * namespace and shows the file, best one that shows all of it; from there up it is a path as
 * data_path_file.bpf.c writes it. Empty if there is none.
 *
 * The lists are read without their locks: while somebody mounts, a path may not be found.
 *
 * Verifier: what the steps of the search know lies where the text is going to be, see struct walk,
 * so that one walk through a step stands for all. Verified alone, 80 bytes of stack with its steps.
 */
#include "proc.h"

#define MOUNTS_MOST 8192
#define DEPTH_MOST  2048

struct pid_namespace___reaper {
	struct task_struct *child_reaper;
} CORE;

/* Since Linux 6.17 mounts are chained by pointers, before by a list. */
struct list_head {
	struct list_head *next;
} CORE;

struct super_block___list {
	struct list_head s_mounts;
} CORE;

struct mount___list {
	struct list_head mnt_instance;
} CORE;

struct super_block___chain {
	struct mount *s_mounts;
} CORE;

struct mount___chain {
	struct mount *mnt_next_for_sb;
} CORE;

struct super_block___root {
	struct dentry *s_root;
} CORE;

struct search {
	const struct mnt_namespace *space;
	const struct super_block *super;
	const struct dentry *whole; /* the file system's own root */
	const struct dentry *of, *up, *root;
	u64 mount, found; /* struct mount */
};

_Static_assert(sizeof(struct search) <= ABI_TEXT_SIZE, "it fits");

/* What the steps get: it has to be on the stack. */
struct search_at {
	struct search *search;
};

static INLINE const struct mnt_namespace *host_space(const struct task_struct *task)
{
	const struct pid_namespace *space =
		DATA_READ(struct upid, proc_upid(proc_pid(task), 0), ns);
	const struct task_struct *first =
		DATA_READ(struct pid_namespace___reaper, space, child_reaper);
	const struct nsproxy *spaces = DATA_READ(struct task_struct, first, nsproxy);

	return DATA_READ(struct nsproxy, spaces, mnt_ns);
}

/* The first mount of a file system, or the one behind `mount`; 0 behind the last. */
static INLINE u64 next_mount(const struct super_block *super, u64 mount)
{
	u64 head, next;

	if (bpf_core_field_exists(struct mount___chain, mnt_next_for_sb)) {
		if (mount)
			return (u64)DATA_READ(struct mount___chain, (const void *)mount, mnt_next_for_sb);
		return (u64)DATA_READ(struct super_block___chain, super, s_mounts);
	}
	head = (u64)super + bpf_core_field_offset(struct super_block___list, s_mounts);
	next = mount ? mount + bpf_core_field_offset(struct mount___list, mnt_instance) : head;
	next = (u64)DATA_READ(struct list_head, (const void *)next, next);
	return next == head ? 0 : next - bpf_core_field_offset(struct mount___list, mnt_instance);
}

static long below_step(UNUSED u32 i, const struct search_at *at)
{
	struct search *search = at->search;
	const struct dentry *up = search->up;

	if (up == search->root)
		return 1;
	search->up = DATA_READ(struct dentry, up, d_parent);
	return search->up == up;
}

static long mount_step(UNUSED u32 i, struct search_at *at)
{
	struct search *search = at->search;
	u64 address = next_mount(search->super, search->mount);
	const struct mount *mount = (const void *)address;

	search->mount = address;
	if (!mount)
		return 1;
	if (DATA_READ(struct mount, mount, mnt_ns) != search->space)
		return 0;
	search->root = DATA_READ(struct mount, mount, mnt.mnt_root);
	if (search->root == search->whole) {
		search->found = address;
		return 1;
	}
	if (search->found)
		return 0;
	search->up = search->of;
	bpf_loop(DEPTH_MOST, below_step, at, 0);
	if (search->up == search->root)
		search->found = address;
	return 0;
}

GLOBAL u64 dt_data_path_host_of(const struct data_place *place, struct data_text *to)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	struct data_place there;
	struct search_at at;
	struct search *search;
	const struct mount *mount;

	if (!place || !to || !place->dentry)
		return DATA_TEXT(DATA_TEXT_END);
	search = (struct search *)to->bytes;
	at.search = search;
	search->space = host_space(task);
	search->of = (const void *)place->dentry;
	search->super = DATA_READ(struct dentry, search->of, d_sb);
	search->whole = DATA_READ(struct super_block___root, search->super, s_root);
	search->mount = 0;
	mount = (const void *)(place->mnt - bpf_core_field_offset(struct mount, mnt));
	search->found = 0;
	if (DATA_READ(struct mount, mount, mnt_ns) == search->space)
		search->found = (u64)mount;
	else
		bpf_loop(MOUNTS_MOST, mount_step, &at, 0);
	if (!search->found)
		return DATA_TEXT(DATA_TEXT_END);
	there.mnt = search->found + bpf_core_field_offset(struct mount, mnt);
	there.dentry = place->dentry;
	return dt_data_path_file_of(&there, to);
}

INLINE u64 dt_data_path_host(const struct file *file, char *text)
{
	struct data_place place;

	if (!file)
		return DATA_TEXT(DATA_TEXT_END);
	place.mnt = (u64)DATA_READ(struct file, file, f_path.mnt);
	place.dentry = (u64)DATA_READ(struct file, file, f_path.dentry);
	return dt_data_path_host_of(&place, (struct data_text *)text);
}
