// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Names of Unix sockets: that which was asked for, or that of the end that has one. A socket that is
 * bound in a directory knows where; a name in none begins with a NUL, written as @, as elsewhere.
 *
 * Verifier: names have at most 108 bytes, a constant; see data_walk.h for paths.
 */
#include <linux/fcntl.h>

#include "net.h"

#define NAME_SIZE 108

struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[NAME_SIZE];
} CORE;

struct unix_address {
	int len; /* with the family's two bytes */
	struct sockaddr_un name[];
} CORE;

struct unix_sock {
	struct sock sk;
	struct unix_address *addr;
	struct path path;
	struct sock *peer;
} CORE;

/* A name in no directory, of which the bytes are in the text. */
static INLINE u64 abstract(char *text, u64 length)
{
	for (u32 i = 0; i < NAME_SIZE; i++)
		if (!text[i])
			text[i] = '@';
	return length;
}

/* An end's own name; 0: it has none. */
static INLINE u64 own(const struct unix_sock *sk, char *text)
{
	const struct dentry *dentry = DATA_READ(struct unix_sock, sk, path.dentry);
	const struct unix_address *address;
	u64 length;

	if (dentry) {
		struct data_place place = {(u64)DATA_READ(struct unix_sock, sk, path.mnt), (u64)dentry};

		return dt_data_path_file_of(&place, (struct data_text *)text);
	}
	address = DATA_READ(struct unix_sock, sk, addr);
	if (!address)
		return 0;
	length = (u64)(u32)DATA_READ(struct unix_address, address, len) - 2;
	if (length > NAME_SIZE)
		return 0;
	bpf_probe_read_kernel(text, NAME_SIZE, (const char *)address->name + 2);
	return abstract(text, length);
}

/* What the caller asked for. */
static INLINE u64 asked(const struct abi_data *op, u64 from, u32 size, char *text, char *work)
{
	u64 length = size - 2;
	s64 read;

	if (!from || size < 3 || length > NAME_SIZE)
		return 0;
	__builtin_memset(work, 0, NAME_SIZE + 4);
	if (net_read_name(op, work, 2, (const void *)from) || *(unsigned short *)work != FAMILY_UNIX)
		return 0;
	if (net_read_name(op, work, (u32)length & 127, (const void *)(from + 2)))
		return 0;
	if (!*work) {
		__builtin_memcpy(text, work, NAME_SIZE);
		return abstract(text, length);
	}
	work[length & 127] = '\0';
	read = bpf_probe_read_kernel_str(text, NAME_SIZE + 1, work);
	if (read <= 1)
		return 0;
	return dt_data_path_joined((struct data_text *)text, (struct data_work *)work, (u64)(read - 1) & 127,
				   (u64)AT_FDCWD);
}

/* The end that has a name: the peer, else the socket itself; 0: neither. */
static INLINE u64 named(const struct unix_sock *sk, u64 call)
{
	const struct unix_sock *peer = 0;

	/* By helper: a number to the verifier, as the other is. */
	bpf_probe_read_kernel(&peer, sizeof(peer), &sk->peer);
	if (call == NET_BIND)
		return (u64)sk;
	if (call == NET_CONNECT || (peer && DATA_READ(struct unix_sock, peer, addr)))
		return (u64)peer;
	return (u64)sk;
}

GLOBAL u64 dt_net_unixpath_of(const struct abi_data *op, struct data_text *to, struct data_work *with)
{
	char *text = to->bytes, *work = with->bytes;
	u64 call, found = 0, sk, by;
	bool placed;

	if (!op || !to || !with)
		return 0;
	call = net_call(op);
	sk = (u64)net_sock(op);
	placed = call == NET_CONNECT || call == NET_BIND;
	if (sk && net_sock_family((const void *)sk) != FAMILY_UNIX)
		return 0;
	/* The kernel's own where there is one. */
	by = placed && op->result < 0 ? 0 : named((const void *)sk, call);
	if (!placed || !by)
		found = asked(op, op->words[NET_NAME], (u32)op->words[NET_SIZE], text, work);
	if (!found && by)
		found = own((const void *)by, text);
	return found;
}

INLINE u64 dt_net_unixpath(const struct abi_data *op, char *text, char *work)
{
	return dt_net_unixpath_of(op, (struct data_text *)text, (struct data_work *)work);
}
