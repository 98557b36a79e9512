// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * file:copy to a socket: its other end.
 *
 * Verifier: straight lines.
 */
#include "net.h"

static INLINE void other_end(const struct abi_data *op, struct net_address *to)
{
	u64 fd = op->call == __NR_splice ? data_arg(op, 2) : data_arg(op, op->call == __NR_tee);

	net_peer(net_sock_of(data_file(fd)), to);
}

static OUTLINE u64 copy_addr(const struct abi_data *op, char *inet)
{
	struct net_address address;

	other_end(op, &address);
	net_put(inet, &address);
	return 0;
}

INLINE u64 dt_net_copy_addr(const struct abi_data *op, char *inet)
{
	return copy_addr(op, inet);
}

static OUTLINE u64 copy_port(const struct abi_data *op)
{
	struct net_address address;

	other_end(op, &address);
	return address.port;
}

INLINE u64 dt_net_copy_port(const struct abi_data *op)
{
	return copy_port(op);
}
