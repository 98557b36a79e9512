// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The path of an open file, as struct walk writes it: absolute in the mount namespace, with
 * " (deleted)" behind one that has no name any more.
 *
 * Verifier: see data_walk.h. A function of its own, 120 bytes of stack with that of its steps.
 */
#include "data_walk.h"

static OUTLINE u64 path_file(const struct file *file, char *text)
{
	static const char deleted[] = " (deleted)";
	struct walk_texts texts = {.text = text};
	u64 at = DATA_TEXT_END;
	const struct dentry *dentry;
	struct path path = {0};

	if (!file)
		return DATA_TEXT(DATA_TEXT_END);
	path.mnt = DATA_READ(struct file, file, f_path.mnt);
	path.dentry = DATA_READ(struct file, file, f_path.dentry);
	dentry = path.dentry;
	if (!DATA_READ(struct dentry, dentry, d_hash.pprev) && DATA_READ(struct dentry, dentry, d_parent) != dentry) {
		at -= sizeof(deleted) - 1;
		__builtin_memcpy(text + DATA_TEXT_END - (sizeof(deleted) - 1), deleted, sizeof(deleted) - 1);
	}
	WALK_OF(text)->at = at;
	WALK_OF(text)->skip = 0;
	return walk_up(&texts, &path);
}

/* Only what is static to its file is verified where it is called, with what the caller knows. */
INLINE u64 dt_data_path_file(const struct file *file, char *text)
{
	return path_file(file, text);
}
