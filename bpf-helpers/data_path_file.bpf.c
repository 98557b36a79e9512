// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The path of an open file, as struct walk writes it: absolute in the mount namespace, with
 * " (deleted)" behind one that has no name any more. What is in no mount is named as /proc/self/fd
 * does: "pipe:[1]", "socket:[2]", "net:[3]", "anon_inode:[eventpoll]".
 *
 * Verifier: see data_walk.h. Verified alone, 120 bytes of stack with that of its steps.
 */
#include "data_walk.h"

#define PIPEFS 0x50495045
#define SOCKFS 0x534f434b
#define ANON_INODE_FS 0x09041934
#define NSFS 0x6e736673
/* Room for what is before and behind a name. */
#define ALONE_SIZE 300

struct proc_ns_operations {
	const char *name;
} CORE;

struct ns_common {
	const struct proc_ns_operations *ops;
} CORE;

/* A file that has no directory; its text begins where the buffer does. */
static OUTLINE u64 path_alone(const struct dentry *dentry, char *text)
{
	static const char pipe[] = "pipe:[%lu]", sock[] = "socket:[%lu]", anonymous[] = "anon_inode:%s",
			  space[] = "%s:[%lu]",
			  other[] = "/%s (deleted)";
	const struct inode *inode = DATA_READ(struct dentry, dentry, d_inode);
	const struct super_block *super = DATA_READ(struct inode, inode, i_sb);
	u64 magic = DATA_READ(struct super_block, super, s_magic);
	u64 number = DATA_READ(struct inode, inode, i_ino);
	u64 name = (u64)DATA_READ(struct dentry, dentry, d_name.name);
	const struct ns_common *ns;
	u64 words[2];
	s64 length;

	if (magic == PIPEFS) {
		length = bpf_snprintf(text, ALONE_SIZE, pipe, &number, sizeof(number));
	} else if (magic == SOCKFS) {
		length = bpf_snprintf(text, ALONE_SIZE, sock, &number, sizeof(number));
	} else if (magic == ANON_INODE_FS) {
		length = bpf_snprintf(text, ALONE_SIZE, anonymous, &name, sizeof(name));
	} else if (magic == NSFS) {
		ns = DATA_READ(struct inode, inode, i_private);
		words[0] = (u64)BPF_CORE_READ(ns, ops, name);
		words[1] = number;
		length = bpf_snprintf(text, ALONE_SIZE, space, words, sizeof(words));
	} else {
		length = bpf_snprintf(text, ALONE_SIZE, other, &name, sizeof(name));
	}
	return length > 0 ? (u64)length - 1 : 0;
}

GLOBAL u64 dt_data_path_file_of(const struct data_place *place, struct data_text *to)
{
	static const char deleted[] = " (deleted)";
	struct walk_texts texts = {.text = to->bytes};
	char *text = texts.text;
	u64 at = DATA_TEXT_END;
	const struct dentry *dentry;
	struct path path;

	if (!place || !to || !place->dentry)
		return DATA_TEXT(DATA_TEXT_END);
	dentry = (const void *)place->dentry;
	path.mnt = (void *)place->mnt;
	path.dentry = (void *)dentry;
	if (DATA_READ(struct dentry, dentry, d_parent) == dentry) {
		if (dentry != DATA_READ(struct vfsmount, path.mnt, mnt_root))
			return path_alone(dentry, text);
	} else if (!DATA_READ(struct dentry, dentry, d_hash.pprev)) {
		at -= sizeof(deleted) - 1;
		__builtin_memcpy(text + DATA_TEXT_END - (sizeof(deleted) - 1), deleted, sizeof(deleted) - 1);
	}
	WALK_OF(text)->at = at;
	WALK_OF(text)->skip = 0;
	return walk_up(&texts, &path);
}

INLINE u64 dt_data_path_file(const struct file *file, char *text)
{
	struct data_place place;

	if (!file)
		return DATA_TEXT(DATA_TEXT_END);
	place.mnt = (u64)DATA_READ(struct file, file, f_path.mnt);
	place.dentry = (u64)DATA_READ(struct file, file, f_path.dentry);
	return dt_data_path_file_of(&place, (struct data_text *)text);
}
