/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What requests of io_uring on sockets ask for. An address is kept when a request is submitted: later
 * the caller may have made something else of that memory. One that has many results (multishot) is found again
 * by its ring and the caller's number of it: the kernel does not say of those which request's they are.
 */
#ifndef DUETRACE_URING_NET_H
#define DUETRACE_URING_NET_H

#include <linux/io_uring.h>

#include "data.h"

/* Newer than the headers may be. */
enum { OP_SEND_ZC = 47, OP_SENDMSG_ZC = 48, OP_READ_MULTISHOT = 49, OP_BIND = 56 };

#define ACCEPT_MULTISHOT 1
#define RECV_MULTISHOT	 2

struct io_connect {
	const void *addr;
	int addr_len;
} CORE;

struct io_bind {
	int addr_len;
} CORE;

struct io_accept {
	int iou_flags; /* not in 6.1 */
	u32 file_slot;
} CORE;

struct user_msghdr {
	const void *msg_name;
	int msg_namelen;
	const u64 *msg_iov;
} CORE;

struct io_sr_msg {
	struct user_msghdr *umsg; /* or the buffer */
	unsigned short flags;
	const void *addr; /* before 6.13 */
	int addr_len;
} CORE;

struct msghdr {
	const void *msg_name;
	int msg_namelen;
} CORE;

struct msg_address {
	unsigned short ss_family;
} CORE;

struct io_async_msghdr {
	struct msghdr msg;
	struct msg_address addr;
} CORE;

struct io_kiocb___async {
	void *async_data;
} CORE;

/* Of an address that is in the kernel's copy. */
static INLINE const struct io_async_msghdr *async_message(const void *request)
{
	const struct io_async_msghdr *message = 0;

	bpf_probe_read_kernel(&message, sizeof(message), &((const struct io_kiocb___async *)request)->async_data);
	return message;
}

/*
 * That of a bind: it is all of the copy, or in a message, which begins with a pointer. Families are no
 * multiples of 8, but for some of which nothing is shown.
 */
static INLINE const void *bound_address(const void *request)
{
	const char *copy = (const char *)async_message(request);
	u64 first = 0;

	bpf_probe_read_kernel(&first, sizeof(first), copy);
	return first & 7 ? copy : copy + bpf_core_field_offset(struct io_async_msghdr, addr);
}

#endif
