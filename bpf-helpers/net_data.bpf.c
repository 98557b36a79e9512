// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Where the process has what it sends.
 *
 * Verifier: straight lines.
 */
#include "net.h"

/* What the array of buffers at an address begins with, a pointer. */
static INLINE u64 first_buffer(const struct abi_data *op, u64 from)
{
	u64 buffer = 0;

	bpf_probe_read_user(&buffer, op->via == ABI_VIA_COMPAT ? 4 : 8, (const void *)from);
	return data_apart(buffer);
}

static INLINE u64 message_buffer(const struct abi_data *op, u64 from)
{
	u64 words = from + (op->via == ABI_VIA_COMPAT ? 8 : 16);

	return first_buffer(op, first_buffer(op, words));
}

static OUTLINE u64 find_data(const struct abi_data *op)
{
	u64 call = net_call(op);

	if (call == NET_SENDMSG || call == NET_SENDMMSG)
		return message_buffer(op, net_arg(op, 1));
	if (call == NET_SEND || call == NET_SENDTO || op->call == __NR_write)
		return net_arg(op, 1);
	if (op->call == __NR_writev || op->call == __NR_pwritev2)
		return first_buffer(op, data_arg(op, 1));
	return 0;
}

INLINE u64 dt_net_data(const struct abi_data *op)
{
	return find_data(op);
}
