/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Sockets, and the system calls on them: one call can be written in many ways. What of the kernel's
 * objects has an answer is asked there, the rest in the caller's memory.
 */
#ifndef DUETRACE_NET_H
#define DUETRACE_NET_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/stat.h>

#include "data.h"

#define FAMILY_UNIX  1
#define FAMILY_INET  2
#define FAMILY_INET6 10

struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	unsigned short skc_dport; /* in network order */
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} CORE;

struct sock {
	struct sock_common __sk_common;
	unsigned short sk_protocol;
	struct pid *sk_peer_pid;
} CORE;

struct inet_sock {
	unsigned short inet_sport; /* in network order; kept where skc_num is not */
} CORE;

struct socket {
	struct sock *sk;
} CORE;

/* 32-bit programs only: which call, and a pointer to its arguments. */
#define SOCKETCALL	COMPAT_CALL(102)
#define RECVMMSG_TIME64 COMPAT_CALL(417)

/*
 * What the functions `when` find out, in abi_data.words, for those of the args. These need not look
 * again how the call was written, and there is less for the verifier to go through.
 */
enum net_word {
	NET_SOCK, /* struct sock *, or 0 */
	NET_NAME, /* the address that the caller gave, or was given; 0: none */
	NET_SIZE, /* and its size */
	NET_FD,	  /* the descriptor; above that enum net_call */
};

#define NET_CALL_SHIFT 32

/* As the first argument of socketcall has them. */
enum net_call {
	NET_OTHER = 0, /* read, write and their like */
	NET_BIND = 2,
	NET_CONNECT = 3,
	NET_ACCEPT = 5,
	NET_SEND = 9,
	NET_RECV = 10,
	NET_SENDTO = 11,
	NET_RECVFROM = 12,
	NET_SENDMSG = 16,
	NET_RECVMSG = 17,
	NET_ACCEPT4 = 18,
	NET_RECVMMSG = 19,
	NET_SENDMMSG = 20,
};

static INLINE UNUSED u64 net_which(const struct abi_data *op)
{
	switch (op->call) {
	case __NR_bind:
		return NET_BIND;
	case __NR_connect:
		return NET_CONNECT;
	case __NR_accept:
	case __NR_accept4:
		return NET_ACCEPT;
	case __NR_sendto:
		return NET_SENDTO;
	case __NR_sendmsg:
		return NET_SENDMSG;
	case __NR_sendmmsg:
		return NET_SENDMMSG;
	case __NR_recvfrom:
		return NET_RECVFROM;
	case __NR_recvmsg:
		return NET_RECVMSG;
	case __NR_recvmmsg:
	case RECVMMSG_TIME64:
		return NET_RECVMMSG;
	case SOCKETCALL:
		return data_arg(op, 0);
	}
	return NET_OTHER;
}

/* Argument `i`, a constant, of the call. */
static INLINE UNUSED u64 net_arg(const struct abi_data *op, unsigned int i)
{
	u32 word = 0;

	if (op->call != SOCKETCALL)
		return data_arg(op, i);
	bpf_probe_read_user(&word, sizeof(word), (const u32 *)data_arg(op, 1) + i);
	return data_apart(word);
}

/* The socket of a file; NULL if it is none. */
static INLINE UNUSED const struct sock *net_sock_of(const struct file *file)
{
	const struct inode *inode = file ? DATA_READ(struct file, file, f_inode) : 0;
	const struct socket *socket;
	const struct sock *sk = 0;

	if (!inode || (DATA_READ(struct inode, inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	socket = DATA_READ(struct file, file, private_data);
	if (!socket)
		return 0;
	/* By helper: a number to the verifier, as is 0. */
	bpf_probe_read_kernel(&sk, sizeof(sk), &socket->sk);
	return sk;
}

/* The file of the call's descriptor. */
static INLINE UNUSED const struct file *net_file(const struct abi_data *op, u64 fd)
{
	const struct abi_uring *request = data_uring(op);

	return request ? (const void *)dt_data_word(&request->files[0]) : data_file(fd);
}

static INLINE UNUSED u32 net_sock_family(const struct sock *sk)
{
	return sk ? DATA_READ(struct sock, sk, __sk_common.skc_family) : 0;
}

/* The head of recvmsg's and sendmsg's argument. */
struct net_message {
	u64 name, control, control_size;
	u32 name_size;
};

static INLINE UNUSED void net_message(const struct abi_data *op, struct net_message *message)
{
	const void *from = (const void *)net_arg(op, 1);
	u64 words[6] = {0};
	u32 compat[6] = {0};

	if (op->via == ABI_VIA_COMPAT) {
		bpf_probe_read_user(compat, sizeof(compat), from);
		message->name = compat[0];
		message->name_size = compat[1];
		message->control = compat[4];
		message->control_size = compat[5];
		return;
	}
	bpf_probe_read_user(words, sizeof(words), from);
	message->name = words[0];
	message->name_size = (u32)words[1];
	message->control = words[4];
	message->control_size = words[5];
}

/* Whether it is one result of a ring's request that has many. */
static INLINE UNUSED bool net_has_more(const struct abi_data *op)
{
	const struct abi_uring *request = data_uring(op);

	return request && dt_data_word(&request->more);
}

/* The address that the caller gave, or was given; 0: none. */
static INLINE UNUSED u64 net_find_name(const struct abi_data *op, u64 call, u32 *size)
{
	struct net_message message;
	u32 length = 0;
	u64 name;

	*size = 0;
	switch (call) {
	case NET_BIND:
	case NET_CONNECT:
		name = net_arg(op, 1);
		*size = (u32)net_arg(op, 2);
		return name;
	case NET_SENDTO:
		name = net_arg(op, 4);
		*size = (u32)net_arg(op, 5);
		return name;
	case NET_RECVFROM:
		if (!data_ok(op))
			return 0;
		name = net_arg(op, 4);
		bpf_probe_read_user(&length, sizeof(length), (const void *)net_arg(op, 5));
		*size = (u32)data_apart(length);
		return *size ? name : 0;
	case NET_RECVMSG:
	case NET_RECVMMSG:
		/* Of a request with many results it is in a buffer that the kernel has chosen. */
		if (!data_ok(op) || net_has_more(op))
			return 0;
		break;
	case NET_SENDMSG:
	case NET_SENDMMSG:
		break;
	default:
		return 0;
	}
	net_message(op, &message);
	*size = (u32)data_apart(message.name_size);
	return *size ? data_apart(message.name) : 0;
}

static INLINE UNUSED u64 net_call(const struct abi_data *op)
{
	return op->words[NET_FD] >> NET_CALL_SHIFT;
}

static INLINE UNUSED const struct sock *net_sock(const struct abi_data *op)
{
	return (const struct sock *)op->words[NET_SOCK];
}

/* Read from the address that the caller gave. Of a ring's request it was kept, but for one that it gets. */
static INLINE UNUSED s64 net_read_name(const struct abi_data *op, void *to, u32 size, const void *from)
{
	if (op->via == ABI_VIA_URING && net_call(op) != NET_RECVMSG)
		return bpf_probe_read_kernel(to, size, from);
	return bpf_probe_read_user(to, size, from);
}

/* An address: the caller's, or a socket's. */
struct net_address {
	u32 family;
	u32 port;
	struct in6_addr address; /* of IPv4 the first four bytes */
};

/* The caller's. */
static INLINE UNUSED void net_asked(const struct abi_data *op, struct net_address *to)
{
	struct sockaddr_in6 asked = {0};
	u32 size = (u32)op->words[NET_SIZE];
	const void *from = (const void *)op->words[NET_NAME];

	__builtin_memset(to, 0, sizeof(*to));
	if (!from || size < sizeof(asked.sin6_family))
		return;
	if (net_read_name(op, &asked, sizeof(struct sockaddr_in), from))
		net_read_name(op, &asked, sizeof(asked.sin6_family), from);
	to->family = asked.sin6_family;
	if (to->family == FAMILY_INET && size >= sizeof(struct sockaddr_in)) {
		to->port = __builtin_bswap16(asked.sin6_port);
		/* sin_addr is where sin6_flowinfo is */
		__builtin_memcpy(&to->address, &asked.sin6_flowinfo, 4);
	} else if (to->family == FAMILY_INET6 && size >= 24) {
		net_read_name(op, &asked, 24, from);
		to->port = __builtin_bswap16(asked.sin6_port);
		to->address = asked.sin6_addr;
	} else if (to->family == FAMILY_INET || to->family == FAMILY_INET6) {
		to->family = 0; /* too short */
	}
}

/* That of the socket's other end; family 0: it has none. */
static INLINE UNUSED void net_peer(const struct sock *sk, struct net_address *to)
{
	u32 family = net_sock_family(sk);

	__builtin_memset(to, 0, sizeof(*to));
	if (family != FAMILY_INET && family != FAMILY_INET6)
		return;
	to->port = __builtin_bswap16(DATA_READ(struct sock, sk, __sk_common.skc_dport));
	if (!to->port)
		return;
	to->family = family;
	if (family == FAMILY_INET6)
		to->address = DATA_READ(struct sock, sk, __sk_common.skc_v6_daddr);
	else
		to->address.s6_addr32[0] = DATA_READ(struct sock, sk, __sk_common.skc_daddr);
}

/* To a struct image_inet: the family, then the address. It may be on the stack of a caller. */
static INLINE UNUSED void net_put(char *inet, const struct net_address *address)
{
	u32 *words = (u32 *)inet;

	words[0] = (u32)address->family;
	for (u32 i = 0; i < 4; i++)
		words[i + 1] = (u32)address->address.s6_addr32[i];
}

#endif
