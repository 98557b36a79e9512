// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * net:connect, net:accept, net:bind, net:send, net:recv: all but the paths of Unix sockets. See
 * lang/events.def for each arg.
 *
 * Verifier: what goes more than one way is verified alone. Straight lines, but for the sum of several
 * messages, where bpf_loop() runs a step.
 */
#include "net.h"

#include <linux/errno.h>

/* Fill in the words for a call. */
GLOBAL u64 dt_net_prepare(struct abi_data *op, u64 call)
{
	const struct abi_uring *request;
	const struct file *file;
	u64 fd, name;
	u32 size;

	if (!op)
		return 0;
	request = data_uring(op);
	fd = net_arg(op, 0);
	file = net_file(op, fd);
	if (call == NET_ACCEPT && data_ok(op))
		file = request ? (const void *)dt_data_word(&request->files[1]) : data_file((u64)op->result);
	name = net_find_name(op, call, &size);
	op->words[NET_NAME] = name;
	op->words[NET_SIZE] = size;
	op->words[NET_FD] = (u32)fd | call << NET_CALL_SHIFT;
	op->words[NET_SOCK] = (u64)net_sock_of(file);
	return 1;
}

INLINE u64 dt_net_connect_when(struct abi_data *op)
{
	return net_which(op) == NET_CONNECT && dt_net_prepare(op, NET_CONNECT);
}

INLINE u64 dt_net_accept_when(struct abi_data *op)
{
	u64 call = net_which(op);

	return (call == NET_ACCEPT || call == NET_ACCEPT4) && dt_net_prepare(op, NET_ACCEPT);
}

INLINE u64 dt_net_bind_when(struct abi_data *op)
{
	return net_which(op) == NET_BIND && dt_net_prepare(op, NET_BIND);
}

/* Whether a call that any file takes was on a socket. */
static INLINE u64 on_socket(const struct abi_data *op)
{
	return op->call != SOCKETCALL && net_sock_of(net_file(op, data_arg(op, 0)));
}

INLINE u64 dt_net_send_when(struct abi_data *op)
{
	u64 call = net_which(op);

	switch (call) {
	case NET_SEND:
	case NET_SENDTO:
	case NET_SENDMSG:
	case NET_SENDMMSG:
		return dt_net_prepare(op, call);
	case NET_OTHER:
		return on_socket(op) && dt_net_prepare(op, call);
	}
	return 0;
}

INLINE u64 dt_net_recv_when(struct abi_data *op)
{
	u64 call = net_which(op);

	switch (call) {
	case NET_RECV:
	case NET_RECVFROM:
	case NET_RECVMSG:
	case NET_RECVMMSG:
		return dt_net_prepare(op, call);
	case NET_OTHER:
		return on_socket(op) && dt_net_prepare(op, call);
	}
	return 0;
}

INLINE u64 dt_net_fd(const struct abi_data *op)
{
	return (u32)op->words[NET_FD];
}

INLINE u64 dt_net_accept_fd(const struct abi_data *op)
{
	const struct abi_uring *request = data_uring(op);

	return op->result >= 0 && !(request && dt_data_word(&request->slot)) ? (u64)op->result : (u64)-1;
}

/*
 * The other end. A connection that failed has none: what was asked for. A message that has an
 * address of its own is not the socket's peer's.
 */
static INLINE void remote(const struct abi_data *op, struct net_address *to)
{
	u64 call = net_call(op);

	if (call == NET_CONNECT && (op->result >= 0 || op->result == -EINPROGRESS)) {
		net_peer(net_sock(op), to);
		if (to->family)
			return;
	}
	net_asked(op, to);
	if (!to->family && call != NET_CONNECT && call != NET_BIND)
		net_peer(net_sock(op), to);
}

static OUTLINE u64 find_family(const struct abi_data *op)
{
	const struct sock *sk = net_sock(op);
	struct net_address asked;

	if (sk)
		return net_sock_family(sk);
	net_asked(op, &asked);
	return asked.family;
}

INLINE u64 dt_net_family(const struct abi_data *op)
{
	return find_family(op);
}

static OUTLINE u64 find_proto(const struct abi_data *op)
{
	const struct sock *sk = net_sock(op);

	return sk ? DATA_READ(struct sock, sk, sk_protocol) : 0;
}

INLINE u64 dt_net_proto(const struct abi_data *op)
{
	return find_proto(op);
}

static OUTLINE u64 find_addr(const struct abi_data *op, char *inet)
{
	struct net_address address;

	remote(op, &address);
	if (address.family != FAMILY_INET && address.family != FAMILY_INET6)
		address.family = 0;
	net_put(inet, &address);
	return 0;
}

INLINE u64 dt_net_addr(const struct abi_data *op, char *inet)
{
	return find_addr(op, inet);
}

static OUTLINE u64 find_port(const struct abi_data *op)
{
	struct net_address address;

	remote(op, &address);
	return address.port;
}

INLINE u64 dt_net_port(const struct abi_data *op)
{
	return find_port(op);
}

static OUTLINE u64 find_laddr(const struct abi_data *op, char *inet)
{
	const struct sock *sk = net_sock(op);
	struct net_address address = {.family = net_sock_family(sk)};

	if (address.family == FAMILY_INET6)
		address.address = DATA_READ(struct sock, sk, __sk_common.skc_v6_rcv_saddr);
	else if (address.family == FAMILY_INET)
		address.address.s6_addr32[0] = DATA_READ(struct sock, sk, __sk_common.skc_rcv_saddr);
	else
		address.family = 0;
	net_put(inet, &address);
	return 0;
}

INLINE u64 dt_net_laddr(const struct abi_data *op, char *inet)
{
	return find_laddr(op, inet);
}

static OUTLINE u64 find_lport(const struct abi_data *op)
{
	const struct sock *sk = net_sock(op);
	u32 family = net_sock_family(sk);

	if (family != FAMILY_INET && family != FAMILY_INET6)
		sk = 0;
	return sk ? __builtin_bswap16(DATA_READ(struct inet_sock, sk, inet_sport)) : 0;
}

INLINE u64 dt_net_lport(const struct abi_data *op)
{
	return find_lport(op);
}

/* The messages of a call: behind the head of each is how long it was. */
struct messages {
	u64 from, sum;
	u32 stride, at;
};

static long add_message(u32 i, struct messages *messages)
{
	u32 length = 0;

	bpf_probe_read_user(&length, sizeof(length),
			    (const void *)(messages->from + (u64)i * messages->stride + messages->at));
	messages->sum += length;
	return 0;
}

static OUTLINE u64 find_bytes(const struct abi_data *op)
{
	bool compat = op->via == ABI_VIA_COMPAT;
	const struct abi_uring *request;
	struct messages messages;
	u64 call = net_call(op), head;

	if (op->result < 0)
		return 0;
	request = data_uring(op);
	if (call == NET_RECVMSG && request) {
		head = dt_data_word(&request->args[2]);
		return (u64)op->result < head ? 0 : (u64)op->result - head;
	}
	if (call != NET_SENDMMSG && call != NET_RECVMMSG)
		return (u64)op->result;
	messages.from = net_arg(op, 1);
	messages.sum = 0;
	messages.stride = compat ? 32 : 64;
	messages.at = compat ? 28 : 56;
	bpf_loop((u32)op->result, add_message, &messages, 0);
	return messages.sum;
}

INLINE u64 dt_net_bytes(const struct abi_data *op)
{
	return find_bytes(op);
}
