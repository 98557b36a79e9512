/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the functions behind the args of data probes share: the caller's arguments, and the objects
 * of the kernel that they lead to. As in task.h, members are found by CO-RE.
 *
 * Pointers that the verifier knows the type of (registers, the running task) are followed by plain
 * loads, which cost least; everything else is read by helper.
 */
#ifndef DUETRACE_DATA_H
#define DUETRACE_DATA_H

#include <asm/unistd.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_core_read.h>

#include "task.h"

#define CORE __attribute__((preserve_access_index))

struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
} CORE;

struct qstr {
	u32 len;
	const unsigned char *name;
} CORE;

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
} CORE;

struct vfsmount {
	struct dentry *mnt_root;
} CORE;

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
} CORE;

struct file {
	struct path f_path;
	struct inode *f_inode;
	u32 f_flags;
	void *private_data;
	long long f_pos;
} CORE;

struct file_system_type {
	const char *name;
} CORE;

struct gendisk {
	int flags;
} CORE;

struct block_device {
	struct gendisk *bd_disk;
} CORE;

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
	struct file_system_type *s_type;
	struct block_device *s_bdev;
} CORE;

struct inode {
	unsigned short i_mode;
	kuid_t i_uid;
	struct super_block *i_sb;
	unsigned long i_ino;
	long long i_size;
	void *i_private;
} CORE;

/* Arguments of system calls are where the machine's ABI says; i386's are beside x86-64's. */
#ifdef __TARGET_ARCH_x86
struct pt_regs {
	unsigned long di, si, dx, r10, r8, r9, bx, cx, bp, orig_ax;
} CORE;
#define DATA_NUMBER(regs) ((regs)->orig_ax)
#define DATA_ARGS(regs) {(regs)->di, (regs)->si, (regs)->dx, (regs)->r10, (regs)->r8, (regs)->r9}
#define DATA_COMPAT_ARGS(regs)                                                                     \
	{(u32)(regs)->bx, (u32)(regs)->cx, (u32)(regs)->dx, (u32)(regs)->si, (u32)(regs)->di, (u32)(regs)->bp}
#define TS_COMPAT 2
#define DATA_IS_COMPAT(task) ((task)->thread_info.status & TS_COMPAT)
#else
struct pt_regs {
	unsigned long regs[31], orig_x0;
	int syscallno;
} CORE;
#define DATA_NUMBER(r) ((u64)(u32)(r)->syscallno)
#define DATA_ARGS(r) {(r)->orig_x0, (r)->regs[1], (r)->regs[2], (r)->regs[3], (r)->regs[4], (r)->regs[5]}
#define DATA_COMPAT_ARGS(r) DATA_ARGS(r)
#define DATA_IS_COMPAT(task) 0
#endif

#define UNUSED __attribute__((unused))

/* A value that was just read: it stays a read of its own. */
static INLINE UNUSED u64 data_apart(u64 value)
{
	asm volatile("" : "+r"(value));
	return value;
}

/* The request of an io_uring; NULL if it is none. */
static INLINE UNUSED struct abi_uring *data_uring(const struct abi_data *op)
{
	if (op->via != ABI_VIA_URING)
		return 0;
	return (void *)((char *)op->kept - offsetof(struct abi_uring, kept));
}

/* Argument `i`, a constant, of the system call; from the third on not where op->words are used. */
static INLINE UNUSED u64 data_arg(const struct abi_data *op, unsigned int i)
{
	return op->args[i];
}

static INLINE UNUSED void data_fill_args(struct abi_data *op, const struct pt_regs *regs)
{
	if (op->via == ABI_VIA_COMPAT) {
		u64 compat[] = DATA_COMPAT_ARGS(regs);

		for (u32 i = 0; i < 6; i++)
			op->args[i] = data_apart(compat[i]);
	} else {
		u64 args[] = DATA_ARGS(regs);

		for (u32 i = 0; i < 6; i++)
			op->args[i] = data_apart(args[i]);
	}
}

/* The number of a system call that only 32-bit programs have. */
#define COMPAT_CALL(number) (ABI_DATA_COMPAT_ONLY | (number))

/* A 64-bit argument, which 32-bit programs put into two. */
static INLINE UNUSED u64 data_wide(const struct abi_data *op, unsigned int i)
{
	if (op->via == ABI_VIA_COMPAT)
		return data_arg(op, i) | data_arg(op, i + 1) << 32;
	return data_arg(op, i);
}

static INLINE UNUSED bool data_ok(const struct abi_data *op)
{
	return (u64)op->result < (u64)-4095;
}

/* Gives an address a type; there since 6.2. The verifier makes it a move. */
extern void *bpf_rdonly_cast(const void *object, u32 type) __ksym __weak;

/* A member of a struct at an address that the verifier knows nothing of; 0 if it cannot be read. */
#define DATA_READ(type, from, member)                                                              \
	({                                                                                         \
		/* behind a comma: without const */                                                \
		__typeof__(((void)0, ((type *)0)->member)) value_;                                 \
		if (bpf_rdonly_cast)                                                               \
			value_ = ((type *)bpf_rdonly_cast(from, bpf_core_type_id_kernel(type)))->member; \
		else                                                                               \
			bpf_probe_read_kernel(&value_, sizeof(value_), &((type *)(from))->member); \
		value_;                                                                            \
	})

/* The open file of a descriptor of the running task; NULL if there is none. */
static INLINE UNUSED const struct file *data_file(u64 fd)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct files_struct *files = task->files;
	const struct fdtable *table;
	const struct file *file = 0;

	if (!files)
		return 0;
	table = files->fdt;
	if ((u32)fd >= table->max_fds)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), table->fd + (u32)fd);
	return file;
}

/* The device of an inode, as stat() has it. */
static INLINE UNUSED u64 data_device(const struct inode *inode)
{
	const struct super_block *super = DATA_READ(struct inode, inode, i_sb);
	u64 device = DATA_READ(struct super_block, super, s_dev), minor = device & 0xfffff;

	return (minor & 0xff) | device >> 20 << 8 | (minor & ~0xffULL) << 12;
}

/* See ABI_TEXT_BUFFER: the bytes from `at` to the end. */
#define DATA_TEXT_END (ABI_TEXT_SIZE - 1)
#define DATA_TEXT(at) ((u64)(DATA_TEXT_END - (at)) | (u64)(at) << ABI_TEXT_OFFSET_SHIFT)

/* What functions that are verified alone get. */
struct data_text {
	char bytes[ABI_TEXT_BUFFER];
};
struct data_work {
	char bytes[ABI_TEXT_WORK];
};
/* A place in a tree. In memory, where the verifier takes a pointer that it knows for a number. */
struct data_place {
	u64 mnt, dentry;
};

/* bpf-helpers/data_path_*.bpf.c */
u64 dt_data_path_file(const struct file *file, char *text);
u64 dt_data_path_file_of(const struct data_place *place, struct data_text *text);
/* bpf-helpers/data_path_host.bpf.c */
u64 dt_data_path_host(const struct file *file, char *text);
u64 dt_data_path_host_of(const struct data_place *place, struct data_text *text);
u64 dt_data_path_joined(struct data_text *text, struct data_work *name, u64 length, u64 directory);
u64 dt_data_path_real(struct data_text *text, struct data_work *name, u64 length, u64 directory, u64 follow);
/*
 * Of the user's name at an address, relative to a directory; flags: AT_EMPTY_PATH counts, and
 * AT_SYMLINK_FOLLOW where a link is not meant itself.
 */
u64 dt_data_path_at(const struct abi_data *op, char *text, char *work, u64 name, u64 directory,
		    u64 flags);
/* Of flags with AT_SYMLINK_NOFOLLOW. */
#define DATA_FOLLOWS(flags) ((flags) & AT_SYMLINK_NOFOLLOW ? (flags) & ~(u64)AT_SYMLINK_FOLLOW : (flags) | AT_SYMLINK_FOLLOW)
/* bpf-helpers/data_fs.bpf.c */
u64 dt_data_fs(const struct inode *inode, char *text);
u64 dt_data_user_text(const struct abi_data *op, char *text, u64 from);
/* bpf-helpers/data.bpf.c */
u64 dt_data_word(const u64 *from);

/* The open file of argument `i`, a descriptor, one of the first three. A ring's may be registered. */
static INLINE UNUSED const struct file *data_file_of(const struct abi_data *op, unsigned int i)
{
	const struct abi_uring *request = data_uring(op);

	return request ? (const void *)dt_data_word(&request->files[i]) : data_file(data_arg(op, i));
}

/* Its inode; NULL if there is none. */
static INLINE UNUSED const struct inode *data_inode_of(const struct abi_data *op, unsigned int i)
{
	const struct file *file = data_file_of(op, i);

	return file ? DATA_READ(struct file, file, f_inode) : 0;
}

#endif
