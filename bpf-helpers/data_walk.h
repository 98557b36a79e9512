/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Paths, written from their end into a text (ABI_TEXT_BUFFER): first what is known by name, then up
 * from a dentry, over mounts, to the root of the mount namespace.
 *
 * Verifier: `at` is masked before each store, a name has at most 255 bytes, and the buffer is longer
 * than both together. The kernel runs the steps (bpf_loop), so one step is all that is verified.
 */
#ifndef DUETRACE_DATA_WALK_H
#define DUETRACE_DATA_WALK_H

#include <linux/fcntl.h>

#include "data.h"

/*
 * Where a walk is. It lies behind the text, not on the stack: of numbers in a map the verifier knows
 * nothing, so one walk through a step's code stands for all of them.
 */
struct walk {
	u64 at;   /* where the path begins so far */
	u64 skip; /* names to leave out: there is a .. for each */
	const struct dentry *dentry, *root;
	const struct mount *mount;
	u64 length, end, part; /* data_path_joined.bpf.c */
};

#define WALK_OF(text) ((struct walk *)((text) + ABI_TEXT_WALK))
_Static_assert(ABI_TEXT_WALK + sizeof(struct walk) <= ABI_TEXT_BUFFER, "it fits");

/* What the steps get. */
struct walk_texts {
	char *text;
	const char *name;
};

#define NAME_MOST 255
/* No path has more names than half of its bytes; mounts come on top. */
#define WALK_STEPS 4096

/* Where a name begins: at the root, or in a directory, which is a descriptor or AT_FDCWD. */
static INLINE UNUSED void walk_begin(struct path *path, const char *name, u64 directory)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct fs_struct *fs = task->fs;
	const struct file *file;

	if (*name != '/' && (int)directory != AT_FDCWD) {
		file = data_file(directory);
		if (file)
			bpf_probe_read_kernel(path, sizeof(*path), &file->f_path);
	} else if (fs) {
		bpf_probe_read_kernel(path, sizeof(*path), *name == '/' ? &fs->root : &fs->pwd);
	}
}

/* One of the kernel's that begins with a number: as such are bytes loaded. */
struct timespec64 {
	s64 tv_sec;
} CORE;

#define SHORT_NAME 31

/*
 * Copy a name of at most SHORT_NAME bytes: most are, and a helper's call takes longer than the rest of a
 * step. Words are loaded past the name's end; what stands behind it in the text stays.
 */
static INLINE UNUSED void walk_copy_short(char *to, const char *name, u64 length)
{
	for (u32 i = 0; i <= SHORT_NAME; i += 8, length -= 8) {
		u64 bytes = (u64)DATA_READ(struct timespec64, name + i, tv_sec), mask;
		u64 *word = (u64 *)(to + i);

		if (length < 8) {
			mask = (1ULL << length * 8) - 1;
			*word = (bytes & mask) | (*word & ~mask);
			return;
		}
		*word = bytes;
	}
}

/* Put a part of a name in front, of at most NAME_MOST bytes. True: there was no room, the path now begins with "..". */
static INLINE UNUSED bool walk_prepend_part(char *text, const void *name, u32 length, bool slash)
{
	struct walk *walk = WALK_OF(text);
	u64 at = walk->at;

	if (length > NAME_MOST || at < length + slash) {
		/* Without room for the dots they take that of what is there. */
		at = (at < 2 ? at : at - 2) & (ABI_TEXT_SIZE - 1);
		text[at] = '.';
		text[at + 1] = '.';
		walk->at = at;
		return true;
	}
	at = (at - length - slash) & (ABI_TEXT_SIZE - 1);
	/* LLVM would leave the mask out, which the verifier asks for. */
	asm volatile("" : "+r"(length));
	text[at] = '/';
	if (bpf_rdonly_cast && length <= SHORT_NAME)
		walk_copy_short(text + at + slash, name, length);
	else
		bpf_probe_read_kernel(text + at + slash, length & NAME_MOST, name);
	walk->at = at;
	return false;
}

/* The same of "/name". */
static INLINE UNUSED bool walk_prepend(char *text, const void *name, u32 length)
{
	return walk_prepend_part(text, name, length, true);
}

/* One name, or over one mount. Not 0: there is nothing further up. */
static long walk_step(UNUSED u32 i, struct walk_texts *texts)
{
	struct walk *walk = WALK_OF(texts->text);
	const struct dentry *dentry = walk->dentry;
	const struct dentry *up;
	const struct mount *parent;

	if (dentry == walk->root) {
		parent = DATA_READ(struct mount, walk->mount, mnt_parent);
		if (parent == walk->mount)
			return 1;
		walk->dentry = DATA_READ(struct mount, walk->mount, mnt_mountpoint);
		walk->mount = parent;
		walk->root = DATA_READ(struct mount, parent, mnt.mnt_root);
		return 0;
	}
	up = DATA_READ(struct dentry, dentry, d_parent);
	if (up == dentry || !up)
		return 1;
	walk->dentry = up;
	if (walk->skip) {
		walk->skip--;
		return 0;
	}
	return walk_prepend(texts->text, DATA_READ(struct dentry, dentry, d_name.name),
			    DATA_READ(struct dentry, dentry, d_name.len));
}

/* From `path` up, with `at` and `skip` set. */
static INLINE UNUSED u64 walk_up(struct walk_texts *texts, const struct path *path)
{
	struct walk *walk = WALK_OF(texts->text);
	const struct vfsmount *mount = path->mnt;

	walk->dentry = path->dentry;
	walk->mount = (const void *)((const char *)mount - bpf_core_field_offset(struct mount, mnt));
	walk->root = DATA_READ(struct vfsmount, mount, mnt_root);
	bpf_loop(WALK_STEPS, walk_step, texts, 0);
	/* Only the root itself has no name. */
	if (walk->at == DATA_TEXT_END) {
		walk->at--;
		texts->text[DATA_TEXT_END - 1] = '/';
	}
	return DATA_TEXT(walk->at);
}

#endif
