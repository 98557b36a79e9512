// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * proc:passfd: descriptors that came from another process: in messages of a Unix socket (SCM_RIGHTS), by
 * recvmsg and recvmmsg, and by pidfd_getfd. One call can bring many: see EVENT_EACH.
 *
 * The kernel has written their numbers into the caller's memory; what they stand for is asked of the
 * kernel.
 *
 * Verifier: the kernel runs the rounds (bpf_loop), and each reads at most one number.
 */
#include "proc.h"

#include "net.h"

/* Where the rounds are, in abi_data.words. */
enum {
	AT,	  /* address of the next number, or header */
	END,	  /* of the message's headers */
	LEFT,	  /* numbers behind the header at hand */
	MESSAGE,  /* address of the next message */
	MESSAGES, /* how many follow */
	FD,
};

#define SOL_SOCKET 1
#define SCM_RIGHTS 1

#define PIDFS_MAGIC 0x50494446

struct header {
	u64 length;
	u32 level, type;
};

INLINE u64 dt_proc_passfd_when(struct abi_data *op)
{
	u64 which;

	op->words[AT] = op->words[END] = op->words[LEFT] = op->words[MESSAGE] = op->words[MESSAGES] = 0;
	op->words[FD] = (u64)-1;
	if (op->call == __NR_pidfd_getfd) {
		op->words[MESSAGES] = 1;
		return 1;
	}
	which = net_which(op);
	if (op->result < 0 || (which != NET_RECVMSG && which != NET_RECVMMSG) || net_has_more(op))
		return 0;
	op->words[MESSAGE] = net_arg(op, 1);
	op->words[MESSAGES] = which == NET_RECVMSG ? 1 : (u64)op->result;
	return 1;
}

/* Where a message's headers are; true: there is none more. */
static INLINE bool next_message(struct abi_data *op)
{
	bool compat = op->via == ABI_VIA_COMPAT;
	const void *from = (const void *)op->words[MESSAGE];
	u64 words[2] = {0};
	u32 half[2] = {0};

	if (!op->words[MESSAGES])
		return true;
	op->words[MESSAGES]--;
	op->words[MESSAGE] += compat ? 32 : 64; /* struct mmsghdr */
	if (compat) {
		bpf_probe_read_user(half, sizeof(half), from + 16);
		words[0] = half[0];
		words[1] = half[1];
	} else {
		bpf_probe_read_user(words, sizeof(words), from + 32);
	}
	op->words[AT] = words[0];
	op->words[END] = words[0] + words[1];
	return false;
}

/* A header: either numbers follow, or the next one. */
static INLINE void next_header(struct abi_data *op, u64 at)
{
	bool compat = op->via == ABI_VIA_COMPAT;
	u64 size = compat ? 12 : sizeof(struct header), align = compat ? 3 : 7;
	struct header header = {0};

	if (compat) {
		u32 words[3] = {0};

		bpf_probe_read_user(words, sizeof(words), (const void *)at);
		header = (struct header){words[0], words[1], words[2]};
	} else {
		bpf_probe_read_user(&header, sizeof(header), (const void *)at);
	}
	if (header.length < size) {
		op->words[AT] = op->words[END] = 0;
	} else if (header.level == SOL_SOCKET && header.type == SCM_RIGHTS) {
		op->words[AT] = at + size;
		op->words[LEFT] = (header.length - size) / 4;
	} else {
		op->words[AT] = at + ((header.length + align) & ~align);
	}
}

/* See EVENT_EACH. Verified alone: before 6.8 the verifier would look at what the first round finds only. */
GLOBAL u64 dt_proc_passfd_each(struct abi_data *op)
{
	u64 at, size, align;
	u32 fd = 0;

	if (!op)
		return ABI_EACH_END;
	at = op->words[AT];
	size = op->via == ABI_VIA_COMPAT ? 12 : 16;
	align = size == 12 ? 3 : 7;
	if (op->call == __NR_pidfd_getfd) {
		if (!op->words[MESSAGES])
			return ABI_EACH_END;
		op->words[MESSAGES] = 0;
		op->words[FD] = data_ok(op) ? (u64)op->result : (u64)-1;
		return ABI_EACH_ONE;
	}
	if (op->words[LEFT]) {
		bpf_probe_read_user(&fd, sizeof(fd), (const void *)at);
		op->words[FD] = fd;
		op->words[LEFT]--;
		at += 4;
		op->words[AT] = op->words[LEFT] ? at : (at + align) & ~align;
		return ABI_EACH_ONE;
	}
	if (at && at + size <= op->words[END]) {
		next_header(op, at);
		return ABI_EACH_NONE;
	}
	return next_message(op) ? ABI_EACH_END : ABI_EACH_NONE;
}

INLINE u64 dt_proc_passfd_fd(const struct abi_data *op)
{
	return op->words[FD];
}

INLINE u64 dt_proc_passfd_path(const struct abi_data *op, char *text, UNUSED char *work)
{
	return dt_data_path_file(data_file(op->words[FD]), text);
}

#define PIDFD_NAME 0x5d64666469705bULL /* "[pidfd]" */

/* The process of a pidfd, as the address of its struct pid; before 6.9 it is an anonymous file. */
static INLINE u64 pid_of(const struct file *file)
{
	const struct inode *inode = file ? DATA_READ(struct file, file, f_inode) : 0;
	const struct super_block *super;
	const struct dentry *dentry;
	u64 name = 0;

	if (!inode)
		return 0;
	super = DATA_READ(struct inode, inode, i_sb);
	if (DATA_READ(struct super_block, super, s_magic) == PIDFS_MAGIC)
		return data_apart((u64)DATA_READ(struct inode, inode, i_private));
	dentry = DATA_READ(struct file, file, f_path.dentry);
	bpf_probe_read_kernel(&name, sizeof(name), DATA_READ(struct dentry, dentry, d_name.name));
	return name == PIDFD_NAME ? data_apart((u64)DATA_READ(struct file, file, private_data)) : 0;
}

INLINE u64 dt_proc_passfd_from(const struct abi_data *op)
{
	const struct sock *sk;
	u64 pid;

	if (op->call == __NR_pidfd_getfd) {
		pid = pid_of(data_file(data_arg(op, 0)));
	} else {
		sk = net_sock_of(net_file(op, net_arg(op, 0)));
		pid = sk ? (u64)DATA_READ(struct sock, sk, sk_peer_pid) : 0;
	}
	return pid ? proc_number(data_apart(pid)) : 0;
}
